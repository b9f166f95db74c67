"""Figures of the site, ``scripts/benchmark_site.py``: CPU time of a build, and what a browser measures.

Needs Chromium, as the tests of the site do. Sizes are those of files as they lie, without compression.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

import timeline
from timeline.files.opening import installed, open_package
from timeline.site.render import render

SIZES = (300, 3_000)
RUNS = 5
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PAINT = """() => new Promise((resolve) => new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName("first-contentful-paint")) resolve(entry.startTime);
}).observe({ type: "paint", buffered: true }))"""
READY = "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
CHANGE = """async () => {
    const times = [];
    for (const box of document.querySelectorAll("[name=kind]")) {
        const start = performance.now();
        box.click();
        document.body.getBoundingClientRect();
        times.push(performance.now() - start);
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    }
    return times;
}"""
SLIDE = """async () => {
    const slider = document.getElementById("known"), times = [];
    for (let part = 1; part < 20; part++) {
        const start = performance.now();
        slider.value = Math.round(slider.max * part / 20);
        slider.dispatchEvent(new Event("input"));
        document.body.getBoundingClientRect();
        times.push(performance.now() - start);
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    }
    return times;
}"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
        print("  events   files    build  start page    paint    ready   filter   slider")
        report(browser, timeline.open(), installed().descriptor, folder / "real")
        for size in SIZES:
            package = folder / f"package-{size}"
            subprocess.run(
                [sys.executable, Path(__file__).with_name("synthesize.py"), str(size), package], check=True
            )
            report(browser, timeline.open(package), open_package(package).descriptor, folder / f"site-{size}")
        browser.close()


def report(browser: Browser, dataset: timeline.dataset.Dataset, about: dict, out: Path) -> None:
    """Build a site, open it and print a line of figures; times of the browser are medians."""
    start = time.process_time()
    files = render(dataset, about, out)
    built = time.process_time() - start
    loaded: list[Path] = []
    runs = []
    for _ in range(RUNS):
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        loaded.clear()
        page.on("request", lambda request: loaded.append(Path(request.url.removeprefix("file://"))))
        page.goto((out / "index.html").as_uri())
        interactions = [statistics.median(page.evaluate(script)) for script in (CHANGE, SLIDE)]
        runs.append([page.evaluate(PAINT), page.evaluate(READY), *interactions])
        page.context.close()
    weight = sum(path.stat().st_size for path in loaded)
    times = "".join(f" {statistics.median(column):>5.0f} ms" for column in zip(*runs, strict=True))
    print(f"{len(dataset['events']):>8,} {files:>7,} {built:>6.1f} s {weight / 1e6:>8.2f} MB{times}")


if __name__ == "__main__":
    main()

"""One site of the whole record, one of a record whose texts attack, and a browser to look at them."""

from __future__ import annotations

import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pyarrow as pa
import pytest

import timeline
from timeline.dataset import Dataset
from timeline.files.opening import installed
from timeline.site.render import render

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SWITCHES = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
ATTACK = (
    """</script><script>window.attacked = 1</script><img src=x onerror="window.attacked = 1">'"{{ 7 * 7 }}"""
)


@pytest.fixture(scope="session")
def site(once):
    """Folder of the site of the whole record."""
    return once("site", lambda root: render(timeline.open(), installed().descriptor, root / "site")) / "site"


@pytest.fixture(scope="session")
def attacking(once):
    """Folder of a site in whose tables every text that people read attacks the page."""
    return once("attacking", lambda root: attack(root / "site")) / "site"


def attack(out):
    whole = timeline.open().where(kind=["transfer", "designation"])
    tables = {name: whole._plain(name) for name in whole.tables}
    texts = {
        "events": ("title", "summary"),
        "actors": ("name",),
        "aliases": ("alias",),
        "identifiers": ("value",),
        "places": ("name",),
        "sources": ("publisher", "title"),
        "estimates": ("stated",),
        "measures": ("label", "unit", "definition"),
        "instruments": ("title",),
        "regimes": ("label",),
    }
    for name, columns in texts.items():
        for column in columns:
            place = tables[name].column_names.index(column)
            hostile = pa.array([f"{ATTACK} {row}" for row in range(len(tables[name]))], pa.string())
            tables[name] = tables[name].set_column(place, column, hostile)
    urls = pa.array(["javascript:window.attacked=1"] * len(tables["sources"]), pa.string())
    place = tables["sources"].column_names.index("url")
    tables["sources"] = tables["sources"].set_column(place, "url", urls)
    about = {**installed().descriptor, "title": ATTACK, "description": ATTACK}
    render(Dataset(tables, "1.0.0"), about, out)


@pytest.fixture(scope="session")
def served(site):
    """Address of the site behind a plain web server."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("no browser: the site was not looked at (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def look(chromium, site):
    """Open a page in a window of its own; the test fails if anything was amiss in any page opened."""
    contexts, amiss = [], []

    def open_page(path="index.html", root=None, **options):
        root = root or site.as_uri()
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: amiss.append(f"console: {message.type} {message.text}"))
        page.on("pageerror", lambda error: amiss.append(f"error: {error}"))
        page.on("request", lambda request: None if _inside(request.url, root) else amiss.append(request.url))
        page.on("requestfailed", lambda request: amiss.append(f"failed: {request.url}"))
        page.goto(f"{root}/{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert amiss == []


def _inside(url, root):
    return url.startswith((f"{root}/", "blob:"))

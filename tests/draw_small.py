"""Draw the small record anew: a handful of events of data/raw with the rows of the registries that they need.

``python tests/draw_small.py`` writes ``tests/small/data/raw``, on which tests build. It stays as it is while
data/raw grows; draw it anew, or edit it like data/raw, when the form of the raw files changes.
"""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import narwhals as nw

from timeline import contract
from timeline.contract.relations import closed
from timeline.curation.read import REGISTRIES
from timeline.files.opening import open_package

ROOT = Path(__file__).parents[1]
EVENTS = (
    "angara-carries-containers-najin-dunay",
    "dprk-ballistic-missiles-reach-russia",
    "dprk-missile-strikes-kharkiv-industrial-zone",
    "dprk-missiles-tested-in-astrakhan-region",
    "kim-putin-summit-vostochny",
    "kremlin-says-no-proof-of-dprk-arms",
    "rusi-reports-najin-dunay-shuttle",
    "russia-dprk-partnership-treaty-signed",
    "russian-il62-at-pyongyang-in-january",
    "sea-shuttle-najin-dunay",
    "ukraine-institute-identifies-kn-23-debris",
    "us-designates-missile-transfer-network",
    "us-discloses-container-shipment",
    "us-discloses-dprk-ballistic-missiles",
)


def draw(raw: Path) -> None:
    """Write the events, and exactly the rows of the registries that they need."""
    full = ROOT / "data" / "raw"
    (raw / "events").mkdir(parents=True)
    for event in EVENTS:
        text = (full / "events" / f"{event}.yaml").read_text(encoding="utf-8")
        (raw / "events" / f"{event}.yaml").write_text(_without_links_to_others(text), encoding="utf-8")
    published = open_package(ROOT)
    tables = {name: nw.from_native(published.table(name)).lazy() for name in contract.TABLES}
    tables["events"] = tables["events"].filter(nw.col("event_id").is_in(EVENTS))
    needed = closed(tables)
    for name in REGISTRIES:
        (key,) = contract.table(name).key
        ids = set(needed[name].collect()[key].to_list())
        with (full / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        with (raw / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([header, *(row for row in rows if row[header.index(key)] in ids)])
    shutil.copy(full / "package.yaml", raw)


def _without_links_to_others(text: str) -> str:
    lines = [
        line
        for line in text.splitlines(keepends=True)
        if not (link := re.search(r"relation: \S+, event: ([a-z0-9-]+)", line)) or link[1] in EVENTS
    ]
    return re.sub(r"^links:\n(?! )", "", "".join(lines), flags=re.MULTILINE)


if __name__ == "__main__":
    small = Path(__file__).with_name("small") / "data" / "raw"
    shutil.rmtree(small, ignore_errors=True)
    draw(small)

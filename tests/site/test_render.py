"""The files of the site: complete, linked, inert, replaced as a whole or not at all."""

from __future__ import annotations

import hashlib
import html
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

import pyarrow as pa
import pytest

import timeline
from timeline.dataset import Dataset
from timeline.files.csv import to_csv
from timeline.files.opening import installed
from timeline.site.record import Record
from timeline.site.render import render

ABOUT = installed().descriptor
SMALL = timeline.open().where(kind="test")


class Page(HTMLParser):
    """Ids, addresses and elements of a page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.tags, self.attributes, self.data, self._in = set(), [], [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.attributes += attrs
        self._in = (tag, attrs.get("type"))
        self.ids |= {attrs["id"]} if "id" in attrs else set()
        self.links += [attrs[name] for name in ("href", "src") if name in attrs]

    def handle_data(self, data):
        if self._in == ("script", "application/ld+json"):
            self.data.append(data)

    def handle_endtag(self, tag):
        self._in = None


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site).as_posix(): Page(path.read_text()) for path in site.rglob("*.html")}


def test_every_event_actor_and_publisher_has_a_page(pages):
    ds = timeline.open()
    assert {f"events/{key}.html" for key in ds["events"]["event_id"]} < set(pages)
    assert {f"actors/{key}.html" for key in ds["actors"]["actor_id"]} < set(pages)
    assert sum(path.startswith("publishers/") for path in pages) == ds["sources"]["publisher"].nunique()


def test_the_page_of_designations_says_what_the_matrix_says(site):
    section = (site / "designations.html").read_text().partition("<tbody>")[2].partition("</tbody>")[0]
    columns = re.findall(r'"actors/([^"]+)\.html"', _between(site, "<thead>", "</thead>"))
    matrix = timeline.open().designation_matrix().droplevel("designee")
    assert sorted(columns) == sorted(matrix.columns)
    rows = section.split("<tr>")[1:]
    assert len(rows) == len(matrix)
    answers = set()
    for row in rows:
        designee, *cells = re.split(r"<td[^>]*>", row)
        said = matrix.loc[re.search(r"actors/([^\"]+)\.html", designee)[1], columns]
        for cell, answer in zip(cells, said, strict=True):
            day = re.sub("^since ", "", answer).split(" to ")
            assert all(part in cell for part in day), (designee, cell, answer)
            answers.add(answer.split()[0] + answer.split()[1][:4])
    assert {"notread", "noton"} < answers


def _between(site, start, end):
    return (site / "designations.html").read_text().partition(start)[2].partition(end)[0]


def test_no_cell_says_earliest_where_another_listing_can_be_older():
    listings = Record(timeline.open()).listings
    exact = {key: row["designated_on"] for key, row in listings["kim-jong-sik"].items()}
    assert None in exact.values()  # the United States listed him by 2022, on a day that nobody read
    assert all(row["lag"] is None for row in listings["kim-jong-sik"].values())
    assert listings["vessel-bella"]["usa-ofac"]["lag"] == 0


def test_pages_tell_origins_materiel_places_and_bodies(site):
    ds = timeline.open()
    events = ds["events"].set_index("event_id")
    wide = ds["timeline"].set_index("event_id")
    about = events.index[events["about_place_id"].notna() & events["made_public"].notna()][0]
    text = html.unescape((site / "events" / f"{about}.html").read_text())
    assert wide.loc[about, "about_place"] in text and "<dt>Made public</dt>" in text
    assert f"{wide.loc[about, 'publishers']} independent source" in text
    for materiel in ds.story(about).materiel:
        assert f"index.html#?materiel={materiel}" in text
    sources = ds["sources"].set_index("source_id")
    cited = ds["citations"].set_index("source_id")["event_id"]
    hosted = next(key for key in sources.index[sources["host"] == "KCNA Watch"] if key in cited)
    there = cited[hosted] if isinstance(cited[hosted], str) else cited[hosted].iloc[0]
    assert "read at KCNA Watch" in (site / "events" / f"{there}.html").read_text()
    body = (site / "actors" / "usa-ofac.html").read_text()
    assert '<dt>Belongs to</dt><dd><a href="../actors/usa.html">' in body
    assert "usa-ofac.html" in (site / "actors" / "usa.html").read_text().partition("Belonging to it")[2]


@pytest.mark.parametrize("release", ["0.9.0", "1.0.0"])
def test_older_releases_have_no_empty_sections(tmp_path, release):
    render(timeline.open(release).where(kind="designation"), ABOUT, tmp_path / "site")
    page = (tmp_path / "site" / "designations.html").read_text()
    assert 'id="lists"' not in page and "not read" in page
    assert "<legend>Materiel</legend>" not in (tmp_path / "site" / "index.html").read_text()
    for path in (tmp_path / "site").rglob("*.html"):
        if path.parent.name in ("actors", "events"):
            text = path.read_text()
            assert not re.search(
                r"<dl class=\"facts\">\s*</dl>|<tbody>\s*</tbody>|<ul[^>]*>\s*</ul>", text
            ), path
            assert 'id="entries"' not in text and 'id="silent"' not in text and "Belonging to it" not in text


def test_all_internal_links_resolve(site, pages):
    checked = 0
    for path, page in pages.items():
        for link in page.links:
            if urlsplit(link).scheme:
                assert link.startswith(("https://", "http://")), (path, link)
                continue
            there = urlsplit(urljoin(f"http://site/{path}", link))
            target, fragment = unquote(there.path).lstrip("/"), unquote(there.fragment)
            assert (site / target).is_file(), (path, link)
            assert not fragment or fragment.startswith("?") or fragment in pages[target].ids, (path, link)
            checked += 1
    assert checked > 10_000


def test_no_page_has_inline_scripts_styles_or_handlers(pages):
    for path, page in pages.items():
        assert "style" not in page.attributes, path
        assert not [name for name in page.attributes if name.startswith("on")], path
        assert not {"iframe", "object", "embed", "base", "style"} & set(page.tags), path


def test_every_page_is_under_the_strict_policy(site):
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )
    for path in site.rglob("*.html"):
        assert f'http-equiv="Content-Security-Policy" content="{policy}"' in path.read_text(), path


def test_json_ld_says_what_the_tables_say(pages):
    (dataset,) = map(json.loads, pages["index.html"].data)
    assert dataset["@type"] == "Dataset" and dataset["version"] == ABOUT["version"]
    events = timeline.load("events")
    months = events.loc[events["date"].str.fullmatch(r"\d{4}-\d\d"), ["event_id", "date"]]
    assert len(months) > 3
    for key, month in months.itertuples(index=False):  # the day is not known, the month is
        (event,) = map(json.loads, pages[f"events/{key}.html"].data)
        assert event["startDate"] == month
    ids = timeline.load("identifiers").query("scheme == 'ofac-uid'")
    assert len(ids) > 3
    for key, number in ids[["actor_id", "value"]].itertuples(index=False):
        (ship,) = map(json.loads, pages[f"actors/{key}.html"].data)
        assert f"https://sanctionssearch.ofac.treas.gov/Details.aspx?id={number}" in ship["sameAs"]


def test_api_holds_the_same_rows_as_the_tables(site):
    ds = timeline.open()
    for name in ds.tables:
        rows = json.loads((site / "api" / f"{name}.json").read_text())
        assert rows == json.loads(json.dumps(ds.arrow(name).to_pylist(), default=str)), name
        assert (site / "api" / f"{name}.csv").read_bytes() == to_csv(ds.arrow(name)), name
    key = "dprk-ballistic-missiles-reach-russia"
    event, story = json.loads((site / "api" / "events" / f"{key}.json").read_text()), ds.story(key)
    assert [step["status"] for step in event["status_changes"]] == [
        step["status"] for step in story.status_changes
    ]
    links = ds["event_links"]
    linking = links.loc[links["to_event_id"] == key, "event_id"]
    assert {row["event_id"] for row in event["links_to_this"]} == set(linking)
    assert len(linking) > 1


def test_the_page_of_downloads_cites_what_it_offers(site):
    text = html.unescape((site / "download.html").read_text())
    for style in ("text", "bibtex", "ris", "csl-json", "datacite"):
        assert timeline.open().cite(style) in text, style
    for name in timeline.tables():
        assert hashlib.sha256((site / "api" / f"{name}.csv").read_bytes()).hexdigest() in text


def test_the_page_of_releases_tells_all_and_what_came(site):
    text = (site / "releases.html").read_text()
    listed = timeline.releases()
    assert all(each in text for each in [*listed["sha256"], *listed["version"]])
    old, new = listed["version"].tail(2)
    came = set(timeline.open(new)["events"]["event_id"]) - set(timeline.open(old)["events"]["event_id"])
    section = text.partition(f'id="v{new}"')[2].partition("</section>")[0]
    assert set(re.findall('href="events/(.*?).html"', section)) == came != set()


def test_texts_of_others_are_inert_in_every_page(attacking):
    for path in attacking.rglob("*.html"):
        text = path.read_text()
        page = Page(text)
        assert "img" not in page.tags and "onerror" not in page.attributes, path
        assert page.tags.count("script") == (5 if path.name == "index.html" else len(page.data)), path
        assert "{{ 7 * 7 }}" in text and not [link for link in page.links if "javascript" in link], path
        assert all(json.loads(data) for data in page.data), path


def test_addresses_are_absolute_only_when_one_is_given(tmp_path, site):
    assert not (site / "feed.xml").exists() and not (site / "sitemap.xml").exists()
    assert "canonical" not in (site / "index.html").read_text()
    render(SMALL, ABOUT, tmp_path / "site", base_url="https://example.org/record/")
    feed = ET.parse(tmp_path / "site" / "feed.xml").getroot()
    atom = "{http://www.w3.org/2005/Atom}"
    entries = [entry.find(f"{atom}id").text for entry in feed.iter(f"{atom}entry")]
    newest = SMALL["events"].sort_values(["known_from", "event_id"], ascending=False)["event_id"]
    assert entries == [f"https://example.org/record/events/{key}.html" for key in newest]
    assert feed.find(f"{atom}updated").text.endswith("T00:00:00Z")
    sitemap = ET.parse(tmp_path / "site" / "sitemap.xml").getroot()
    listed = {url.findtext("{*}loc") for url in sitemap}
    assert listed == {
        f"https://example.org/record/{path.relative_to(tmp_path / 'site').as_posix()}"
        for path in (tmp_path / "site").rglob("*.html")
    }
    start = (tmp_path / "site" / "index.html").read_text()
    assert '<link rel="canonical" href="https://example.org/record/index.html">' in start


def test_the_same_record_gives_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        render(SMALL, ABOUT, tmp_path / name)
    files = {path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()}
    assert len(files) > 50
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "other" / path).read_bytes(), path


# --- replacing ----------------------------------------------------------------------------------------------


def test_an_earlier_site_is_replaced_as_a_whole(tmp_path):
    out = tmp_path / "site"
    render(timeline.open().where(kind="agreement"), ABOUT, out)
    render(SMALL, ABOUT, out)
    kept = {path.stem for path in (out / "events").iterdir()}
    assert kept == set(SMALL["events"]["event_id"])
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(timeline.BadRequest, match="holds no site of ours"):
        render(SMALL, ABOUT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    render(SMALL, ABOUT, tmp_path, force=True)
    assert (tmp_path / "index.html").is_file() and not (tmp_path / "thesis.txt").exists()


def test_what_fails_halfway_leaves_the_old_site(tmp_path, monkeypatch):
    out = tmp_path / "site"
    render(SMALL, ABOUT, out)
    before = (out / "index.html").read_bytes()
    monkeypatch.setattr("timeline.site.pages._actor", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        render(SMALL, ABOUT, out)
    assert (out / "index.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("key", ["../../escape", "a/b", "A", "", "a b"])
def test_an_id_that_names_no_file_is_refused(tmp_path, key):
    tables = {name: SMALL._plain(name) for name in SMALL.tables}
    keys = [key, *tables["events"]["event_id"].to_pylist()[1:]]
    tables["events"] = tables["events"].set_column(0, "event_id", pa.array(keys, pa.string()))
    with pytest.raises(timeline.BadData, match="is no id"):
        render(Dataset(tables, "1.0.0"), ABOUT, tmp_path / "site")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("out", "options", "message"),
    [
        ("missing/site", {}, "there is no folder"),
        ("file", {}, "is a file"),
        ("site", {"base_url": "example.org"}, "is none, such as https://"),
        ("site", {"base_url": 'https://example.org/"><script>'}, "is none, such as https://"),
    ],
)
def test_bad_requests_say_what_would_be_right(tmp_path, out, options, message):
    (tmp_path / "file").write_text("")
    with pytest.raises(timeline.BadRequest, match=message):
        render(SMALL, ABOUT, tmp_path / out, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_without_jinja_the_message_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    with pytest.raises(timeline.BadRequest, match=r"dprk-russia-timeline\[site\]"):
        render(SMALL, ABOUT, tmp_path / "site")

"""The site as people use it, in a real browser, mostly from disk; its answers are those of the API."""

from __future__ import annotations

import json
import random

import pytest
from axe_playwright_python.sync_playwright import Axe

import timeline
from timeline import contract
from timeline.files.csv import to_csv

WHOLE = timeline.open()
KINDS = {
    "start": "index.html",
    "snapshot": "index.html#?known=2024-01-12&from=2023-11&to=2024-02",
    "event": "events/dprk-ballistic-missiles-reach-russia.html",
    "listing": "events/us-designates-dprk-munitions-shippers.html",
    "actor": "actors/vessel-angara.html",
    "actors": "actors.html",
    "publisher": "publishers/38-north.html",
    "publishers": "publishers.html",
    "estimates": "estimates.html",
    "designations": "designations.html",
    "codebook": "codebook.html",
    "releases": "releases.html",
    "download": "download.html",
}
AXE = {"preload": False, "resultTypes": ["violations"]}
BOTH_WAYS = (KINDS["snapshot"], KINDS["event"])
TRANSFER = "dprk-ballistic-missiles-reach-russia"

VISIBLE = """() => [...document.querySelectorAll("#events .event:not([hidden])")].map((item) => [
    item.querySelector("a").getAttribute("href").replace(/^events.(.*).html$/, "$1"),
    item.querySelector(".status").textContent.trim()])"""
DRAWN = """() => [...document.querySelectorAll("#chart a")].map((mark) =>
    mark.getAttribute("href").replace(/^events.(.*).html$/, "$1"))"""
LABELS = contract.table("events").field("status").labels


def shown(page):
    """Events in the list with their status; the chart must show the same."""
    listed = page.evaluate(VISIBLE)
    assert sorted(page.evaluate(DRAWN)) == sorted(event for event, _ in listed)
    return listed


def form(page):
    return page.locator("#filters")


def expected(dataset):
    events = dataset["events"]
    return [
        [event, LABELS[status]] for event, status in zip(events["event_id"], events["status"], strict=True)
    ]


def go(page, address):
    """Type an address; the page answers the event that this sends."""
    page.evaluate(
        """address => new Promise((resolve) => {
        addEventListener("popstate", () => setTimeout(resolve), { once: true });
        location.hash = address;
    })""",
        address,
    )


# --- answers ------------------------------------------------------------------------------------------------


def test_all_events_are_listed_and_drawn(look):
    page = look()
    assert shown(page) == expected(WHOLE)
    assert page.locator("#count").inner_text() == f"{len(WHOLE['events'])} of {len(WHOLE['events'])} events"


def random_views(count):
    """Views with what each asks of the API, drawn from the values that the record has; seeded."""
    draw = random.Random(20240112)
    events, participants = WHOLE["events"], WHOLE["participants"]
    days = sorted({f"{day:%Y-%m-%d}" for day in events["known_from"].dropna()})
    windows = ["2022", "2023-11", "2023-11-21", "2024-01-04", "2024-02-29", "2024-10", "2025", "2026-04-27"]
    for _ in range(count):
        view, dataset = {}, WHOLE
        if draw.random() < 0.6:
            view["known"] = draw.choice(days)
            dataset = dataset.as_known_on(view["known"])
        if draw.random() < 0.7:
            first, last = sorted(draw.sample(windows, 2))
            first, last = draw.choice([(first, last), (first, ""), ("", last), (last, last)])
            match = draw.choice(["possible", "certain"])
            view |= {"from": first, "to": last, "match": match}
            dataset = dataset.during(f"{first or '..'}/{last or '..'}", match=match)
        where = {}
        if draw.random() < 0.5:
            where["kind"] = draw.sample(list(events["kind"].cat.categories), 4)
        if draw.random() < 0.3:
            where["status"] = draw.sample(list(events["status"].cat.categories), 2)
        if draw.random() < 0.3:
            where["actor"] = draw.choice([*participants["actor_id"], "prk", "rus", "prk", "usa"])
        if draw.random() < 0.2:
            where["country"] = draw.choice(["PRK", "RUS", "UKR", "USA"])
        if draw.random() < 0.2:
            where["materiel"] = draw.sample(list(WHOLE["event_materiel"]["materiel"].cat.categories), 3)
        if draw.random() < 0.1:
            where["authority"] = draw.choice(["usa-ofac", "kor-mofa", "eu-council"])
        if where:
            dataset = dataset.where(**where)
        view |= {name: ",".join(value) if isinstance(value, list) else value for name, value in where.items()}
        yield "#?" + "&".join(f"{name}={value}" for name, value in view.items() if value), dataset


def test_views_hold_what_the_api_answers(look):
    page, kept = look(), 0
    for address, dataset in random_views(40):
        go(page, address)
        assert shown(page) == expected(dataset), address
        kept += len(dataset["events"])
    assert kept > 500


@pytest.mark.parametrize(
    "text", ["missile", "Angara containers Najin", "KN-23", "미사일총국", "jenca", "Dunay mun"]
)
def test_search_finds_what_the_api_finds(look, text):
    page = look()
    form(page).get_by_role("searchbox").fill(text)
    found = set(WHOLE.search(text, limit=None)["event_id"])
    assert {event for event, _ in shown(page)} == found != set()


def test_search_in_a_snapshot_reads_no_summary(look):
    page, text = look("index.html#?known=2024-02-01"), "munitions"
    form(page).get_by_role("searchbox").fill(text)
    found = set(WHOLE.as_known_on("2024-02-01").search(text, limit=None)["event_id"])
    assert {event for event, _ in shown(page)} == found != set()


def test_the_slider_shows_the_record_as_it_stood(look):
    page = look()
    seen = []
    for day in ("2024-01-03", "2024-01-04", "2024-01-10", "2024-01-12"):
        form(page).get_by_label("Day", exact=True).fill(day)
        seen.append(dict(shown(page)).get(TRANSFER))
        assert seen[-1] == dict(expected(WHOLE.as_known_on(day))).get(TRANSFER), day
    assert len(set(seen)) > 2
    slider = page.get_by_role("slider")
    assert slider.get_attribute("aria-valuetext") == "12 January 2024"
    slider.press("ArrowLeft")
    assert page.locator("#known-day").inner_text() == "11 January 2024"
    assert shown(page) == expected(WHOLE.as_known_on("2024-01-11"))
    slider.press("End")
    assert page.locator("#known-day").inner_text() == "today"
    assert shown(page) == expected(WHOLE)


def test_what_goes_on_is_drawn_no_further_than_the_day_of_the_record(look):
    page = look("index.html#?known=2024-01-12&kind=transfer")
    now = float(page.locator("#chart .now").get_attribute("x1"))
    bar = page.locator(f"#chart a[href='events/{TRANSFER}.html'] .soft")
    assert abs(float(bar.get_attribute("x")) + float(bar.get_attribute("width")) - now) < 1


def test_steps_stop_where_the_record_changed(look):
    page = look("index.html#?known=2024-01-04")
    page.get_by_role("button", name="Earlier change of the record").click()
    earlier = page.evaluate("Query.fromAddress(location.hash).known")
    changes = WHOLE["status_changes"]["from_date"]
    assert earlier == f"{changes[changes < '2024-01-04'].max():%Y-%m-%d}"
    page.get_by_role("button", name="Later change of the record").click()
    assert page.evaluate("Query.fromAddress(location.hash).known") == "2024-01-04"


def test_filters_of_the_form(look):
    page = look()
    form(page).get_by_label("Use in combat").check()
    form(page).get_by_label("Corroborated").check()
    form(page).get_by_label("Country of a place").select_option("UKR")
    assert shown(page) == expected(WHOLE.where(kind="use", status="corroborated", country="UKR"))
    form(page).get_by_label("Ballistic missiles").check()
    wanted = {"kind": "use", "status": "corroborated", "country": "UKR", "materiel": "ballistic-missiles"}
    assert shown(page) == expected(WHOLE.where(**wanted)) != []
    page.get_by_role("button", name="Clear all").click()
    form(page).get_by_label("Designating authority").select_option("eu-council")
    assert shown(page) == expected(WHOLE.where(authority="eu-council"))
    page.get_by_role("button", name="Remove filter: designated by Council of the European Union").click()
    page.get_by_role("button", name="2025", exact=True).click()
    form(page).get_by_label("certainly").check()
    assert shown(page) == expected(WHOLE.during("2025", match="certain"))
    assert len(expected(WHOLE.during("2025", match="certain"))) < len(expected(WHOLE.during("2025")))


def test_a_period_that_makes_no_sense_is_told(look):
    page = look()
    form(page).get_by_role("textbox", name="From").fill("2023-02-29")
    assert "is no date; write 2023, 2023-11" in page.locator("#period-note").inner_text()
    form(page).get_by_role("textbox", name="From").fill("2024")
    form(page).get_by_role("textbox", name="To").fill("2023")
    assert "before it begins" in page.locator("#period-note").inner_text()
    assert page.get_by_text("No event meets all of this.").is_visible()


# --- addresses and exports ----------------------------------------------------------------------------------


def test_any_view_is_a_link_and_the_back_button_returns(look):
    page = look()
    form(page).get_by_role("checkbox", name="Denial").check()
    form(page).get_by_role("combobox", name="Actor").select_option(label="Kim Yo Jong")
    view, address = shown(page), page.evaluate("location.hash")
    assert view == expected(WHOLE.where(kind="denial", actor="Kim Yo Jong"))
    other = look(f"index.html{address}")
    assert shown(other) == view
    assert form(other).get_by_role("checkbox", name="Denial").is_checked()
    assert other.locator("#actor").evaluate("select => select.selectedOptions[0].text") == "Kim Yo Jong"
    page.go_back()
    assert shown(page) == expected(WHOLE.where(kind="denial"))
    page.go_back()
    assert shown(page) == expected(WHOLE)
    page.go_forward()
    assert shown(page) == expected(WHOLE.where(kind="denial"))


def test_an_address_that_means_nothing_shows_all(look):
    page = look("index.html#?kind=nonsense,__proto__&status=constructor&known=2024-13-45&match=maybe")
    assert shown(page) == expected(WHOLE)


@pytest.mark.parametrize(
    ("address", "dataset"),
    [
        ("", WHOLE),
        (
            "#?known=2024-01-12&from=2023-11&to=2024-01&kind=transfer,use,test&match=certain",
            WHOLE.as_known_on("2024-01-12")
            .during("2023-11/2024-01", match="certain")
            .where(kind=["transfer", "use", "test"]),
        ),
    ],
)
def test_exports_equal_the_answer_of_the_api(look, tmp_path, address, dataset):
    page = look(f"index.html{address}")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "events.csv")
    assert (tmp_path / "events.csv").read_bytes() == to_csv(dataset.arrow("events"))
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    rows = json.loads(download.value.path().read_text())
    assert rows == json.loads(json.dumps(dataset.arrow("events").to_pylist(), default=str))


def test_the_citation_of_a_view_runs_and_gives_the_same_rows(look):
    page = look(
        "index.html#?known=2024-06-01&from=2024&kind=designation,denial&materiel=ballistic-missiles,unspecified-arms&actor=usa-ofac&q=missile"
    )
    page.get_by_text("Cite this view").click()
    assert f"({len(shown(page))} events)" in page.locator("#view-citation").inner_text()
    code = page.locator("#view-python").inner_text()
    names = {}
    exec(code.replace(f'timeline.open("{WHOLE.version}")', "timeline.open()"), names)
    assert names["events"]["event_id"].tolist() == [event for event, _ in shown(page)] != []


# --- pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", KINDS.values(), ids=KINDS)
def test_every_kind_of_page_is_sound_on_a_phone_from_disk_and_on_a_desk_from_a_server(look, served, path):
    phone = look(path, viewport={"width": 360, "height": 740}, color_scheme="dark")
    desk = look(path, root=served, viewport={"width": 1600, "height": 900}, color_scheme="light")
    for page, width in ((phone, 360), (desk, 1600)):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").is_visible()
    for page in (phone, desk) if path in BOTH_WAYS else (phone,):
        found = Axe().run(page, options=AXE).response["violations"]
        grave = [each for each in found if each["impact"] in ("serious", "critical")]
        assert [(each["id"], each["nodes"][0]["html"]) for each in grave] == []


def test_keys_go_from_mark_to_mark(look):
    page = look("index.html#?kind=transfer,use")
    page.locator("#chart a[tabindex='0']").focus()
    first = page.evaluate("document.activeElement.getAttribute('href')")
    assert WHOLE.story(first[7:-5]).event["title"] in page.locator("#tooltip").inner_text()
    seen = {first}
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "End"):
        page.keyboard.press(key)
        seen.add(page.evaluate("document.activeElement.getAttribute('href')"))
    assert len(seen) == 5
    assert page.locator("#chart a[tabindex='0']").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#tooltip").is_hidden()
    page.keyboard.press("Enter")
    page.wait_for_url("**/events/*.html")


def test_a_first_touch_tells_and_a_second_opens(look):
    page = look("index.html#?kind=deployment", viewport={"width": 360, "height": 740}, has_touch=True)
    mark = page.locator("#chart a use").first
    mark.tap()
    assert page.locator("#tooltip b").is_visible() and page.url.endswith("index.html#?kind=deployment")
    mark.tap()
    page.wait_for_url("**/events/*.html")


def test_an_event_page_tells_its_story(look):
    page = look(f"events/{TRANSFER}.html")
    text = page.locator("main").inner_text()
    story = WHOLE.story(TRANSFER)
    first, last = (
        f"{day.day} {day:%B %Y}" for day in map(story.event.get, ("start_earliest", "start_latest"))
    )
    words = timeline.parse_date(story.event["date"]).in_words()
    for said in (words, f"between {first} and {last}", "Denied or disputed by", "Ballistic missiles"):
        assert said.casefold() in text.casefold(), said
    assert page.locator(".sources > li").count() == len(story.citations)
    assert page.locator(".steps li").count() == len(story.status_changes) > 1
    known = f"{story.event['known_from']:%Y-%m-%d}"
    page.locator(".known a").first.click()
    page.wait_for_url(f"**/index.html#?known={known}")
    assert shown(page) == expected(WHOLE.as_known_on(known))


def test_without_scripts_all_events_are_there(look):
    page = look(java_script_enabled=False)
    assert page.locator("#events .event a").count() == len(WHOLE["events"])
    assert page.locator("#filters").is_hidden()
    assert page.get_by_text("need scripts").is_visible()


def test_printing_leaves_the_controls_out(look):
    page = look()
    page.emulate_media(media="print")
    assert page.locator("#filters").is_hidden() and page.locator("header nav").is_hidden()
    assert page.locator("#chart").is_visible()


@pytest.mark.parametrize(
    "pattern",
    [
        "index.html",
        "events/*.html",
        "actors/*.html",
        "publishers/*.html",
        "estimates.html",
        "designations.html",
    ],
)
def test_texts_of_others_run_nowhere(look, attacking, pattern):
    for path in sorted(attacking.glob(pattern))[:3]:
        page = look(path.relative_to(attacking).as_posix(), root=attacking.as_uri())
        assert page.evaluate("window.attacked") is None
        assert '<img src=x onerror="window.attacked = 1">' in page.locator("main").inner_text()
        if pattern == "index.html":
            page.locator("#chart a").first.hover()
            assert "<img src=x" in page.locator("#tooltip").inner_text()
            assert page.evaluate("window.attacked") is None

"""Citations: whatever the style, they lead back to exactly the rows; what differs is told."""

from __future__ import annotations

import json
import subprocess
import textwrap
import zipfile

import pytest

import timeline
from timeline.errors import BadRequest, BrokenRelease
from timeline.files.package import DESCRIPTOR
from timeline.versions import index
from timeline.versions.citation import csv_files, fingerprint
from timeline.versions.styles import STYLES

DS = timeline.open("1.0.0")
QUERIES = {
    "all": lambda ds: ds,
    "one": lambda ds: ds.where(kind="denial"),
    "several": lambda ds: ds.where(kind=["transfer", "use"], country="RUS", actor="prk"),
    "authorities": lambda ds: ds.where(authority=["usa-ofac", "gbr-fcdo"]),
    "window": lambda ds: ds.during("2023-08", "2024-01", match="certain").where(role="supplier"),
    "open window": lambda ds: ds.within("2023-08", None).before("2025"),
    "snapshot": lambda ds: ds.as_known_on("2024-01-08").where(status="disputed"),
    "hindsight": lambda ds: ds.as_known_on("2024-06-01", hindsight=True).after("2023"),
    "nothing": lambda ds: ds.where(kind="denial").before("1990"),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("query", QUERIES)
def test_every_style_leads_back_to_exactly_the_rows(query, style):
    rows = QUERIES[query](DS)
    found = timeline.resolve(rows.cite(style))
    assert found == rows and csv_files(found) == csv_files(rows) and found.version == "1.0.0"
    assert found.cite(style) == rows.cite(style)


def test_the_queries_give_something():
    sizes = {name: len(query(DS)["events"]) for name, query in QUERIES.items()}
    assert all(sizes[name] > 0 for name in sizes.keys() - {"nothing"}) and sizes["nothing"] == 0


@pytest.mark.parametrize("style", STYLES)
def test_a_citation_survives_what_mail_and_word_processors_do(style):
    rows = QUERIES["window"](timeline.open("0.9.0"))
    cited = rows.cite(style)
    wrapped = "\n".join(textwrap.wrap(cited, 40, break_long_words=True))
    for text in (wrapped, f"As shown by ({cited}).", cited.replace("\n", "\r\n> "), f"“{cited}”"):
        assert timeline.resolve(text) == rows


def test_a_release_made_later_leaves_it_as_it_was():
    rows = timeline.open("0.9.0").where(kind="denial")
    assert timeline.resolve(rows.cite()) == rows != DS.where(kind="denial")


# Equal questions -------------------------------------------------------------------------------------------


def test_equal_questions_have_one_citation():
    ways = [
        DS.where(kind=["use", "transfer"], country="Russia").during("2023-08", "2024-01"),
        DS.during("2023-08-01/2024-01-31").where(country="RUS").where(kind=("transfer", "use")),
        DS.where(country="rus").during("2023-08/2024-01").where(kind=["use", "transfer", "use"]),
        DS.where(country="RUS")
        .where(country="RUS")
        .where(kind=["use", "transfer"])
        .during("2023-08", "2024-01"),
    ]
    assert len(ways[0]["events"]) > 0 and len({way.cite() for way in ways}) == 1


def test_a_snapshot_commutes_with_all_but_status():
    known = "2024-01-08"
    for step in (
        lambda ds: ds.where(kind="transfer"),
        lambda ds: ds.where(actor="prk", role="supplier"),
        lambda ds: ds.where(country="RUS"),
        lambda ds: ds.during("2023"),
    ):
        one, other = step(DS.as_known_on(known)), step(DS).as_known_on(known)
        assert len(one["events"]) > 0 and one == other and one.cite() == other.cite()
    before = DS.where(status="corroborated").as_known_on(known)
    after = DS.as_known_on(known).where(status="corroborated")
    assert before != after and before.cite("short") != after.cite("short")
    for rows in (before, after):
        assert timeline.resolve(rows.cite()) == rows


def test_two_snapshots_are_the_earlier_one():
    twice = DS.as_known_on("2024-06-01").as_known_on("2024-01-08")
    assert twice == DS.as_known_on("2024-01-08")
    assert twice.cite() == DS.as_known_on("2024-01-08").cite()


def test_a_role_is_that_of_the_actor_beside_it():
    together, apart = DS.where(actor="prk", role="victim"), DS.where(actor="prk").where(role="victim")
    assert together != apart and together.cite("short") != apart.cite("short")
    assert timeline.resolve(apart.cite()) == apart and timeline.resolve(together.cite()) == together


# What differs ----------------------------------------------------------------------------------------------


@pytest.fixture
def altered(tmp_path):
    """The release with another title, as a folder whose checksums say nothing."""
    with zipfile.ZipFile(index.zip_of("1.0.0")) as archive:
        archive.extractall(tmp_path)
    told = json.loads((tmp_path / DESCRIPTOR).read_bytes())
    told["resources"] = [each for each in told["resources"] if each["type"] == "table"]
    for each in told["resources"]:
        del each["hash"]
    (tmp_path / DESCRIPTOR).write_text(json.dumps(told))
    path = tmp_path / "data" / "processed" / "events.csv"
    title = DS.story("us-discloses-dprk-ballistic-missiles").event["title"]
    text = path.read_text("utf-8")
    assert text.count(title) == 1
    path.write_text(text.replace(title, "Another title"), "utf-8")
    return tmp_path


def test_a_changed_row_is_told_down_to_row_and_column(altered):
    cited = DS.where(kind="disclosure").cite()
    with pytest.raises(BrokenRelease) as told:
        timeline.resolve(cited, altered)
    assert "the rows are not those cited" in str(told.value)
    assert "events us-discloses-dprk-ballistic-missiles: title" in str(told.value)
    assert "→ 'Another title'" in str(told.value)
    denials = DS.where(kind="denial")
    assert timeline.resolve(denials.cite(), altered) == denials


def test_rows_that_bear_the_number_of_a_release_but_are_not_it_are_not_cited(altered):
    with pytest.raises(BadRequest, match=r"bears the number 1\.0\.0 but is not that release"):
        timeline.cite(altered)


def test_another_release_is_not_taken_for_the_cited_one():
    cited = DS.where(kind="denial").cite("short")
    with pytest.raises(BrokenRelease, match="the rows are not those cited"):
        timeline.resolve(cited, index.zip_of("0.9.0"))
    with pytest.raises(BrokenRelease, match="the rows are not those cited"):
        timeline.resolve(cited.replace(":1.0.0/", ":0.9.0/"))


def test_a_citation_with_another_sha256_or_number_or_query_is_told():
    cited = DS.where(kind="denial").cite("short")
    events = str(len(DS.where(kind="denial")["events"]))
    nothing, garbled = "nothing that is here has those cited", "the number of events was garbled"
    for wrong, message in (
        (cited[:-1] + ("0" if cited[-1] != "0" else "1"), nothing),
        (cited.replace("kind=denial", "kind=use"), nothing),
        (cited.replace(f"/{events}-events", f"/1{events}-events"), garbled),
    ):
        assert wrong != cited
        with pytest.raises(BrokenRelease, match=message):
            timeline.resolve(wrong)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda cited: cited.replace(":1.0.0/", ":1.0.7/"), "release 1.0.7 is not here"),
        (lambda cited: cited.replace("where(", "wear("), "wear is no filter; did you mean where?"),
        (lambda cited: cited.replace("kind=denial", "kind=denials"), "no kind is called 'denials'"),
        (lambda cited: cited.replace("kind=", "sort="), "a parameter too few or too many"),
        (lambda cited: cited.replace("kind=denial", "kind=denial;kind=use"), "gives a parameter twice"),
        (lambda cited: cited[:-1], "there is no citation in the text"),
        (lambda cited: "", "there is no citation in the text"),
        (lambda cited: cited + " " + cited.replace("denial", "use"), "there is more than one citation"),
        (lambda cited: cited.replace("where(kind=denial)", "__class__()"), "__class__ is no filter"),
        (lambda cited: cited.replace("where(kind=denial)", "to_sqlite(path=x)"), "to_sqlite is no filter"),
    ],
)
def test_garbled_citations_are_refused(change, message):
    cited = DS.where(kind="denial").cite("short")
    with pytest.raises(BadRequest) as told:
        timeline.resolve(change(cited))
    assert message in str(told.value)


def test_an_unknown_style_is_told_with_the_nearest():
    with pytest.raises(BadRequest, match=r"no style 'bibtext'; did you mean bibtex\?"):
        DS.cite("bibtext")


def test_the_fingerprint_is_what_sha256sum_says(tmp_path):
    for name, content in csv_files(DS).items():
        (tmp_path / name).write_bytes(content)
    names = sorted(path.name for path in tmp_path.iterdir())
    program = 'LC_ALL=C; sha256sum -- "$@" | sha256sum'
    done = subprocess.run(["sh", "-c", program, "sh", *names], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split()[0] == fingerprint(DS)

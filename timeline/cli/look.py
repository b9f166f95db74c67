"""Commands that look at the data: list, search, show, info."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from timeline.cli.app import app
from timeline.errors import BadRequest

if TYPE_CHECKING:
    import pandas as pd

    from timeline.dataset import Dataset


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


_IN_TABLE = ("date", "kind", "status", "title", "event_id")

Many = Annotated[list[str] | None, typer.Option(help="May be given several times.")]
WithBodies = Annotated[
    bool, typer.Option("--with-bodies", help="With each actor or authority whatever belongs to it.")
]
Window = Annotated[str | None, typer.Option(metavar="EDTF", help="A date or an interval.")]
Certain = Annotated[bool, typer.Option("--certain", help="Events whose every reading fits the window.")]
Day = Annotated[str | None, typer.Option(metavar="DAY", help="As the public record stood on a day.")]


@app.command("list")
def list_events(
    kind: Many = None,
    actor: Many = None,
    role: Many = None,
    place: Many = None,
    country: Many = None,
    status: Many = None,
    authority: Many = None,
    materiel: Many = None,
    actor_country: Many = None,
    with_bodies: WithBodies = False,
    during: Window = None,
    within: Window = None,
    before: Window = None,
    after: Window = None,
    certain: Certain = False,
    as_known_on: Day = None,
    format: Annotated[Format, typer.Option(help="How to print them.")] = Format.table,
) -> None:
    """List events, all or those that meet every condition.

    Windows are EDTF dates or intervals, such as 2023-11 or 2023-11/2024-01. Events fit if some reading of
    their dates does, with --certain if every one does.
    """
    dataset = selected(
        kind=kind,
        actor=actor,
        role=role,
        place=place,
        country=country,
        status=status,
        authority=authority,
        materiel=materiel,
        actor_country=actor_country,
        with_bodies=with_bodies,
        during=during,
        within=within,
        before=before,
        after=after,
        certain=certain,
        as_known_on=as_known_on,
    )
    _print_events(dataset["timeline"], format)


def selected(*, certain: bool, as_known_on: str | None, **given: Any) -> Dataset:
    """What the filters of `list_events`, given by their names, leave of the dataset."""
    import timeline

    windows = {name: given.pop(name) for name in ("during", "within", "before", "after")}
    if certain and not any(windows.values()):
        raise BadRequest(f"--certain needs a window: --{', --'.join(windows)}")
    dataset = timeline.open()
    if as_known_on:
        dataset = dataset.as_known_on(as_known_on)
    if conditions := {name: values for name, values in given.items() if values}:
        dataset = dataset.where(**conditions)
    for verb, window in windows.items():
        if window:
            dataset = getattr(dataset, verb)(window, match="certain" if certain else "possible")
    return dataset


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Words to look for; the last may be the beginning of one.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Greatest number of events.")] = None,
    format: Annotated[Format, typer.Option(help="How to print them.")] = Format.table,
) -> None:
    """Find events by words in titles, summaries and the names of who takes part, best first."""
    import timeline

    found = timeline.open().search(text, limit)
    _print_events(found, format, ["date", "title", "excerpt", "event_id"])


@app.command()
def show(event: Annotated[str, typer.Argument(help="Id of the event.")]) -> None:
    """Show an event: participants, sources, estimates, links, how its status came about."""
    import timeline

    print(timeline.open().story(event))


@app.command()
def info() -> None:
    """Tell what the dataset holds: version, period, rows of each table, events by kind and status."""
    import pandas as pd

    import timeline

    dataset = timeline.open()
    events = dataset["events"]
    print(dataset)
    print()
    print(pd.crosstab(events["kind"], events["status"]).to_string())


def _print_events(events: pd.DataFrame, format: Format, in_table: Sequence[str] = _IN_TABLE) -> None:
    print_rows(events[list(in_table)] if format is Format.table else events, format)
    if format is Format.table:
        print(f"{len(events)} events", file=sys.stderr)


def print_rows(rows: pd.DataFrame, format: Format) -> None:
    match format:
        case Format.csv:
            print(rows.to_csv(index=False, lineterminator="\n"), end="")
        case Format.json:
            days = rows.select_dtypes("datetime")
            rows = rows.assign(**{str(name): days[name].dt.strftime("%Y-%m-%d") for name in days})
            print(rows.to_json(orient="records", force_ascii=False, indent=2))
        case Format.table:
            _print_table(rows)


def _print_table(rows: pd.DataFrame) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in rows.columns:
        table.add_column(column, no_wrap=column not in ("title", "excerpt"), overflow="fold")
    for row in rows.astype("str").where(rows.notna(), "").itertuples(index=False):
        table.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else 200, soft_wrap=not sys.stdout.isatty())
    console.print(table)

"""Commands that look at the data: list, show, info."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from timeline.cli.app import app

if TYPE_CHECKING:
    import pandas as pd


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


Many = Annotated[list[str] | None, typer.Option(help="May be given several times.")]


@app.command("list")
def list_events(
    kind: Many = None,
    actor: Many = None,
    role: Many = None,
    place: Many = None,
    country: Many = None,
    status: Many = None,
    format: Annotated[Format, typer.Option(help="How to print them.")] = Format.table,
) -> None:
    """List events, all or those that meet every condition."""
    import timeline

    conditions = {
        "kind": kind,
        "actor": actor,
        "role": role,
        "place": place,
        "country": country,
        "status": status,
    }
    given = {name: values for name, values in conditions.items() if values}
    dataset = timeline.open().where(**given) if given else timeline.open()
    _print_events(dataset["timeline"], format)


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


def _print_events(events: pd.DataFrame, format: Format) -> None:
    match format:
        case Format.csv:
            print(events.to_csv(index=False, lineterminator="\n"), end="")
        case Format.json:
            print(
                events.to_json(
                    orient="records", date_format="iso", date_unit="s", force_ascii=False, indent=2
                )
            )
        case Format.table:
            _print_table(events[["date", "kind", "status", "title", "event_id"]])


def _print_table(rows: pd.DataFrame) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in rows.columns:
        table.add_column(column, no_wrap=column != "title", overflow="fold")
    for row in rows.itertuples(index=False):
        table.add_row(*map(str, row))
    console = Console(width=None if sys.stdout.isatty() else 200, soft_wrap=not sys.stdout.isatty())
    console.print(table)
    print(f"{len(rows)} events", file=sys.stderr)

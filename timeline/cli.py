"""The `timeline` command. Exit codes: 0 done, 1 bad data, 2 bad request."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from timeline.errors import BadData, BadRequest, TimelineError

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The public record of arms transfers between North Korea and Russia.",
)


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


Many = Annotated[list[str] | None, typer.Option(help="May be given several times.")]


def main() -> None:
    """Run the command; every error of ours is one message on standard error and an exit code."""
    try:
        app()
    except BadRequest as error:
        _fail(error, 2)
    except TimelineError as error:
        _fail(error, 1)
    except BrokenPipeError:
        sys.stderr.close()


def _fail(error: Exception, code: int) -> None:
    print(f"timeline: {error}", file=sys.stderr)
    sys.exit(code)


@app.command()
def build(root: Annotated[Path, typer.Argument(help="Checkout whose data/raw is built.")] = Path()) -> None:
    """Build the published package from data/raw: all of it or, where anything is wrong, nothing."""
    try:
        from timeline.curation.build import build as build_package
    except ModuleNotFoundError as error:
        raise BadRequest(f"building needs {error.name}: pip install 'dprk-russia-timeline[build]'") from None
    with _progress("building"):
        built = build_package(root)
    rows = sum(len(data) for data in built.values())
    print(f"built {len(built)} tables with {rows:,} rows, {len(built['events']):,} events among them")


@app.command()
def validate(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, zip or datapackage.json; without it, what is installed.")
    ] = None,
) -> None:
    """Hold a package against every rule of the contract."""
    from timeline import checks
    from timeline.files import home

    with _progress("validating"):
        problems = checks.problems_in(path or home())
    if problems:
        raise BadData(problems)
    print(f"valid: {len(checks.all_rules())} rules hold")


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


def _progress(doing: str) -> AbstractContextManager[object]:
    """Show a spinner on a terminal, nothing in a pipe."""
    from rich.console import Console

    console = Console(stderr=True)
    return console.status(doing) if console.is_terminal else nullcontext()

"""Commands for those who work elsewhere: export and sql."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from timeline.cli.app import app, progress
from timeline.cli.look import Format, list_events, print_rows, selected
from timeline.export.write import TARGETS


def with_filters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the filters of ``timeline list`` and call it with the dataset they leave."""

    @functools.wraps(command)
    def filtered(**given: Any) -> None:
        command(selected(**{name: given.pop(name) for name in filters}), **given)

    filters = dict(inspect.signature(list_events, eval_str=True).parameters)
    del filters["format"]
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    parameters = [*own, *filters.values()]
    filtered.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    filtered.__annotations__ = {each.name: each.annotation for each in parameters}
    return filtered


@app.command()
@with_filters
def export(
    dataset: Any,
    target: Annotated[str, typer.Argument(help=f"What to write: {', '.join(TARGETS)}.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write the dataset, or what the filters of `timeline list` leave of it, for another tool.

    What each format holds and what it cannot hold is told in docs/EXPORTS.md.
    """
    from timeline.export.write import export as write

    with progress("writing"):
        path = write(dataset, target, output, force=force)
    print(f"wrote {path}: {len(dataset['events']):,} events")


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="DuckDB SQL over the tables; `timeline info` names them.")],
    format: Annotated[Format, typer.Option(help="How to print the rows.")] = Format.table,
) -> None:
    """Ask the tables a question in SQL."""
    import timeline

    print_rows(timeline.open().sql(query), format)

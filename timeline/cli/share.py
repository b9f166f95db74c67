"""Commands for those who work elsewhere: export and sql."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from timeline.cli.app import app, progress
from timeline.cli.look import Certain, Day, Format, Many, Window, WithBodies, print_rows, selected
from timeline.export.write import TARGETS


@app.command()
def export(
    target: Annotated[str, typer.Argument(help=f"What to write: {', '.join(TARGETS)}.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
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
) -> None:
    """Write the dataset, or what the filters of `timeline list` leave of it, for another tool.

    What each format holds and what it cannot hold is told in docs/EXPORTS.md.
    """
    from timeline.export.write import export as write

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

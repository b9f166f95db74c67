"""Commands for those who keep the data: build and validate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from timeline.cli.app import app, progress
from timeline.errors import BadData


@app.command()
def build(root: Annotated[Path, typer.Argument(help="Checkout whose data/raw is built.")] = Path()) -> None:
    """Build the published package from data/raw: all of it or, where anything is wrong, nothing."""
    from timeline.curation.build import build as build_package

    with progress("building"):
        built = build_package(root)
    rows = sum(len(data) for data in built.values())
    print(f"built {len(built)} tables with {rows:,} rows, {len(built['events']):,} events among them")


@app.command()
def validate(
    path: Annotated[
        Path | None, typer.Argument(help="Folder, zip or datapackage.json; without it, what is installed.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(help="memory; duckdb, out of core, the default from 256 MiB on; or spark, a session."),
    ] = None,
) -> None:
    """Validate a package against every rule of the contract."""
    from timeline.archive import problems_in
    from timeline.files.opening import open_package
    from timeline.home import home
    from timeline.validation.rules import all_rules
    from timeline.validation.validate import fitting_engine

    engine = engine or fitting_engine(open_package(path or home()))
    with progress(f"validating with {engine}"):
        problems = problems_in(path or home(), engine=engine)
    if problems:
        raise BadData(problems)
    print(f"valid: {len(all_rules())} rules hold")

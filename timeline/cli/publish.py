"""Commands about releases and citations: release, verify, releases, diff, cite, resolve."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from timeline.cli.app import app, progress

Where = Annotated[str, typer.Argument(help="Version, folder, zip, datapackage.json or address.")]


class Machine(StrEnum):
    """How changes are printed."""

    text = "text"
    csv = "csv"
    json = "json"


@app.command()
def release(
    version: Annotated[str, typer.Argument(help="Number of the release, MAJOR.MINOR.PATCH.")],
    root: Annotated[Path, typer.Option(help="Checkout.")] = Path(),
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only events that can have begun by this day."),
    ] = None,
) -> None:
    """Freeze the built package in releases/; a number lower than the changes ask for is refused."""
    from timeline.curation.release import release as freeze

    with progress("freezing"):
        frozen = freeze(root, version, until.date() if until else None)
    print(f"released {frozen}")


@app.command()
def verify(
    release: Annotated[
        str | None, typer.Argument(help="Version, folder, zip; without it, all that is installed.")
    ] = None,
) -> None:
    """Prove by checksums that every byte of a release is what was published."""
    import timeline

    with progress("verifying"):
        verified = timeline.verify(release)
    zips = [f"{name}: sha256 {sha256}" for name, sha256 in verified.items() if name.endswith(".zip")]
    print("\n".join([f"verified: {len(verified)} files are as published", *zips]))


@app.command()
def releases() -> None:
    """List the frozen releases that are here."""
    import timeline

    columns = ["version", "released", "change", "events", "sources", "bytes", "sha256"]
    print(timeline.releases()[columns].to_string(index=False))


@app.command()
def diff(
    old: Where,
    new: Where,
    format: Annotated[
        Machine, typer.Option(help="Text is a summary; the others hold everything.")
    ] = Machine.text,
) -> None:
    """Tell what changed from one release to another, row by row and cell by cell."""
    import timeline

    changes = timeline.diff(old, new)
    match format:
        case Machine.csv:
            sys.stdout.write(changes.to_csv().decode("utf-8"))
        case Machine.json:
            print(changes.to_json())
        case Machine.text:
            print(changes)


@app.command()
def cite(
    query: Annotated[
        str, typer.Argument(help="Filters, as in where(kind=transfer)/during(when=2023-11); all without it.")
    ] = "",
    release: Annotated[
        str | None, typer.Option(help="Version, path or address; else what is installed.")
    ] = None,
    style: Annotated[str, typer.Option(help="text, bibtex, ris, csl-json, datacite or short.")] = "text",
) -> None:
    """Print a citation of a release, or of the rows that a query gives, which resolve takes back."""
    import timeline
    from timeline.selection.query import read, replay

    print(replay(timeline.open(release), read(query)).cite(style))


@app.command()
def resolve(
    citation: Annotated[str, typer.Argument(help="Citation in any style; - reads standard input.")],
    release: Annotated[
        str | None, typer.Option(help="Path or address of the release, if it is not here.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="New folder for the rows as CSV files.")] = None,
) -> None:
    """Find exactly the rows that a citation names, or tell what differs."""
    import timeline
    from timeline.files.atomic import write_folder
    from timeline.versions.citation import csv_files, fingerprint

    dataset = timeline.resolve(sys.stdin.read() if citation == "-" else citation, release)
    print(dataset)
    print(f"sha256 {fingerprint(dataset)}")
    if to:
        write_folder(to, csv_files(dataset).items())

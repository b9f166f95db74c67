"""Commands for those who look rather than read: plot and site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from timeline.cli.app import app, progress


@app.command()
def plot(
    what: Annotated[str, typer.Argument(help="events, estimates, designations or lags.")] = "events",
    measure: Annotated[
        str | None, typer.Option(help="Which estimates, for instance troops-deployed.")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: .svg, .png or .html.")
    ] = Path("timeline.svg"),
) -> None:
    """Draw a chart."""
    import timeline
    from timeline.plot import save

    with progress("drawing"):
        save(timeline.open().plot(what, measure=measure), output)
    print(f"wrote {output}")

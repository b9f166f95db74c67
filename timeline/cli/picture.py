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
    from timeline.charts.save import save

    with progress("drawing"):
        save(timeline.open().plot(what, measure=measure), output)
    print(f"wrote {output}")


@app.command()
def site(
    out: Annotated[Path, typer.Argument(help="Folder to write; an earlier site in it is replaced.")],
    base_url: Annotated[
        str | None,
        typer.Option(help="Address at which it will stand; adds canonical addresses, sitemap and feed."),
    ] = None,
    force: Annotated[bool, typer.Option(help="Replace a folder that holds something else.")] = False,
) -> None:
    """Write the static site: open OUT/index.html, from disk or from any web server."""
    import timeline
    from timeline.files.opening import installed
    from timeline.site.render import render

    with progress("rendering"):
        count = render(timeline.open(), installed().descriptor, out, base_url=base_url, force=force)
    print(f"wrote {count:,} files to {out}; open {out / 'index.html'}")

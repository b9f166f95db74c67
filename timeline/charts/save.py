"""Charts of a dataset (Altair, extra ``plot``): colour-blind safe, and told apart without colour."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline.errors import BadRequest
from timeline.files.atomic import write_file

if TYPE_CHECKING:
    import altair as alt

_FORMATS = ("svg", "png", "html")


def save(chart: alt.TopLevelMixin, path: Path) -> None:
    """Write a chart as SVG, as PNG at twice its size, or as one HTML file that needs no network.

    Raises
    ------
    BadRequest
        The name of the file ends in none of these, or it cannot be written.
    """
    form = path.suffix.removeprefix(".").lower()
    if form not in _FORMATS:
        raise BadRequest(f"a chart is saved as .{', .'.join(_FORMATS)}; {path.name!r} is none of these")
    text, picture = io.StringIO(), io.BytesIO()
    if form == "png":
        chart.save(picture, format="png", scale_factor=2)
    elif form == "svg":
        chart.save(text, format="svg")
    else:
        options = {"embed_options": {"renderer": "svg"}, "json_kwds": {"cls": _InScript}}
        chart.save(text, format="html", inline=True, **options)
    write_file(path, picture.getvalue() or text.getvalue().encode("utf-8"), force=True)


class _InScript(json.JSONEncoder):
    """JSON that may stand in a script element: nothing in it can end the element."""

    def encode(self, o: Any) -> str:
        return super().encode(o).replace("<", "\\u003c")

"""The `timeline` command. Exit codes: 0 done, 1 bad data, 2 bad request."""

from __future__ import annotations

import sys

from timeline.cli import curate, look, picture, publish, share
from timeline.cli.app import app
from timeline.errors import BadRequest, TimelineError, visible

__all__ = ["app", "curate", "look", "main", "picture", "publish", "share"]


def main() -> None:
    """Run the command; every error of ours is one message on standard error and an exit code."""
    try:
        app()
    except BadRequest as error:
        _fail(error, 2)
    except TimelineError as error:
        _fail(error, 1)


def _fail(error: Exception, code: int) -> None:
    print("\n".join(map(visible, f"timeline: {error}".split("\n"))), file=sys.stderr)
    sys.exit(code)

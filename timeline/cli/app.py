"""The application that every command registers with, and what several commands share."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The public record of arms transfers between North Korea and Russia.",
)


def progress(doing: str) -> AbstractContextManager[object]:
    """Show a spinner on a terminal, nothing in a pipe."""
    from rich.console import Console

    console = Console(stderr=True)
    return console.status(doing) if console.is_terminal else nullcontext()

"""``primordia gui``: the window; the only verb that imports Qt."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.core.errors import BadInput, UserError
from engine.core.files import check_writable

__all__ = ["gui", "open_window"]


def gui(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]", help="Sessions, pictures, models, worlds or meshes to open."
        ),
    ] = None,
    screenshot: Annotated[
        Path | None,
        typer.Option("--screenshot", metavar="FILE", help="Write what is seen as PNG, and quit."),
    ] = None,
    after: Annotated[
        float, typer.Option("--after", min=0.0, help="Seconds before the screenshot.")
    ] = 3.0,
    do: Annotated[
        str | None,
        typer.Option("--do", metavar="SCRIPT", help='Actions: "transport.play; wait 3; quit".'),
    ] = None,
    reset_settings: Annotated[
        bool,
        typer.Option("--reset-settings", help="Forget all settings first; a copy is kept."),
    ] = False,
) -> None:
    """Open the window (as `primordia` alone does)."""
    if reset_settings:
        _reset_settings()
    if screenshot is not None:
        if screenshot.suffix.lower() != ".png":
            raise BadInput("cannot hold a screenshot", path=screenshot, remedy="Use .png")
        check_writable(screenshot)
    raise typer.Exit(open_window(screenshot, after, do, list(files or [])))


def _reset_settings() -> None:
    from app import paths, settings

    aside = settings.reset(paths.settings_file())
    words = (
        f"settings are reset; the old ones are in {aside}" if aside else "there were no settings"
    )
    typer.echo(words, err=True)


def open_window(
    screenshot: Path | None = None,
    after: float = 0.0,
    do: str | None = None,
    files: list[Path] | None = None,
) -> int:
    """Start the window, once it is sure that there is somewhere to open it; returns the exit code.

    Raises
    ------
    UserError
        If there is no display: Qt would abort the process.
    """
    places = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in places):
        raise UserError(
            "there is no display to open a window on",
            remedy="Start ./packaging/run, which makes a virtual one, or use a verb without window",
        )
    from app.gui import start

    return start(screenshot, after, do, files or [])

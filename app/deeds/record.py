"""Pictures and films."""

from __future__ import annotations

from app.deeds.conditions import alive, records, records_not
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "file.screenshot",
        "Save picture...",
        "File",
        "Ctrl+P",
        "camera",
        "Save what is in front as a picture, at any size",
        alive,
        separator=True,
    ),
    ActionSpec(
        "file.copy",
        "Copy picture",
        "File",
        "Ctrl+Shift+C",
        "copy",
        "Copy what is in front to the clipboard, transparent where it is empty",
        alive,
    ),
    ActionSpec(
        "file.screenshot-window",
        "Save picture of the window...",
        "File",
        "",
        "monitor",
        "Save the whole window as it is on the screen",
    ),
    ActionSpec(
        "file.copy-window",
        "Copy picture of the window",
        "",
        "",
        "copy",
        "Copy the whole window to the clipboard",
    ),
    ActionSpec(
        "record.start",
        "Record...",
        "File",
        "Ctrl+R",
        "video",
        "Record a film or frames, step by step",
        records_not,
    ),
    ActionSpec(
        "record.stop",
        "Stop recording",
        "File",
        "Ctrl+Shift+R",
        "circle-stop",
        "Finish the file that is being recorded",
        records,
    ),
    ActionSpec(
        "file.remake",
        "Make again from a sidecar...",
        "File",
        "",
        "refresh-cw",
        "Make a picture or film once more from the JSON beside it, and compare every pixel",
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    pictures, recordings = shell.pictures, shell.recordings
    return {
        "file.screenshot": pictures.save,
        "file.copy": pictures.copy,
        "file.screenshot-window": pictures.save_window,
        "file.copy-window": pictures.copy_window,
        "record.start": recordings.start,
        "record.stop": recordings.stop,
        "file.remake": shell.parts["remaking"].start,
    }

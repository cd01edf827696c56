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
        "Save the world as a PNG at a chosen size",
        alive,
        separator=True,
    ),
    ActionSpec(
        "file.copy",
        "Copy picture",
        "File",
        "Ctrl+Shift+C",
        "copy",
        "Copy the world's picture to the clipboard",
        alive,
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
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    pictures, recordings = shell.pictures, shell.recordings
    return {
        "file.screenshot": pictures.save,
        "file.copy": pictures.copy,
        "record.start": recordings.start,
        "record.stop": recordings.stop,
    }

"""Files in and out."""

from __future__ import annotations

from functools import partial

from app.deeds.conditions import alive, trainable
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "file.open",
        "Open...",
        "File",
        "Ctrl+O",
        "folder-open",
        "Open a picture, a model, a world, a mesh, a program or a session",
        separator=True,
    ),
    ActionSpec(
        "file.save-model",
        "Save model...",
        "File",
        "Ctrl+Alt+M",
        "",
        "Save the trained weights as a .safetensors file",
        trainable,
        separator=True,
    ),
    ActionSpec(
        "file.save-world",
        "Save world...",
        "File",
        "",
        "box",
        "Save the world as it is now, to go on from tomorrow",
        alive,
    ),
    ActionSpec(
        "file.save-training",
        "Save world and training...",
        "File",
        "Ctrl+Alt+S",
        "",
        "Save everything, optimiser and pool included, to go on training tomorrow",
        trainable,
    ),
    ActionSpec(
        "file.export",
        "Export...",
        "File",
        "Ctrl+E",
        "download",
        "Write a file of this system's own kind",
        alive,
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    filing = shell.filing
    return {
        "file.open": filing.open,
        "file.save-model": partial(filing.save, "model"),
        "file.save-world": partial(filing.save, "world"),
        "file.save-training": partial(filing.save, "training"),
        "file.export": filing.export,
    }

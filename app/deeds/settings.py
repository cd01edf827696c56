"""The user's own choices."""

from __future__ import annotations

from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec("settings.open", "Settings...", "Edit", "Ctrl+,", "settings",
          "Device, threads, memory, autosave, theme, size, folders", separator=True),
    ActionSpec("settings.reset", "Reset settings...", "Edit", "", "",
          "Give every setting its default"),
    ActionSpec("settings.set", "Change a setting", "", "", "",
          "NAME VALUE, as in the settings file", scripted=True),
)  # fmt: skip


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    part = shell.parts["settings"]
    return {
        "settings.open": part.open,
        "settings.reset": part.ask_to_reset,
        "settings.set": part.write,
    }

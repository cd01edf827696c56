"""The session: everything that is open, as one file."""

from __future__ import annotations

from app.deeds.conditions import has_world
from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec("session.new", "New session", "File", "Ctrl+Alt+N", "",
          "Close all worlds and begin anew"),
    ActionSpec("session.open", "Open session...", "File", "Ctrl+Alt+O", "folder-clock",
          "Open a saved session in place of what is open"),
    ActionSpec("session.save", "Save session", "File", "Ctrl+S", "save",
          "Save all open worlds, with training, views and layout, in one file", has_world),
    ActionSpec("session.save-as", "Save session as...", "File", "Ctrl+Shift+S", "save-all",
          "Save all open worlds in another file", has_world),
    ActionSpec("session.changes", "Changes since saved...", "File", "", "",
          "What is not as it was when the session was saved", has_world),
)  # fmt: skip


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    session = shell.parts["session"]
    return {
        "session.new": session.new,
        "session.open": session.open,
        "session.save": session.save,
        "session.save-as": session.save_as,
        "session.changes": session.show_changes,
    }

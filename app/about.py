"""What the About box says: the program, and the licence under which this copy of it is offered."""

from __future__ import annotations

from importlib.util import find_spec

from app.diagnostics import installed
from engine.core.child import frozen

__all__ = ["about_text", "offered_under"]


def offered_under() -> str:
    """Say the licence: a bundle with video codecs is under theirs as a whole."""
    if frozen() and find_spec("av") is not None:
        return (
            "The sources are under the Apache License 2.0. This bundle holds video codecs under "
            "the GPL, and is offered under the GNU General Public License 3.0 as a whole."
        )
    return "Apache License 2.0."


def about_text() -> str:
    """Say what the program is."""
    return (
        f"<b>Primordia {installed('primordia')}</b><br><br>"
        "A desktop laboratory in which people watch and shape self-organising systems.<br><br>"
        f"{offered_under()} Fonts: Inter and JetBrains Mono (OFL). Icons: Lucide (ISC). "
        "Qt for Python under the LGPL."
    )

"""Help that needs no page: the program itself, and what a report should contain."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import qVersion

__all__ = ["about_text", "diagnostics"]

PACKAGES = ("primordia", "PySide6-Essentials", "vispy", "numpy", "torch", "numba", "av", "pillow")


def about_text() -> str:
    """Say what the program is, for the About box."""
    return (
        f"<b>Primordia {_version('primordia')}</b><br><br>"
        "A desktop laboratory in which people watch and shape self-organising systems.<br><br>"
        "Apache License 2.0. Fonts: Inter and JetBrains Mono (OFL). Icons: Lucide (ISC). "
        "Qt for Python under the LGPL."
    )


def diagnostics(renderer: str, device: str) -> str:
    """List versions, devices and renderer as text, without anything private."""
    lines = [
        f"Primordia {_version('primordia')}",
        f"Python {sys.version.split()[0]} on {platform.system()} {platform.machine()}",
        f"Qt {qVersion()}, picture drawn by {renderer}",
        f"Computing on {device or 'nothing yet'}",
    ]
    lines += [f"{name} {_version(name)}" for name in PACKAGES[1:]]
    return "\n".join(lines)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"

"""What a report should contain: versions, devices, screen, the newest lines of the log.

Nothing private: no folders of the user's, no names of the machine.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

import psutil
from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication

from app.log.lines import Line
from app.private import without_folders
from engine.core.child import frozen
from engine.core.device import threads

__all__ = ["LINES", "diagnostics", "installed", "report"]

LINES = 50
"""Lines of the log that a report ends with."""

_PACKAGES = (
    *("PySide6-Essentials", "vispy", "numpy", "scipy", "torch", "numba", "llvmlite"),
    *("av", "pillow", "trimesh", "gpytoolbox", "pyqtgraph", "safetensors"),
)


def installed(name: str) -> str:
    """Return a distribution's version, or that it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def diagnostics(renderer: str, device: str, lines: Sequence[Line] = ()) -> str:
    """Return versions, devices and the newest lines of the log as text.

    Parameters
    ----------
    renderer : str
        What draws the pictures.
    device : str
        What the world in front computes on; "" where there is none.
    lines : sequence of Line
        The log; the last `LINES` are taken.
    """
    memory = psutil.virtual_memory()
    used = psutil.Process().memory_info().rss
    kind = "a bundle" if frozen() else "sources"
    words = [
        f"Primordia {installed('primordia')}, from {kind}",
        f"Python {sys.version.split()[0]} on {platform.system()} {platform.release()}"
        f" {platform.machine()}",
        f"Qt {qVersion()} ({QGuiApplication.platformName()}), pictures drawn by {renderer}",
        f"Computing on {device or 'nothing yet'}; {os.cpu_count()} cores, {threads()} used",
        _card(),
        f"Memory {used / 2**30:.1f} GB used by the program,"
        f" {memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GB free",
        *_screens(),
        ", ".join(f"{name} {installed(name)}" for name in _PACKAGES),
    ]
    if lines:
        words += ["", f"The last {min(LINES, len(lines))} lines of the log:"]
        words += [str(line) for line in list(lines)[-LINES:]]
    return without_folders("\n".join(words))


def report(text: str, details: str, facts: str) -> str:
    """Return what a bug report needs: what was told, the details, and the diagnostics."""
    parts = [text, details, facts]
    return without_folders("\n\n".join(part.strip() for part in parts if part.strip()))


def _card() -> str:
    """Name the graphics card; torch is asked only where it is loaded already, since it is slow."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "cuda"):
        return "Graphics card: not asked yet"
    if not torch.cuda.is_available():
        return "Graphics card: none that computes"
    return f"Graphics card: {torch.cuda.get_device_name(0)}"


def _screens() -> list[str]:
    return [
        f"Screen {screen.size().width()} x {screen.size().height()}"
        f" at scale {screen.devicePixelRatio():g}, {screen.logicalDotsPerInch():.0f} dpi"
        for screen in QGuiApplication.screens()
    ]

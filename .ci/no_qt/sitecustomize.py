"""With this folder on PYTHONPATH, Qt and vispy cannot be imported, here and in child processes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

BLOCKED = {"PySide6", "shiboken6", "vispy", "OpenGL", "pyqtgraph", "pytestqt"}


class _Blocker:
    """A finder that refuses the blocked packages as if they were not installed."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"{name} is blocked in this run", name=name)
        return None


sys.meta_path.insert(0, _Blocker())  # type: ignore[arg-type]

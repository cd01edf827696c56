"""What the names of the console mean: some are looked up anew each time, some imported on use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["Namespace"]

MODULES = {"np": "numpy", "torch": "torch", "registry": "engine.core.registry"}


class Namespace(dict[str, Any]):
    """Names of a Python session; unknown ones are asked of functions and imports.

    Parameters
    ----------
    fixed : mapping
        Names with their values.
    asked : mapping of str to callable
        Names whose value is asked for each time, such as the selected world.
    """

    def __init__(
        self, fixed: Mapping[str, Any], asked: Mapping[str, Callable[[], Any]] | None = None
    ) -> None:
        super().__init__(fixed)
        self["__name__"] = "__console__"
        self._asked = dict(asked or {})

    def __missing__(self, name: str) -> Any:
        if name in self._asked:
            return self._asked[name]()
        if name in MODULES:
            return import_module(MODULES[name])
        raise KeyError(name)

    def names(self) -> list[str]:
        """Return every name there is, for completion."""
        own = [name for name in self if not name.startswith("_")]
        return sorted({*own, *self._asked, *MODULES})

    def forget(self) -> None:
        """Let go of everything, the window above all."""
        self.clear()
        self._asked.clear()

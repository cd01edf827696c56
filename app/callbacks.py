"""Handing a result on, if whoever asked for it is still there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from shiboken6 import isValid

__all__ = ["deliver"]


def deliver(done: Callable[..., object], *results: Any) -> None:
    """Call `done(*results)`, but not where it is a method of a widget that was deleted meanwhile.

    Work goes on in other threads while dialogs are closed and worlds go away.
    """
    called: Any = done
    while isinstance(called, partial):
        called = called.func
    asker = getattr(called, "__self__", None)
    if not isinstance(asker, QObject) or isValid(asker):
        done(*results)

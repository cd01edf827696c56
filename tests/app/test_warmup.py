"""What is loaded in the background while the window may go."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import shiboken6

from app import warmup
from app.notices import Activities


def test_a_window_that_is_gone_is_not_told(qapp: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, crashes = threading.Event(), []
    monkeypatch.setattr(warmup.importlib, "import_module", lambda name: gone.wait(5))
    monkeypatch.setattr(threading, "excepthook", crashes.append)
    before = set(threading.enumerate())
    loader = warmup.WarmUp()
    loader.begin()
    (thread,) = set(threading.enumerate()) - before
    shiboken6.delete(loader)
    gone.set()
    thread.join(5)
    assert not thread.is_alive()
    assert crashes == []


def test_what_is_loaded_is_listed_and_cannot_be_stopped(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, under_way = threading.Event(), Activities()
    monkeypatch.setattr(warmup.importlib, "import_module", lambda name: gate.wait(5))
    loader = warmup.WarmUp(None, under_way)
    loader.begin()
    (activity,) = under_way.running()
    assert not activity.cancellable
    gate.set()
    qtbot.waitUntil(lambda: under_way.running() == ())
    assert loader.done

"""Pictures made beside the window: the newest wish first, and nothing left behind."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from app.viewports.latest import Latest
from app.viewports.mesh import MeshViewport


def test_a_viewport_leaves_nothing_behind(qtbot: QtBot, ball: Any) -> None:
    widget = MeshViewport()
    widget.resize(300, 200)
    with qtbot.waitExposed(widget):
        widget.show()
    for step in range(5):
        widget.set_view(ball(step=step))
        widget.pan(5, 0)
    widget.set_switch("turntable", True)
    dead = weakref.ref(widget)
    widget.close()
    widget.deleteLater()
    del widget
    deadline = time.monotonic() + 30  # the thread may be compiling what draws meshes
    while time.monotonic() < deadline and (dead() is not None or drawing()):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QCoreApplication.processEvents()
        gc.collect()
        time.sleep(0.01)
    assert dead() is None
    assert not drawing()


def drawing() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "picture"]


def test_the_newest_wish_replaces_those_that_wait(qtbot: QtBot, caught: Any) -> None:
    latest, begun, go = Latest(), threading.Event(), threading.Event()
    done = caught(latest.done)

    def slow() -> str:
        begun.set()
        go.wait(5)
        return "first"

    def fails() -> str:
        raise ValueError("why")

    latest.ask(slow)
    assert begun.wait(5)
    assert not latest.waited_for
    jobs: list[Callable[[], str]] = [lambda: "second", lambda: "third"]
    for job in jobs:
        latest.ask(job)
    assert latest.waited_for
    go.set()
    qtbot.waitUntil(lambda: done == ["first", "third"])
    latest.ask(fails)
    qtbot.waitUntil(lambda: len(done) == 3)
    assert isinstance(done[2], ValueError)
    qtbot.waitUntil(lambda: not latest.busy)
    latest.close()
    latest.ask(lambda: "never")
    qtbot.wait(30)
    assert len(done) == 3

"""What goes wrong in a world is told with its cause and the way on; the window and others go on."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PySide6.QtCore import Qt, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

TROUBLED = '''
    """A learner that fails where it is told to."""
    import numpy as np
    from engine.core.errors import DeviceError
    from engine.core.grid import GridSystem
    from engine.core.params import Params, live
    from engine.core.system import SystemInfo

    trouble = ""

    class TroubledParams(Params):
        """One number."""
        rate: float = live(0.1, "A number", ge=0.0, le=1e30)

    class Troubled(GridSystem):
        """Fails."""
        info = SystemInfo("troubled", "Troubled", "Fails on request", "none", "Toys")
        Params = TroubledParams

        def build(self):
            if trouble == "build":
                raise RuntimeError("cannot build this")
            if trouble == "memory":
                raise MemoryError
            self.cells = np.zeros((16, 16, 1), np.float32)
            self.done = 0

        def start(self):
            self.cells[...] = 0.5

        def advance(self, poll):
            if trouble == "step":
                self.cells[...] = 9.0
                raise RuntimeError("cannot step this")
            if trouble == "nan":
                self.cells[3, 3] = np.nan

        def field(self):
            return self.cells

        def channels(self):
            return ("a",)

        def views(self, wanted):
            if trouble == "views":
                raise RuntimeError("cannot draw this")
            return super().views(wanted)

        def brush(self, stroke):
            if trouble == "brush":
                raise RuntimeError("cannot brush this")
            super().brush(stroke)

        def train_step(self, poll):
            if trouble == "train":
                raise RuntimeError("cannot train this")
            self.done += 1
            return {"loss": float("nan") if trouble == "nan loss" else 1.0 / self.done}

        def train_progress(self):
            return self.done, 1_000_000
'''


class Troubled:
    """The window with a world that fails on request, beside one that does not."""

    def __init__(self, desk: Any, module: ModuleType) -> None:
        self.desk = desk
        self._module = module

    def make(self, trouble: str) -> None:
        self._module.trouble = trouble  # type: ignore[attr-defined]


@pytest.fixture
def troubled(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Troubled:
    name = plugin("troubled", TROUBLED, "Troubled")
    desk = request.getfixturevalue("desk")
    from engine.core import registry

    registry.system_class("troubled")
    return Troubled(desk, sys.modules[name])


def told(desk: Any) -> Any:
    """Wait for the one message that tells of a failure."""
    return desk.until(
        lambda: next((m for m in desk.window.toasts.messages() if m.role == "danger"), None),
        "the message",
    )


def press(toast: Any, text: str) -> None:
    button = next(b for b in toast.findChildren(QPushButton) if b.text() == text)
    assert button.isVisible()
    button.click()


@pytest.mark.parametrize(
    ("trouble", "title", "cause"),
    [
        ("step", "troubled stopped", "RuntimeError: cannot step this"),
        ("nan", "troubled stopped", "left the finite numbers"),
        ("views", "troubled could not be drawn", "RuntimeError: cannot draw this"),
    ],
)
def test_a_world_that_fails_tells_why_and_goes_on(
    troubled: Troubled, trouble: str, title: str, cause: str
) -> None:
    desk = troubled.desk
    other = desk.open("life", playing=True)
    world = desk.open("troubled", playing=True)
    desk.until(lambda: desk.state.step > 2, "steps")
    troubled.make(trouble)
    toast = told(desk)
    assert title in toast.text
    assert cause in toast.text
    assert ("was restored" in toast.text) != ("brought back" in toast.text)  # once, not twice
    assert not desk.dialogs()
    desk.until(lambda: not world.state.playing, "a paused world")
    assert world.state.alive
    assert desk.window.isVisible()
    before = other.state.step
    desk.until(lambda: other.state.step > before, "the other world's steps")
    troubled.make("")
    desk.quiet(0.1)  # a failure may be told once more; the newest one counts
    press(told(desk), "Reset")
    desk.until(lambda: not desk.toasts(), "no message")
    desk.until(lambda: world.state.step == 0, "the reset")
    desk.run("transport.play")
    desk.until(lambda: world.state.step > 2, "steps again")
    desk.until(lambda: (world.views["world"].data == 0.5).all(), "the good state")


def test_a_failing_brush_stops_the_world_not_the_window(troubled: Troubled) -> None:
    desk = troubled.desk
    desk.open("troubled")
    troubled.make("brush")
    desk.viewport.set_tool("erase")
    desk.brush(desk.point_of(8, 8))
    assert "cannot brush this" in told(desk).text
    troubled.make("")
    told(desk).close_now()
    desk.run("transport.step")
    desk.until(lambda: desk.state.step == 1, "a step")


def test_a_world_that_fails_many_times_tells_it_once(troubled: Troubled) -> None:
    desk = troubled.desk
    desk.open("troubled")
    troubled.make("step")
    for _ in range(3):
        desk.run("transport.step")
        desk.settle()
        told(desk)
    assert len(desk.toasts()) == 1


def test_training_that_fails_stops_and_the_world_lives(troubled: Troubled) -> None:
    desk = troubled.desk
    world = desk.open("troubled", playing=True)
    desk.key(Qt.Key.Key_T)
    desk.until(lambda: world.state.updates > 2, "updates")
    troubled.make("train")
    toast = told(desk)
    assert "stopped training" in toast.text
    assert "cannot train this" in toast.text
    desk.until(lambda: not world.state.training, "no training")
    troubled.make("")
    toast.close_now()
    updates = world.state.updates
    desk.key(Qt.Key.Key_T)
    desk.until(lambda: world.state.updates > updates, "more updates")


def test_a_loss_that_is_no_number_stops_training_and_says_so(troubled: Troubled) -> None:
    desk = troubled.desk
    world = desk.open("troubled", playing=False)
    desk.key(Qt.Key.Key_T)
    desk.until(lambda: world.state.updates > 2, "updates")
    troubled.make("nan loss")
    toast = told(desk)
    assert "stopped training" in toast.text
    assert "loss" in toast.text
    desk.until(lambda: not world.state.training, "no training")
    # What is plotted and told afterwards is still drawn.
    desk.quiet(0.3)
    troubled.make("")
    toast.close_now()


@pytest.mark.parametrize("trouble", ["build", "memory"])
def test_a_world_that_cannot_be_built(troubled: Troubled, trouble: str) -> None:
    desk = troubled.desk
    other = desk.open("life", playing=True)
    troubled.make(trouble)
    from engine.core.spec import Spec

    world = desk.lab.open(Spec("troubled"), "troubled", replace=False)
    toast = told(desk)
    assert "could not be built" in toast.text
    expected = {"build": "cannot build this", "memory": "ran out of memory"}[trouble]
    assert expected in toast.text
    toast.close_now()
    before = other.state.step
    desk.until(lambda: other.state.step > before, "the other world's steps")
    # It says so where its picture would be, and can still be closed.
    assert expected in desk.page.overlay._notice.accessibleName()
    assert not desk.window.user_actions["transport.play"].isEnabled()
    desk.run("world.close")
    assert world not in desk.lab.worlds


def test_a_closed_world_says_nothing_any_more(troubled: Troubled) -> None:
    desk = troubled.desk
    desk.open("troubled", playing=True)
    troubled.make("step")
    desk.run("world.close")
    desk.quiet(0.1)
    assert not desk.toasts()


def test_details_a_report_and_the_log_are_a_click_away(troubled: Troubled) -> None:
    desk = troubled.desk
    desk.open("troubled")
    troubled.make("step")
    desk.run("transport.step")
    toast = told(desk)
    press(toast, "Details")
    (dialog,) = desk.until(lambda: desk.dialogs("Details"), "the details")
    assert not dialog.isModal()
    assert "cannot step this" in dialog._details.toPlainText()
    assert "Traceback" in dialog._details.toPlainText()
    QGuiApplication.clipboard().clear()
    press(dialog, "Copy report")
    copied = QGuiApplication.clipboard().text()
    for part in ("troubled stopped", "Traceback", "Qt 6.", "lines of the log"):
        assert part in copied
    assert str(Path.home()) not in copied
    dialog.close()
    assert not desk.window.bottom.isVisible()
    press(toast, "Open log")
    log = desk.window.bottom.log
    desk.until(lambda: log.isVisible() and "cannot step this" in log.shown(), "the log")


def test_what_fails_where_nothing_can_be_raised_is_told(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    former: list[Any] = []
    hooks = desk.window.notifier._former
    monkeypatch.setattr(desk.window.notifier, "_former", (*hooks[:2], former.append))

    class Brittle:
        def __del__(self) -> None:
            raise OSError("in the end")

    Brittle().__del__  # noqa: B018
    desk.until(lambda: desk.toasts(), "the toast")
    assert "in the end" in desk.toasts()[0]
    assert len(former) == 1  # whoever listened before still hears of it


def test_warnings_of_libraries_go_to_the_log(desk: Any) -> None:
    assert warnings.showwarning is logging._showwarning  # type: ignore[attr-defined]
    warnings.showwarning("old and tired", DeprecationWarning, "library.py", 3)
    panel = desk.window.bottom.log
    desk.until(lambda: "old and tired" in panel.shown(), "the line")


def test_exceptions_of_the_windows_thread_are_told(desk: Any) -> None:
    try:
        raise RuntimeError("nobody caught this")
    except RuntimeError:
        sys.excepthook(*sys.exc_info())
    toast = desk.until(lambda: desk.window.toasts.messages(), "the toast")[0]
    assert "nobody caught this" in toast.text
    assert toast.role == "danger"
    assert "Traceback" in toast._details


def test_exceptions_of_other_threads_are_told_with_the_threads_name(desk: Any) -> None:
    def fail() -> None:
        raise ValueError("in the dark")

    thread = threading.Thread(target=fail, name="somewhere")
    thread.start()
    thread.join()
    desk.until(lambda: desk.toasts(), "the toast")
    assert "in somewhere" in desk.toasts()[0]
    assert "in the dark" in desk.toasts()[0]


def test_what_qt_says_is_logged(desk: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        qWarning("a word of Qt")
    assert any(r.name == "qt" and "a word of Qt" in r.message for r in caplog.records)


def test_the_log_panel_hears_every_thread(desk: Any) -> None:
    log = desk.window.bottom.log
    threading.Thread(target=lambda: logging.getLogger("elsewhere").warning("from a thread")).start()
    desk.until(lambda: "from a thread" in log.shown(), "the line")
    log.search("from THREAD", logging.ERROR)
    assert log.shown() == ""
    log.search("from THREAD", logging.WARNING)
    assert "elsewhere: from a thread" in log.shown()
    log.search("something else")
    assert log.shown() == ""

"""Going back in time with hand, keys and scripts: in the real window, and on the strip alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.jumping import Jumper
from app.viewports.time_strip import TimeStrip, nearest, replay_from
from engine.core import history
from engine.core.commands import Jump, Reply, RunnerState, RunTo
from engine.core.errors import BadInput
from engine.core.spec import Spec
from engine.core.system import Mark

LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
MOMENTS = (0, 16, 32, 48, 64, 80, 96)


def state(**more: Any) -> RunnerState:
    plain = {"step": 100, "moments": MOMENTS, "marks": (Mark(70, "transition"),), "alive": True}
    return RunnerState(**({"spec": Spec("any")} | plain | more))


def caught(signal: Any) -> list[Any]:
    seen: list[Any] = []
    signal.connect(seen.append)
    return seen


@pytest.fixture
def strip(qtbot: QtBot) -> TimeStrip:
    made = TimeStrip()
    qtbot.addWidget(made)
    made.resize(320, 18)
    made.set_state(state())
    with qtbot.waitExposed(made):
        made.show()
    return made


def at(strip: TimeStrip, step: int) -> QPoint:
    return QPoint(round(strip.x_of(step)), strip.height() // 2)


def test_what_is_nearest_and_where_a_replay_begins() -> None:
    assert [nearest(MOMENTS, step) for step in (-3, 7, 9, 90, 500)] == [0, 0, 16, 96, 96]
    assert replay_from(MOMENTS, 70) == 32
    assert replay_from(MOMENTS, 20) == 0
    assert replay_from(MOMENTS, 0) is None
    assert replay_from((), 70) is None


def test_a_press_and_a_drag_ask_for_the_nearest_moments_once_each(strip: TimeStrip) -> None:
    asked = caught(strip.jump_requested)
    QTest.mousePress(strip, LEFT, NONE, at(strip, 50))
    for step in (49, 47, 35, 30, 18):
        QTest.mouseMove(strip, at(strip, step))
    QTest.mouseRelease(strip, LEFT, NONE, at(strip, 18))
    assert asked == [48, 32, 16]
    QTest.mouseMove(strip, at(strip, 90))
    assert asked == [48, 32, 16], "the hand let go"


def test_shift_asks_for_the_very_step(strip: TimeStrip) -> None:
    asked = caught(strip.jump_requested)
    QTest.mouseClick(strip, LEFT, SHIFT, at(strip, 55))
    assert len(asked) == 1
    assert abs(asked[0] - 55) <= 1
    assert asked[0] not in MOMENTS


def test_keys_go_from_moment_to_moment_and_with_shift_from_step_to_step(strip: TimeStrip) -> None:
    asked = caught(strip.jump_requested)
    for key, keys in (
        (Qt.Key.Key_Left, NONE),
        (Qt.Key.Key_Left, NONE),
        (Qt.Key.Key_Right, NONE),
        (Qt.Key.Key_Left, SHIFT),
        (Qt.Key.Key_Right, SHIFT),
        (Qt.Key.Key_Home, NONE),
        (Qt.Key.Key_Left, SHIFT),
        (Qt.Key.Key_Left, NONE),
    ):
        QTest.keyClick(strip, key, keys)
    assert asked == [96, 80, 96, 95, 96, 0]


def test_the_strip_in_focus_takes_the_arrow_before_the_window(
    strip: TimeStrip, qtbot: QtBot
) -> None:
    from PySide6.QtGui import QKeySequence, QShortcut

    steps: list[int] = []
    shortcut = QShortcut(QKeySequence("Left"), strip)
    shortcut.activated.connect(lambda: steps.append(1))
    asked = caught(strip.jump_requested)
    strip.activateWindow()
    strip.setFocus()
    qtbot.waitUntil(strip.hasFocus)
    QTest.keyClick(strip.windowHandle(), Qt.Key.Key_Left)
    assert (asked, steps) == ([96], [])


def test_a_mark_is_replayed_from_the_menu(strip: TimeStrip, qtbot: QtBot, answer: Any) -> None:
    played, asked = caught(strip.replay_requested), caught(strip.jump_requested)
    words: list[str] = []

    def choose(menu: Any) -> None:
        words.extend(action.text() for action in menu.actions())
        menu.setActiveAction(menu.actions()[-1])
        QTest.keyClick(menu, Qt.Key.Key_Return)

    answer(choose)
    place = at(strip, 70)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, strip.mapToGlobal(place), NONE)
    QApplication.sendEvent(strip, event)
    qtbot.waitUntil(lambda: bool(played or asked))
    assert words == ["Jump to step 64", 'Replay from before "transition", step 70']
    assert (played, asked) == ([32], [])


def test_the_tooltip_says_where_a_press_leads(
    strip: TimeStrip, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtWidgets import QToolTip

    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda where, words, widget: said.append(words))
    strip.set_state(state(step=2500, moments=(0, 1216, 2432), marks=(Mark(2433, "transition"),)))
    QTest.mouseMove(strip, at(strip, 1200))
    qtbot.waitUntil(lambda: any(words.startswith("Jump to step 1,216\n") for words in said))
    QTest.mouseMove(strip, at(strip, 2433))
    qtbot.waitUntil(lambda: "transition at step 2,433" in said[-1])


def test_nothing_can_be_asked_of_a_world_without_a_past(strip: TimeStrip) -> None:
    strip.set_state(state(moments=(), marks=()))
    asked = caught(strip.jump_requested)
    QTest.mouseClick(strip, LEFT, NONE, QPoint(40, 9))
    QTest.keyClick(strip, Qt.Key.Key_Left)
    assert not strip.isEnabled()
    assert asked == []


def test_the_present_and_what_is_kept_are_drawn(strip: TimeStrip) -> None:
    strip.set_state(state(step=50))
    picture = strip.grab().toImage()
    tone = [picture.pixelColor(round(strip.x_of(step)), 11).name() for step in (24, 50, 72)]
    assert len(set(tone)) == 3, "past, present and what lies ahead look different"


class Busy:
    """A world that answers when it is told to."""

    def __init__(self, qtbot: QtBot) -> None:
        from PySide6.QtCore import QObject, Signal

        class Speaker(QObject):
            answered = Signal(object, object)

        self.speaker = Speaker()
        self.answered = self.speaker.answered
        self.state = state()
        self.sent: list[Any] = []

    def submit(self, command: Any) -> int:
        self.sent.append(command)
        return int(command.id)

    def answer(self) -> None:
        command = self.sent[-1]
        self.answered.emit(command, Reply(command.id, 0))


def test_of_many_jumps_only_the_last_one_follows(qtbot: QtBot) -> None:
    world = Busy(qtbot)
    jumper = Jumper(world)  # type: ignore[arg-type]
    for step in (16, 32, 48, 64):
        jumper.jump(step)
    assert world.sent == [Jump(16)]
    world.answer()
    assert world.sent == [Jump(16), Jump(64)]
    world.answer()
    assert len(world.sent) == 2
    jumper.jump(50)  # runs for a while: the next one must not wait for it
    jumper.jump(80, play=True)
    assert world.sent[2:] == [Jump(50), Jump(80, play=True)]
    jumper.go(300)
    assert world.sent[-1] == RunTo(300)


def test_a_refused_jump_leaves_the_strip_where_the_world_is(strip: TimeStrip, qtbot: QtBot) -> None:
    world = Busy(qtbot)
    jumper = Jumper(world)  # type: ignore[arg-type]
    strip.jump_requested.connect(jumper.jump)
    jumper.refused.connect(strip.settle)
    asked = caught(strip.jump_requested)
    QTest.mouseClick(strip, LEFT, NONE, at(strip, 33))
    command = world.sent[-1]
    world.answered.emit(command, Reply(command.id, 100, BadInput("it was edited")))
    QTest.keyClick(strip, Qt.Key.Key_Left)
    assert asked == [32, 96], "from the present, not from where the hand wanted to be"


# In the window.


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_PATIENCE", 0.0)


def test_the_window_goes_back_step_by_step_and_by_hand(desk: Any, kept: None) -> None:
    desk.open("life", width=64, height=64)
    desk.run("transport.step-many", "40")
    desk.until(lambda: desk.state.step == 40 and desk.state.moments)
    desk.until(lambda: desk.viewport.view.step == 40, "its picture")
    picture = np.array(desk.viewport.view.data)
    desk.run("transport.back")
    desk.until(lambda: desk.state.step == 39)
    desk.run("transport.run-to", "12")
    desk.until(lambda: desk.state.step == 12)
    bar = desk.page.overlay.transport
    strip = bar.strip
    assert strip.isVisible()
    desk.click(strip, QPoint(round(strip.x_of(30)), 9))
    desk.until(lambda: desk.state.step == 30)
    desk.click(bar.back)
    desk.until(lambda: desk.state.step == 29)
    desk.run("transport.run-to", "40")
    desk.until(lambda: desk.state.step == 40)
    desk.until(lambda: desk.viewport.view.step == 40, "its picture")
    assert np.array_equal(desk.viewport.view.data, picture)
    assert desk.toasts() == []


def test_the_plots_are_cut_where_time_goes_on(desk: Any, kept: None) -> None:
    world = desk.open("life", width=64, height=64)
    desk.run("transport.run-to", "600")
    desk.until(lambda: desk.state.step == 600 and world.series["world"])
    series = next(iter(world.series["world"].values()))
    desk.until(lambda: len(series) and series.points()[0][-1] > 300)
    desk.run("transport.run-to", "20")
    desk.until(lambda: desk.state.step == 20)
    desk.run("transport.step")
    desk.until(lambda: series.points()[0][-1] <= 21)


def test_a_script_jumps_and_refuses_nonsense(desk: Any, kept: None) -> None:
    from app.verbs import Verbs

    desk.open("life", width=64, height=64)
    desk.run("transport.step-many", "20")
    desk.until(lambda: desk.state.step == 20)
    jump = Verbs(desk.window)("jump")
    assert jump is not None
    arrived = jump("7")
    desk.until(arrived.done)
    desk.until(lambda: desk.state.step == 7)
    with pytest.raises(BadInput, match="not a whole number"):
        jump("soon")
    replay = Verbs(desk.window)("replay")
    assert replay is not None
    with pytest.raises(BadInput, match="nothing has happened"):
        replay("")


def test_a_transition_is_replayed_with_one_button(desk: Any) -> None:
    world = desk.open("soup", language="bff_noheads_4bit", programs=1024, plant="replicator")
    bar = desk.page.overlay.transport
    assert not bar.replay.isVisible()
    desk.run("transport.play")
    desk.until(lambda: desk.state.marks, "a transition", patience=40)
    desk.run("transport.play")
    desk.until(lambda: not desk.state.playing)
    mark, stopped = desk.state.marks[0], desk.state.step
    assert mark.title == "transition"
    assert bar.replay.isVisible()
    assert 'before "transition"' in bar.replay.toolTip()
    seen: list[int] = []
    world.state_changed.connect(lambda now: seen.append(now.step))
    desk.click(bar.replay)
    desk.until(lambda: desk.state.playing)
    assert min(seen) < mark.step
    desk.until(lambda: desk.state.step > stopped)
    desk.run("transport.play")
    desk.until(lambda: not desk.state.playing)
    assert desk.state.marks[0] == mark, "the same thing happened at the same step"


def test_the_strip_goes_where_it_is_narrow(desk: Any) -> None:
    desk.open("life", width=64, height=64)
    bar = desk.page.overlay.transport
    desk.until(lambda: bar.strip.isVisible())
    bar.set_level(3)
    assert not bar.strip.isVisible()
    assert not bar.back.isVisible()
    bar.set_level(0)
    assert bar.strip.isVisible()
    assert bar.strip.x_of(0) == pytest.approx(QPointF(7.0, 0).x())

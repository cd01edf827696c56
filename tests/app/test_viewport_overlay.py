"""The chrome on the picture: it says what it should, and nothing overlaps at any size."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.viewports.drop import DropOverlay
from app.viewports.grid import GridViewport
from app.viewports.overlay import Overlay
from app.viewports.transport import speed_at, speed_fraction
from engine.core.capabilities import Capabilities
from engine.core.commands import RunnerState
from engine.core.spec import Spec
from engine.core.system import BrushTool, ViewOffer
from engine.core.views import ImageView, Stroke

LEFT = Qt.MouseButton.LeftButton
NAMES = ("red", "green", "blue", "alpha", *(f"hidden {i}" for i in range(1, 13)))
BRUSHES = (
    BrushTool("erase", "Erase", "eraser", "Set every channel to zero"),
    BrushTool("paint", "Paint", "brush", "Set one channel", paints="channel"),
    BrushTool("odd", "Odd", "no-such-icon", "A plugin's brush with an icon that we do not ship"),
)


def state(**more: Any) -> RunnerState:
    spec = Spec(slug="any", params={}, seed=1, device="cpu")
    can = Capabilities(
        views=(ViewOffer("world", "World", "image"),), trainable=True, brushes=BRUSHES
    )
    return RunnerState(**({"spec": spec, "capabilities": can, "alive": True} | more))


def picture(channels: tuple[str, ...] = NAMES, step: int = 0) -> ImageView:
    data = np.full((40, 40, 3), 90, np.uint8)
    return ImageView(
        step=step, data=data, extent=(40, 40), region=(0, 0, 40, 40), channels=channels
    )


@pytest.fixture
def overlay(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Overlay:
    monkeypatch.setenv("PRIMORDIA_RENDERER", "painter")
    viewport = GridViewport()
    qtbot.addWidget(viewport)
    viewport.resize(768, 576)
    made = Overlay(viewport)
    with qtbot.waitExposed(viewport):
        viewport.show()
    viewport.set_view(picture())
    made.set_title("A lizard with rather a long name that goes on")
    made.set_view(picture(step=12_480))
    made.set_state(state(step=12_480))
    return made


def parts(overlay: Overlay) -> list[QWidget]:
    given = (overlay.title, overlay.modes, overlay.tools, overlay.transport)
    return [part for part in given if part is not None and part.isVisible()]


def caught(signal: Any) -> list[Any]:
    seen: list[Any] = []
    signal.connect(seen.append)
    return seen


@pytest.mark.parametrize(
    "size", [(1920, 1080), (768, 576), (600, 400), (480, 300), (360, 240), (280, 220)]
)
def test_nothing_overlaps_or_is_cut_at_any_size(
    overlay: Overlay, qtbot: QtBot, size: tuple[int, int]
) -> None:
    viewport = overlay.parent()
    assert isinstance(viewport, QWidget)
    viewport.resize(*size)
    overlay.say_hint("Drag across it")
    qtbot.wait(20)
    shown = parts(overlay)
    assert len(shown) == 4
    for part in shown:
        assert viewport.rect().contains(part.geometry()), part
    for one, other in itertools.combinations(shown, 2):
        assert not one.geometry().intersects(other.geometry()), (one, other)


def test_no_chrome_before_there_is_something_to_steer(qtbot: QtBot) -> None:
    viewport = GridViewport()
    qtbot.addWidget(viewport)
    overlay = Overlay(viewport)
    viewport.show()
    assert parts(overlay) == []
    overlay.say_notice("Drop a picture here")
    assert overlay._notice.isVisible()
    overlay.say_notice("")
    assert not overlay._notice.isVisible()


def test_transport_asks_for_what_is_clicked(overlay: Overlay) -> None:
    bar = overlay.transport
    plays, steps, trains = (
        caught(bar.play_toggled),
        caught(bar.step_requested),
        caught(bar.train_toggled),
    )
    resets: list[str] = []
    bar.reset_requested.connect(lambda: resets.append("same"))
    bar.reseed_requested.connect(lambda: resets.append("other"))
    for button in (bar.play, bar.step, bar.train, bar.reset, bar.reseed):
        QTest.mouseClick(button, LEFT)
    assert (plays, steps, trains, resets) == ([True], [1], [True], ["same", "other"])


def test_transport_shows_what_is_so_and_asks_nothing_by_itself(overlay: Overlay) -> None:
    bar = overlay.transport
    asked = caught(bar.play_toggled) + caught(bar.train_toggled) + caught(bar.speed_changed)
    overlay.set_state(state(playing=True, training=True, speed=None))
    assert bar.play.isChecked()
    assert bar.play.accessibleName() == "Pause"
    assert bar.train.isChecked()
    assert bar.speed.text() == "max"
    width = bar.width()
    overlay.set_state(state(playing=False, speed=1.0))
    assert not bar.play.isChecked()
    assert bar.width() == width
    overlay.set_state(state(alive=False))
    assert not bar.play.isEnabled()
    assert asked == []


def test_steps_menu_takes_a_number(overlay: Overlay, qtbot: QtBot) -> None:
    bar = overlay.transport
    steps, goals = caught(bar.step_requested), caught(bar.run_to_requested)
    bar.open_step_menu()
    bar._goal.field.setText("250")
    QTest.keyClick(bar._goal.field, Qt.Key.Key_Return)
    bar._count.field.setText("")
    QTest.keyClick(bar._count.field, Qt.Key.Key_Return)
    assert goals == [250]
    assert steps == []
    assert not bar._menu.isVisible()


@pytest.mark.parametrize("speed", [1.0, 2.5, 30.0, 60.0, 1000.0])
def test_speed_slider_goes_there_and_back(speed: float) -> None:
    back = speed_at(speed_fraction(speed))
    assert back == pytest.approx(speed, rel=0.03)


def test_the_right_end_is_unlimited() -> None:
    assert speed_at(1.0) is None
    assert speed_at(speed_fraction(None)) is None
    assert speed_at(0.0) == 1.0


def test_tools_are_hand_the_brushes_and_inspect(overlay: Overlay) -> None:
    viewport = overlay.parent()
    assert isinstance(viewport, GridViewport)
    assert overlay.tools is not None
    assert list(overlay.tools._buttons) == [
        *["hand", "erase", "paint", "odd", "inspect"],
        *["measure-line", "measure-region"],
    ]
    assert viewport.tools.tool == "erase"
    QTest.mouseClick(overlay.tools._buttons["paint"], LEFT)
    assert viewport.tools.tool == "paint"
    assert overlay.tools._buttons["paint"].isChecked()


def test_brush_settings_reach_the_stroke(overlay: Overlay, qtbot: QtBot) -> None:
    viewport = overlay.parent()
    assert isinstance(viewport, GridViewport)
    assert overlay.tools is not None
    settings = overlay._settings
    assert settings is not None
    strokes = caught(viewport.stroked)
    viewport.set_tool("paint")
    QTest.mouseClick(overlay.tools._settings, LEFT)
    assert settings.isVisible()
    settings._channel.setCurrentIndex(3)
    settings._channel.activated.emit(3)
    settings._value.setValue(0)
    settings._radius.setValue(0)
    QTest.mouseClick(viewport, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(400, 300))
    assert isinstance(strokes[0], Stroke)
    assert (strokes[0].channel, strokes[0].value, strokes[0].radius) == (3, -1.0, 0.5)


@pytest.mark.parametrize("how", ["escape", "escape in it", "stroke", "tab"])
def test_brush_settings_go_when_one_turns_to_something_else(overlay: Overlay, how: str) -> None:
    viewport = overlay.parent()
    assert isinstance(viewport, GridViewport)
    assert overlay.tools is not None
    settings = overlay._settings
    assert settings is not None
    viewport.set_tool("paint")
    QTest.mouseClick(overlay.tools._settings, LEFT)
    assert settings.isVisible()
    if how == "escape":
        QTest.keyClick(viewport, Qt.Key.Key_Escape)
    elif how == "escape in it":
        QTest.keyClick(settings, Qt.Key.Key_Escape)
    elif how == "stroke":
        QTest.mouseClick(viewport, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(400, 300))
    else:
        viewport.hide()
        viewport.show()
    assert not settings.isVisible()
    assert not overlay.tools.settings_shown()


def test_the_mouse_on_the_chrome_does_not_paint(overlay: Overlay) -> None:
    viewport = overlay.parent()
    assert isinstance(viewport, GridViewport)
    strokes = caught(viewport.stroked)
    QTest.mouseClick(overlay.title, LEFT)
    assert strokes == []


def test_modes_become_requests(overlay: Overlay, qtbot: QtBot) -> None:
    viewport, modes = overlay.parent(), overlay.modes
    assert isinstance(viewport, GridViewport)
    assert modes is not None
    QTest.mouseClick(modes._buttons["all"], LEFT)
    assert viewport.request().reduce == "mosaic"
    QTest.mouseClick(modes._buttons["pca"], LEFT)
    assert viewport.request().reduce == "pca"
    modes._channels.actions()[5].trigger()
    assert (viewport.request().channels, viewport.request().reduce) == ((5,), "none")
    QTest.mouseClick(modes._buttons["colour"], LEFT)
    assert viewport.request().channels == ()


def test_only_modes_that_make_sense_are_offered(overlay: Overlay) -> None:
    modes = overlay.modes
    assert modes is not None
    for names, offered in (
        (("alive",), ["colour"]),
        (("U", "V"), ["colour", "channel", "all"]),
        (NAMES, ["colour", "channel", "all", "pca"]),
    ):
        overlay.set_view(picture(names))
        assert [mode for mode, b in modes._buttons.items() if b.isVisible()] == offered


def test_the_hint_goes_with_the_first_stroke(overlay: Overlay) -> None:
    viewport = overlay.parent()
    assert isinstance(viewport, GridViewport)
    overlay.say_hint("Drag across it")
    assert overlay._hint.isVisible()
    QTest.mouseClick(viewport, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(400, 300))
    assert not overlay._hint.isVisible()


def test_chrome_fades_without_the_mouse_and_comes_back(overlay: Overlay, qtbot: QtBot) -> None:
    overlay._still.setInterval(30)
    overlay.set_immersive(True)
    qtbot.waitUntil(lambda: not parts(overlay), timeout=2000)
    overlay.set_immersive(False)
    qtbot.waitUntil(lambda: len(parts(overlay)) == 4)


def test_every_button_has_a_name_and_a_tooltip(overlay: Overlay) -> None:
    from app.viewports.chrome import ChromeButton

    viewport = overlay.parent()
    assert isinstance(viewport, QWidget)
    buttons = viewport.findChildren(ChromeButton)
    assert len(buttons) > 12
    for button in buttons:
        assert button.accessibleName()
        assert button.toolTip()


def drag_over(target: QWidget, kind: type[Any], mime: QMimeData) -> Any:
    event = kind(
        QPoint(100, 100),
        Qt.DropAction.CopyAction,
        mime,
        LEFT,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(target, event)
    return event


@pytest.mark.parametrize("welcome", [True, False])
def test_a_drop_is_announced_and_a_refusal_too(qtbot: QtBot, welcome: bool) -> None:
    target = QWidget()
    qtbot.addWidget(target)
    target.resize(400, 300)
    target.show()
    words = "Train on cat.png" if welcome else "notes.pdf is no picture"
    drop = DropOverlay(target, lambda mime: (welcome, words))
    dropped: list[str] = []
    drop.dropped.connect(lambda mime: dropped.append(mime.text()))
    mime = QMimeData()
    mime.setText("cat.png")
    drag_over(target, QDragEnterEvent, mime)
    assert drop.isVisible()
    assert drop.accessibleName() == words
    assert drag_over(target, QDragMoveEvent, mime).isAccepted() == welcome
    QApplication.sendEvent(target, QDragLeaveEvent())
    assert not drop.isVisible()
    drag_over(target, QDragEnterEvent, mime)
    drag_over(target, QDropEvent, mime)
    assert not drop.isVisible()
    assert dropped == (["cat.png"] if welcome else [])


def test_a_long_sentence_is_broken_into_lines(qtbot: QtBot) -> None:
    target = QWidget()
    qtbot.addWidget(target)
    target.resize(400, 300)
    target.show()
    said = [
        "Now short",
        "notes.txt is none of what could be opened: choose a .png file" * 2,
        "x" * 200,
    ]
    drop = DropOverlay(target, lambda mime: (False, said[0]))
    heights = []
    while said:
        drag_over(target, QDragEnterEvent, QMimeData())
        box, wrap = drop.words_box()
        assert box.width() <= 400 - 104
        assert (wrap == int(Qt.TextFlag.TextWrapAnywhere)) == (" " not in said[0])
        heights.append(box.height())
        drop.grab()
        said.pop(0)
        QApplication.sendEvent(target, QDragLeaveEvent())
    assert heights[1] > 2 * heights[0]
    assert heights[2] > 2 * heights[0]


def test_space_presses_the_button_in_focus_and_not_the_window_s_play(
    overlay: Overlay, qtbot: QtBot
) -> None:
    from PySide6.QtGui import QKeySequence, QShortcut

    viewport = overlay.parent()
    assert isinstance(viewport, QWidget)
    plays: list[int] = []
    shortcut = QShortcut(QKeySequence("Space"), viewport)
    shortcut.activated.connect(lambda: plays.append(1))
    resets: list[int] = []
    overlay.transport.reset_requested.connect(lambda: resets.append(1))
    viewport.activateWindow()
    overlay.transport.reset.setFocus()
    qtbot.waitUntil(overlay.transport.reset.hasFocus)
    QTest.keyClick(viewport.window().windowHandle(), Qt.Key.Key_Space)
    assert (resets, plays) == ([1], [])
    viewport.setFocus()
    asked = caught(overlay.transport.play_toggled)
    QTest.keyClick(viewport.window().windowHandle(), Qt.Key.Key_Space)
    assert (asked, plays) == ([True], [])

"""What is drawn and what it means, on the picture: choices, legend, lines and inks of programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.viewports import glyphs
from app.viewports.camera import Camera
from app.viewports.overlay import Overlay
from app.viewports.tapes import TapesViewport
from engine.core.commands import RunnerState
from engine.core.params import ParamField
from engine.core.spec import Spec
from engine.core.views import Legend, TapesView

COLOUR = ParamField(
    name="colour", title="Colour", kind="choice", default="instruction", low=None, high=None,
    unit="", help="What a colour means", apply="live", log=False, cost=None, expert=False,
    choices=("instruction", "age", "born_here"),
)  # fmt: skip
LAYOUT = ParamField(
    name="layout", title="Layout", kind="choice", default="blocks", low=None, high=None,
    unit="", help="How it lies", apply="live", log=False, cost=None, expert=False,
    choices=("blocks", "rows", "none"),
)  # fmt: skip
KINDS = Legend(
    (((96, 158, 255), "moves a head", "< >"), ((22, 25, 31), "zero", ""), ((9, 9, 9), "rest", ""))
)
AGES = Legend(ramp=((255, 244, 214), (16, 16, 34)), ends=("new", "old"))
NOTE = Legend(note="Equal programs, byte for byte, have equal colours on this picture")
LEFT = Qt.MouseButton.LeftButton


def picture(legend: Legend | None = KINDS, level: int = 120, tile: int = 8) -> TapesView:
    return TapesView(
        step=1,
        data=np.full((64, 96, 3), level, np.uint8),
        extent=(64, 96),
        region=(0, 0, 64, 96),
        channels=("program", "byte", "value", "more"),
        tile=(tile, tile),
        legend=legend,
    )


@pytest.fixture
def overlay(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Overlay:
    monkeypatch.setenv("PRIMORDIA_RENDERER", "painter")
    viewport = TapesViewport()
    qtbot.addWidget(viewport)
    viewport.resize(900, 640)
    made = Overlay(viewport)
    with qtbot.waitExposed(viewport):
        viewport.show()
    made.set_title("Soup")
    made.set_state(RunnerState(spec=Spec(slug="any", params={}, seed=1), alive=True))
    show(made, picture())
    made.set_choices((COLOUR, LAYOUT), {"colour": "age"})
    return made


def show(overlay: Overlay, view: TapesView) -> TapesViewport:
    viewport = overlay.parent()
    assert isinstance(viewport, TapesViewport)
    viewport.set_view(view)
    overlay.set_view(view)
    return viewport


def words(overlay: Overlay) -> list[str]:
    assert overlay.modes is not None
    return [button._words for button in overlay.modes._choices.values() if button.isVisible()]


def test_choices_stand_in_the_place_of_channels(overlay: Overlay) -> None:
    modes = overlay.modes
    assert modes is not None
    assert words(overlay) == ["Age", "Blocks"]
    assert not any(button.isVisible() for button in modes._buttons.values())
    overlay.set_choices((COLOUR, LAYOUT), {"colour": "born_here", "layout": "rows"})
    assert words(overlay) == ["Born here", "Rows"]
    overlay.set_choices((COLOUR, LAYOUT), {"layout": "none"})
    assert words(overlay) == ["Instruction", "No layout"]


def test_a_choice_is_made_in_the_menu_and_by_the_key(overlay: Overlay) -> None:
    modes = overlay.modes
    assert modes is not None
    made: list[tuple[str, str]] = []
    modes.choice_made.connect(lambda name, value: made.append((name, value)))
    button = modes._choices["colour"]
    QTest.mouseClick(button, LEFT)
    menu = button._popup
    assert menu.isVisible()
    assert [action.isChecked() for action in menu.actions()] == [False, True, False]
    menu.actions()[2].trigger()
    menu.close()
    modes.choose_next()
    assert made == [("colour", "born_here"), ("colour", "born_here")]


def shown(widget: QWidget | None) -> bool:
    return widget is not None and widget.isVisible()


@pytest.mark.parametrize("legend", [KINDS, AGES, NOTE])
def test_a_legend_hangs_below_the_modes_and_folds(overlay: Overlay, legend: Legend) -> None:
    viewport = show(overlay, picture(legend))
    panel, modes = overlay.legend, overlay.modes
    assert shown(panel)
    assert panel is not None
    assert modes is not None
    assert panel.geometry().top() > modes.geometry().bottom()
    assert viewport.rect().contains(panel.geometry())
    assert panel.geometry().bottom() < overlay.transport.y()
    pixels = panel.grab().toImage()
    seen = {
        pixels.pixelColor(x, y).getRgb()[:3]
        for x in range(pixels.width())
        for y in range(pixels.height())
    }
    for colour, _, _ in legend.entries:
        assert colour in seen
    assert len(seen) > 8  # words are drawn, not only a ground
    QTest.mouseClick(modes._legend, LEFT)
    assert not panel.isVisible()
    show(overlay, picture(AGES if legend is KINDS else KINDS))
    assert not panel.isVisible()  # it stays folded when it changes
    QTest.mouseClick(modes._legend, LEFT)
    assert panel.isVisible()


def test_without_a_legend_there_is_no_button_for_it(overlay: Overlay) -> None:
    assert overlay.modes is not None
    assert overlay.modes._legend.isVisible()
    show(overlay, picture(None))
    assert not shown(overlay.legend)
    assert not overlay.modes._legend.isVisible()


def test_the_legend_makes_way(overlay: Overlay, qtbot: QtBot) -> None:
    panel, viewport = overlay.legend, overlay.parent()
    assert panel is not None
    assert isinstance(viewport, TapesViewport)
    before = panel.y()
    viewport.open_find()
    qtbot.waitUntil(lambda: panel.y() > viewport.find_bar.geometry().bottom(), timeout=1000)
    viewport.find_bar.close_bar()
    qtbot.waitUntil(lambda: panel.y() == before, timeout=1000)
    viewport.resize(340, 400)  # it would cover half of the picture
    qtbot.waitUntil(lambda: not panel.isVisible(), timeout=1000)
    overlay.set_immersive(True)
    viewport.resize(900, 640)
    qtbot.waitUntil(panel.isVisible, timeout=1000)
    overlay._fade_out()
    assert not panel.isVisible()


@pytest.mark.parametrize("size", [(900, 640), (480, 300), (360, 240), (280, 220)])
def test_choices_overlap_nothing_at_any_size(
    overlay: Overlay, qtbot: QtBot, size: tuple[int, int]
) -> None:
    viewport = overlay.parent()
    assert isinstance(viewport, TapesViewport)
    viewport.resize(*size)
    qtbot.wait(20)
    given: tuple[Any, ...] = (overlay.title, overlay.modes, overlay.tools, overlay.transport)
    boxes = [part.geometry() for part in given if shown(part)]
    assert len(boxes) >= 3
    for place, box in enumerate(boxes):
        assert viewport.rect().contains(box)
        assert not any(box.intersects(other) for other in boxes[place + 1 :])
    assert words(overlay)


@pytest.mark.parametrize(("scale", "breadth"), [(1.0, 0), (2.0, 1), (6.0, 2), (30.0, 3)])
def test_the_ground_parts_large_programs(overlay: Overlay, scale: float, breadth: int) -> None:
    viewport = show(overlay, picture(level=250))
    viewport.set_camera(Camera(32, 48, scale))
    place = viewport.placement()
    image = viewport._glyphs.grab().toImage()
    x, y = (round(at) for at in place.point_of(36, 40))  # a border between two programs
    ground = theme.colour("ground").getRgb()[:3]
    row = [image.pixelColor(x + step, y).getRgb()[:3] == ground for step in range(-2, 5)]
    assert sum(row) == breadth
    assert row[2 : 2 + breadth] == [True] * breadth


def test_what_is_set_back_has_faint_signs() -> None:
    data = np.zeros((1, 3, 3), np.uint8)
    data[0] = [[22, 25, 31], [96, 100, 110], [240, 178, 74]]
    view = TapesView(step=0, data=data, extent=(1, 3), region=(0, 0, 1, 3))
    assert glyphs.inks(view).tolist() == [[glyphs.FAINT, glyphs.LIGHT, glyphs.DARK]]


def test_a_click_on_the_legend_is_none_on_the_picture(overlay: Overlay) -> None:
    viewport, panel = overlay.parent(), overlay.legend
    assert isinstance(viewport, TapesViewport)
    assert panel is not None
    picked: list[object] = []
    viewport.picked.connect(picked.append)
    QTest.mouseClick(panel, LEFT, pos=QPoint(5, 5))
    assert picked == []

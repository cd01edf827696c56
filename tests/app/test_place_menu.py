"""The menu of a place: inspect it, copy its values, seed it; beside everything, the picture."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from app.place_menu import PlaceMenu
from engine.core.spec import Spec

LEFT = Qt.MouseButton.LeftButton

SHAPES = textwrap.dedent('''
    """A grid whose size and views are given when it is built."""

    import numpy as np
    from pydantic import BaseModel, Field

    from engine.core.grid import GridSystem
    from engine.core.params import Params, rebuild
    from engine.core.system import Action, SystemInfo, ViewOffer


    class ShapesParams(Params):
        size: int = rebuild(32, "Size", ge=8, le=64)
        title: str = rebuild("World", "What its view is called")


    class Dot(BaseModel):
        row: int = Field(0, ge=0)
        column: int = Field(0, ge=0)


    class Shapes(GridSystem):
        info = SystemInfo("shapes", "Shapes", "Of any size", "none", "Toys")
        Params = ShapesParams

        def build(self):
            self.cells = np.zeros((self.params.size, self.params.size, 1), np.float32)

        def start(self):
            self.cells[...] = 0

        def advance(self, poll):
            pass

        def field(self):
            return self.cells

        def channels(self):
            return ("cell",)

        def view_offers(self):
            return (ViewOffer("world", self.params.title, "image"),)

        def actions(self):
            return {"dot": Action("Dot here", Dot, target="cell")}

        def act(self, name, arguments):
            self.cells[arguments.row, arguments.column] = 1
''')


@pytest.fixture
def shapes(desk: Any, plugin: Any) -> Any:
    plugin("shapes", SHAPES, "Shapes")
    desk.lab.open(Spec("shapes", seed=1), "Shapes", playing=False)
    desk.alive()
    return desk


def open_menu(desk: Any, point: QPoint) -> PlaceMenu:
    """Press the right button at a point of the viewport; the handler must return at once."""
    view = desk.viewport
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, view.mapToGlobal(point))
    QApplication.sendEvent(view, event)
    shown = QApplication.activePopupWidget()
    assert isinstance(shown, PlaceMenu)
    return shown


def words_of(menu: PlaceMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.text()]


def choose(menu: PlaceMenu, words: str) -> None:
    """Click on a line; the menu goes."""
    line = next(action for action in menu.actions() if action.text() == words)
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(line).center())
    assert not menu.isVisible()


def is_gone(menu: PlaceMenu) -> bool:
    return not isValid(menu) and QApplication.activePopupWidget() is None


def test_values_of_a_cell_are_copied(desk: Any) -> None:
    desk.open("gray-scott")
    QGuiApplication.clipboard().clear()
    menu = open_menu(desk, desk.point_of(10, 12))
    assert words_of(menu)[:2] == ["Inspect cell 12, 10", "Copy value"]
    assert "Copy picture" in words_of(menu)
    choose(menu, "Copy value")
    text = desk.until(lambda: QGuiApplication.clipboard().text(), "the values")
    lines = dict(line.split("\t")[:2] for line in text.splitlines())
    assert len(lines) > 1
    assert any(float(value) == 1.0 for value in lines.values() if value.count(".") == 1)
    QGuiApplication.clipboard().clear()


def test_a_cell_is_inspected(desk: Any) -> None:
    desk.open("gray-scott")
    choose(open_menu(desk, desk.point_of(10, 12)), "Inspect cell 12, 10")
    desk.until(lambda: desk.viewport._pins == ((10, 12),), "a pin")


def test_a_seed_is_put_down_at_the_place_and_can_be_taken_back(desk: Any) -> None:
    desk.open("life", pattern="empty")
    seed = next(brush for brush in desk.viewport.tools.brushes if brush.name == "seed")
    held = desk.viewport.tools.tool
    choose(open_menu(desk, desk.point_of(20, 30)), f"{seed.title} here")
    desk.settle()
    desk.until(lambda: desk.window.user_actions["edit.undo"].isEnabled(), "what can be undone")
    assert desk.viewport.tools.tool == held


def test_beside_everything_the_menu_is_of_the_picture(desk: Any) -> None:
    desk.open("life")
    desk.run("view.zoom-out")
    desk.run("view.zoom-out")
    menu = open_menu(desk, QPoint(2, desk.viewport.height() // 2))
    words = words_of(menu)
    assert words[0] == "Fit"
    assert "Copy value" not in words
    assert {"Reset", "New seed", "Save picture..."} <= set(words)
    menu.close()
    desk.until(lambda: is_gone(menu), "the menu to go")


def test_a_place_outlives_a_world_that_is_built_anew_behind_the_menu(shapes: Any) -> None:
    desk = shapes
    menu, viewport = open_menu(desk, desk.point_of(20, 5)), desk.viewport
    desk.world.set_param("size", 48)
    desk.world.apply_pending()
    desk.until(lambda: desk.world.views["world"].data.shape[0] == 48, "the new world")
    assert desk.viewport is viewport
    choose(menu, "Dot here")
    desk.settle()
    desk.until(lambda: desk.world.views["world"].data[20, 5] == 1.0, "the dot")
    assert is_gone(menu)


def test_a_menu_goes_with_a_picture_that_is_replaced(shapes: Any) -> None:
    desk = shapes
    menu, viewport = open_menu(desk, desk.point_of(20, 5)), desk.viewport
    dot = next(action for action in menu.actions() if action.text() == "Dot here")
    seen: list[bool] = []

    def follow() -> None:
        if desk.page.titles() == ("Other",) and not seen:
            seen.append(menu.isVisible())
            dot.trigger()  # as if it were chosen in this very moment

    desk.world.state_changed.connect(follow)
    desk.world.set_param("title", "Other")
    desk.world.apply_pending()
    desk.until(lambda: seen, "the new world")
    assert seen == [False]
    desk.until(lambda: desk.world.views["world"].data[20, 5] == 1.0, "the dot")
    desk.until(lambda: is_gone(menu) and not isValid(viewport), "both to go")
    choose(open_menu(desk, desk.point_of(3, 4)), "Dot here")
    desk.until(lambda: desk.world.views["world"].data[3, 4] == 1.0, "another dot")


def test_a_menu_that_was_opened_while_a_world_is_built_goes_with_the_empty_picture(
    desk: Any,
) -> None:
    desk.run("world.open", "soup")
    assert not desk.state.alive
    menu, viewport = open_menu(desk, desk.viewport.rect().center()), desk.viewport
    assert words_of(menu)[0] == "Fit"
    desk.alive()
    desk.until(lambda: is_gone(menu) and not isValid(viewport), "both to go")
    assert not desk.toasts()


def test_a_menu_goes_with_its_world(desk: Any) -> None:
    desk.open("life")
    menu = open_menu(desk, desk.point_of(20, 30))
    desk.lab.close(desk.world)
    desk.until(lambda: is_gone(menu), "the menu to go")
    assert desk.world is None


def test_a_menu_may_close_the_world_it_is_about(desk: Any) -> None:
    desk.open("life")
    menu = open_menu(desk, desk.point_of(20, 30))
    menu.addAction(desk.window.user_actions["world.close"])
    choose(menu, desk.window.user_actions["world.close"].text())
    desk.until(lambda: is_gone(menu) and desk.world is None, "both to go")


def test_empty_ground_offers_what_fills_it(desk: Any) -> None:
    actions = desk.window.empty.actions()
    words = {action.text() for action in actions}
    assert {"New world...", "Open...", "Command palette..."} <= words
    assert all(action.isEnabled() for action in actions)

"""Menus about widgets: they open at once, do what is chosen, and go with what they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.context_menu import ContextMenu
from app.widgets.parameter_row import ParameterRow
from engine.core.commands import Step
from engine.core.params import Params, fields_of, live


class Toy(Params):
    """One number."""

    rate: float = live(0.5, "How fast", ge=0.0, le=1.0)


@pytest.fixture
def about(qtbot: QtBot) -> Iterator[QWidget]:
    """A widget in a window; it may be deleted."""
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    widget = QWidget()
    layout.addWidget(widget)
    window.resize(400, 300)
    with qtbot.waitExposed(window):
        window.show()
    yield widget
    window.close()  # held until here: nobody else keeps it


def ask(widget: QWidget, at: QPoint) -> ContextMenu:
    """Press the right button; the handler returns at once, with the menu on the screen."""
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at))
    QApplication.sendEvent(widget, event)
    return shown()


def shown() -> ContextMenu:
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, ContextMenu)
    return menu


def choose(menu: ContextMenu, beginning: str) -> None:
    line = next(action for action in menu.actions() if action.text().startswith(beginning))
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(line).center())


def test_a_line_does_its_work_and_the_menu_deletes_itself(about: QWidget, qtbot: QtBot) -> None:
    done: list[Any] = []
    menu = ContextMenu(about)
    menu.add("One", lambda: done.append(1))
    menu.add("Two", partial(done.append, 2))
    menu.open(about.mapToGlobal(QPoint(5, 5)))
    assert shown() is menu
    choose(menu, "Two")
    assert done == [2]
    qtbot.waitUntil(lambda: not isValid(menu))


@pytest.mark.parametrize("end", [QWidget.hide, QWidget.deleteLater])
def test_it_goes_with_what_it_is_about(
    about: QWidget, qtbot: QtBot, end: Callable[[QWidget], None]
) -> None:
    menu = ContextMenu(about)
    menu.add("One", about.update)
    menu.open(about.mapToGlobal(QPoint(5, 5)))
    end(about)
    qtbot.waitUntil(lambda: not isValid(menu))
    assert QApplication.activePopupWidget() is None


def test_one_without_lines_is_not_shown(about: QWidget, qtbot: QtBot) -> None:
    menu = ContextMenu(about)
    menu.open(about.mapToGlobal(QPoint(5, 5)))
    assert QApplication.activePopupWidget() is None
    qtbot.waitUntil(lambda: not isValid(menu))


def test_a_parameter_is_reset_and_copied_by_its_menu(about: QWidget, qtbot: QtBot) -> None:
    row = ParameterRow(fields_of(Toy)[0])
    QVBoxLayout(about).addWidget(row)
    row.show()
    row.set_value(0.75)
    choose(ask(row, QPoint(10, 10)), "Copy value")
    assert QGuiApplication.clipboard().text() == "0.75"
    asked: list[tuple[str, Any]] = []
    row.changed.connect(lambda name, value: asked.append((name, value)))
    choose(ask(row, QPoint(10, 10)), "Reset")
    assert asked == [("rate", 0.5)]
    choose(ask(row, QPoint(10, 10)), "What is this?")
    assert QApplication.activePopupWidget() is None
    QGuiApplication.clipboard().clear()


def test_a_plot_is_made_logarithmic_by_its_menu(about: QWidget, qtbot: QtBot) -> None:
    from app.widgets.plot import Plot

    plot = Plot("step", "loss")
    QVBoxLayout(about).addWidget(plot)
    plot.show()
    choose(ask(plot, QPoint(50, 50)), "Logarithmic")
    assert plot.logs[1]
    menu = ask(plot, QPoint(50, 50))
    assert next(a for a in menu.actions() if a.text() == "Logarithmic").isChecked()
    choose(menu, "Logarithmic")
    assert not plot.logs[1]


def test_history_and_bookmarks_are_used_by_their_menus(desk: Any) -> None:
    desk.open("life")
    desk.run("time.history")
    panel = desk.window.docks.added["history"].widget()
    desk.world.submit(Step(3))
    desk.settle()
    desk.world.set_param("trail", 7)
    desk.run("time.bookmark", "Here")
    desk.until(lambda: panel.marks.count() == 1 and panel.list.topLevelItemCount() == 2, "both")

    def at(view: Any, item: Any) -> ContextMenu:
        view.customContextMenuRequested.emit(view.visualItemRect(item).center())
        return shown()

    choose(at(panel.list, panel.list.topLevelItem(0)), "Go to here")
    desk.until(lambda: desk.world.params["trail"] == 30, "what was before")
    choose(at(panel.marks, panel.marks.item(0)), "Drop this bookmark")
    desk.until(lambda: not desk.state.bookmarks, "no bookmark")
    choose(at(panel.list, panel.list.topLevelItem(1)), "Branch from step 3")
    desk.until(lambda: len(desk.lab.worlds) == 2, "a branch")

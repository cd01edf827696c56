"""The panels: floated, moved, put onto each other, hidden, remembered and given names."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLabel, QTabBar, QToolButton

from engine.core.errors import BadInput

LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
RIGHT = Qt.DockWidgetArea.RightDockWidgetArea


def _button(dock: Any, name: str) -> Any:
    buttons = dock.titleBarWidget().findChildren(QToolButton)
    return next(button for button in buttons if button.accessibleName().startswith(name))


def test_every_panel_floats_moves_and_closes(desk: Any) -> None:
    for dock in desk.window.docks.every():
        features = dock.features()
        for feature in ("DockWidgetMovable", "DockWidgetFloatable", "DockWidgetClosable"):
            assert features & getattr(type(dock).DockWidgetFeature, feature), dock.objectName()
        assert dock.titleBarWidget().height() > 0
        assert dock.windowTitle()


def test_a_panel_floats_and_goes_back(desk: Any) -> None:
    docks = desk.window.docks
    desk.click(_button(docks.gallery, "Let the panel float"))
    assert docks.gallery.isFloating()
    assert docks.gallery.isVisible()
    desk.click(_button(docks.gallery, "Put the panel back"))
    assert not docks.gallery.isFloating()
    assert desk.window.dockWidgetArea(docks.gallery) == LEFT
    desk.click(_button(docks.gallery, "Hide"))
    assert not docks.gallery.isVisible()
    assert not desk.window.user_actions["view.gallery"].isChecked()


def test_keys_reach_a_panel_that_floats(desk: Any) -> None:
    docks = desk.window.docks
    assert desk.window.user_actions["transport.play"] in docks.controls.actions()


def test_panels_share_a_place_and_the_one_in_front_is_toggled(desk: Any) -> None:
    docks = desk.window.docks
    label = docks.add("spare", "Spare", lambda: QLabel("spare"), RIGHT)
    assert docks.controls in desk.window.tabifiedDockWidgets(label) or not label.isVisible()
    docks.bring("spare")
    desk.until(lambda: label.widget() is not None, "its widget, made when it is seen")
    assert docks.controls in desk.window.tabifiedDockWidgets(label)
    docks.toggle_controls("")  # behind the other one it is brought to the front
    desk.until(lambda: not docks.controls.visibleRegion().isEmpty(), "the controls in front")
    assert docks.controls.isVisible()
    docks.toggle("spare")
    desk.until(lambda: not label.visibleRegion().isEmpty(), "the spare one in front")
    docks.toggle("spare")
    assert not label.isVisible()


def test_reset_brings_everything_home(desk: Any) -> None:
    window, docks = desk.window, desk.window.docks
    window.addDockWidget(RIGHT, docks.gallery)
    docks.controls.setFloating(True)
    docks.bottom.show()
    desk.run("view.reset-layout")
    assert window.dockWidgetArea(docks.gallery) == LEFT
    assert not docks.controls.isFloating()
    assert docks.controls.isVisible()
    assert not docks.bottom.isVisible()


def test_a_layout_with_a_name(desk: Any) -> None:
    window, docks = desk.window, desk.window.docks
    with pytest.raises(BadInput) as caught:
        desk.run("view.layout", "reading")
    assert "No layout" in caught.value.remedy
    window.addDockWidget(RIGHT, docks.gallery)
    docks.controls.hide()
    desk.run("view.keep-layout", "reading")
    desk.run("view.reset-layout")
    desk.run("view.layout", "reading")
    assert window.dockWidgetArea(docks.gallery) == RIGHT
    assert not docks.controls.isVisible()
    with pytest.raises(BadInput, match="no layout 'writing'"):
        desk.run("view.layout", "writing")
    desk.run("view.forget-layout", "reading")
    assert window.settings.layouts == {}
    assert not window.user_actions["view.layout"].isEnabled()


def test_a_layout_is_chosen_in_a_dialog(desk: Any) -> None:
    desk.run("view.keep-layout")
    dialog = desk.window.findChild(QInputDialog)
    dialog.setTextValue("  mine ")
    dialog.accept()
    assert list(desk.window.settings.layouts) == ["mine"]
    desk.window.docks.gallery.hide()
    desk.run("view.layout")
    dialogs = [d for d in desk.window.findChildren(QInputDialog) if d.isVisible()]
    dialogs[0].accept()
    assert desk.window.docks.gallery.isVisible()


def test_a_layout_that_cannot_be_used_says_so(desk: Any) -> None:
    for layout in (None, 3, {}, {"version": 1, "state": "AAAA"}, {"version": 2}):
        desk.window.settings.layouts["old"] = layout
        desk.lab.layouts = ("old",)
        assert not desk.window.docks.arrange(layout)
    desk.run("view.layout", "old")
    assert any("another version" in words for words in desk.toasts())
    assert desk.window.docks.gallery.isVisible()


def test_tabs_of_hidden_panels_are_not_seen(desk: Any) -> None:
    window = desk.window
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    assert bars  # the panels of parts share a place
    seen = [bar for bar in bars if bar.isVisible() and bar.geometry().intersects(window.rect())]
    assert seen == []

"""What the frame gives to its parts: panels made when they are seen, views of one's own."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.world import own_view, shared_view
from engine.core.commands import Look
from engine.core.views import ViewRequest


def test_a_panel_is_made_when_it_is_first_seen(desk: Any) -> None:
    made: list[QLabel] = []

    def make() -> QLabel:
        made.append(QLabel("here"))
        return made[-1]

    docks = desk.window.docks
    area = Qt.DockWidgetArea.RightDockWidgetArea
    dock = docks.add("test-panel", "Test", make, area)
    assert not made
    assert not dock.isVisible()
    docks.toggle("test-panel")
    desk.until(lambda: made, "the panel")
    assert dock.widget() is made[0]
    docks.toggle("test-panel")
    assert not dock.isVisible()
    docks.bring("test-panel")
    assert len(made) == 1
    docks.reset()
    assert not dock.isVisible()


def test_a_client_of_its_own_gets_what_it_asks_for_beside_the_others(desk: Any) -> None:
    world = desk.open("gray-scott")
    sent: list[Look] = []
    submit = world.submit

    def watched(command: Any) -> int:
        if isinstance(command, Look):
            sent.append(command)
        return submit(command)

    world.submit = watched
    mine = ViewRequest(channels=(1,))
    world.look("panel", {"world": mine}, own=True)
    assert sent[-1].wanted[own_view("world", "panel")] == mine
    assert "world" in sent[-1].wanted
    assert shared_view(own_view("world", "panel")) == "world"
    world.views[own_view("world", "panel")] = world.views["world"]
    world.look("panel", {}, own=True)
    assert set(sent[-1].wanted) == {"world"}
    assert own_view("world", "panel") not in world.views

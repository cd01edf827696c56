"""Tools that do nothing before a choice is made say so, and offer the choice."""

from __future__ import annotations

from typing import Any

from engine.core.views import Stroke


def test_a_graft_without_a_second_model_asks_for_one_and_offers_the_list(desk: Any) -> None:
    world = desk.open("mesh-nca", vertices=642)
    sent: list[Any] = []
    world.answered.connect(lambda command, reply: sent.append(type(command).__name__))
    for number in (7, 7, 7):  # three pieces of one stroke
        desk.viewport.stroked.emit(Stroke("world", "graft", ((0, 0.2, 0.2),), number=number))
    desk.settle()
    (toast,) = desk.window.toasts.messages()
    assert "second model" in toast.text
    assert toast.times == 1
    assert "Brush" not in sent
    desk.window.resize(1280, 500)
    desk.window.show_parameter("graft_model")
    row = desk.row("graft_model")
    desk.until(lambda: row._control.view().isVisible(), "the list")
    assert row.visibleRegion().boundingRect() == row.rect()
    row._control.hidePopup()
    row._choose("spots")
    desk.until(lambda: world.state.spec.params["graft_model"] == "spots", "the second model")
    desk.viewport.stroked.emit(Stroke("world", "graft", ((0, 0.2, 0.2),), number=8))
    desk.until(lambda: "Brush" in sent, "the stroke")


def test_a_folded_parameter_is_unfolded_to_be_shown(desk: Any) -> None:
    desk.open("mesh-nca", vertices=642)
    desk.window.show_parameter("pool")
    row = desk.row("pool")
    desk.until(lambda: not row.visibleRegion().isEmpty(), "the row")

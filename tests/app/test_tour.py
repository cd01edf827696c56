"""The tour: five steps that point at what they tell of, skipped at will, and come only once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest

from app.actions import ACTIONS
from app.tour.card import beside
from app.tour.part import Tour
from app.tour.steps import STEPS, with_keys


def _tour(desk: Any) -> Any:
    return desk.window.shell.parts["tour"]


def test_there_are_five_steps_and_their_keys_are_those_of_actions() -> None:
    assert len(STEPS) == 5
    keys = {spec.id: spec.shortcut or "none" for spec in ACTIONS}
    for step in STEPS:
        words = with_keys(step.words, keys.__getitem__)
        assert "[" not in words
    assert with_keys("Play [a.b], go [c.d].", {"a.b": "P", "c.d": ""}.__getitem__) == (
        "Play (P), go."
    )


@pytest.mark.parametrize("size", [(1280, 800), (720, 480)])
def test_it_leads_through_the_window_and_is_done(desk: Any, size: tuple[int, int]) -> None:
    desk.window.resize(*size)
    desk.open("life")
    desk.run("help.tour")
    tour = _tour(desk)
    seen = []
    for place in range(len(STEPS)):
        assert tour.place == place
        assert tour.card.isVisible()
        desk.until(lambda: not tour._settle.isActive(), "the layout")
        assert desk.window.rect().contains(tour.card.geometry())
        subject = STEPS[place].anchor(desk.window.shell)
        assert subject is not None
        assert tour._light._hole.size() == subject.size()
        seen.append(tour.card.accessibleName())
        desk.click(tour.card.on_button)
    assert len(set(seen)) == len(STEPS)
    assert tour.place is None
    assert not tour.card.isVisible()
    assert not tour._light.isVisible()
    assert desk.window.settings.tour_done


def test_it_is_skipped_by_esc_and_goes_back_by_keys(desk: Any) -> None:
    desk.open("life")
    desk.run("help.tour")
    tour = _tour(desk)
    QTest.keyClick(tour.card.on_button, Qt.Key.Key_Return)
    assert tour.place == 1
    tour.card.back_button.setFocus()
    QTest.keyClick(tour.card.back_button, Qt.Key.Key_Space)
    assert tour.place == 0
    QTest.keyClick(tour.card.on_button, Qt.Key.Key_Escape)
    assert tour.place is None
    assert desk.window.settings.tour_done


def test_it_is_ended_as_it_was_begun(desk: Any) -> None:
    desk.run("help.tour")
    assert _tour(desk).place == 0
    desk.run("help.tour")
    assert _tour(desk).place is None


def test_the_picture_can_be_used_meanwhile(desk: Any) -> None:
    desk.open("life")
    desk.run("help.tour")
    before = desk.state.step
    desk.key(Qt.Key.Key_Right, widget=desk.viewport)
    desk.until(lambda: desk.state.step == before + 1, "a step")
    _tour(desk).stop()


def test_without_a_world_it_tells_the_same(desk: Any) -> None:
    desk.run("help.tour")
    tour = _tour(desk)
    assert desk.window.rect().contains(tour.card.geometry())
    assert tour._light._hole.isEmpty()
    tour.stop()


def test_it_comes_by_itself_only_to_newcomers(desk: Any) -> None:
    shell, settings = desk.window.shell, desk.window.settings
    desk.window.first_frame.emit()  # windows of tests keep nothing: nobody is a newcomer there
    assert _tour(desk).place is None
    newcomer = Tour(replace(shell, persist=True))
    desk.window.first_frame.emit()
    assert newcomer.place == 0
    newcomer.stop()
    assert settings.tour_done
    again = Tour(replace(shell, persist=True))
    desk.window.first_frame.emit()
    assert again.place is None
    assert newcomer.place is None


@pytest.mark.parametrize(
    "subject",
    [
        QRect(0, 0, 220, 800),
        QRect(980, 0, 300, 800),
        QRect(220, 40, 760, 740),
        QRect(420, 700, 370, 60),
        QRect(1000, 8, 180, 24),
        QRect(0, 0, 1280, 800),
    ],
)
def test_the_card_stays_in_the_window(subject: QRect) -> None:
    room, card = QRect(0, 0, 1280, 800), QRect(0, 0, 320, 190)
    placed = QRect(beside(subject, card, room), card.size())
    assert room.contains(placed)
    small = QRect(220, 40, 760, 740), QRect(0, 0, 1280, 800)
    if subject not in small:
        assert not placed.intersects(subject)

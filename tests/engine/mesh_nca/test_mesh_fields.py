"""Fields of a mesh, and taking back what a hand wrote on them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.mesh_nca.fields import CELLS, PaintLog, even_spacing, fresh_fields

Layers = dict[str, NDArray[np.float32]]


def layers(count: int = 50) -> Layers:
    return {CELLS: np.arange(count * 4, dtype=np.float32).reshape(count, 4), **fresh_fields(count)}


def test_a_gesture_of_many_pieces_is_taken_back_at_once() -> None:
    made = layers()
    log = PaintLog(made)
    for first in (0, 3, 6):
        log.begin("graft stroke", 7)
        log.write("share", np.arange(first, first + 5), 0.5 + first / 10)
    assert log.words() == ("graft stroke", "")
    painted = made["share"].copy()
    log.undo()
    assert not made["share"].any()
    assert log.words() == ("", "graft stroke")
    log.redo()
    np.testing.assert_array_equal(made["share"], painted)
    log.undo()
    assert not made["share"].any()


def test_other_numbers_and_titles_are_other_gestures() -> None:
    made = layers()
    log = PaintLog(made)
    for title, number in (("a", 1), ("a", 2), ("b", 2), ("b", 0), ("b", 0)):
        log.begin(title, number)
        log.write("rate", np.array([3]), made["rate"][3] + 1.0)
    for left in (5.0, 4.0, 3.0, 2.0, 1.0):
        assert made["rate"][3] == left + 1.0
        log.undo()
    with pytest.raises(BadInput, match="no stroke to undo"):
        log.undo()


def test_a_stroke_that_hits_nothing_is_none() -> None:
    log = PaintLog(layers())
    log.begin("erase stroke", 1)
    log.write(CELLS, np.zeros(0, np.int32), 0.0)
    assert log.words() == ("", "")


def test_time_goes_on_beside_what_is_undone() -> None:
    made = layers()
    before = made[CELLS].copy()
    log = PaintLog(made)
    log.begin("erase stroke", 1)
    log.write(CELLS, np.array([2, 4]), 0.0)
    made[CELLS] = made[CELLS] + 1.0  # a step, into another array
    log.undo()
    np.testing.assert_array_equal(made[CELLS][[2, 4]], before[[2, 4]])
    np.testing.assert_array_equal(made[CELLS][3], before[3] + 1.0)
    made[CELLS] += 1.0
    log.redo()
    assert not made[CELLS][[2, 4]].any()  # erased again, not brought back to an old state
    log.undo()
    np.testing.assert_array_equal(made[CELLS][[2, 4]], before[[2, 4]] + 1.0)


def test_a_new_gesture_forgets_what_was_undone() -> None:
    made = layers()
    log = PaintLog(made)
    log.begin("first", 1)
    log.write("turn", np.array([0]), 1.0)
    log.undo()
    log.begin("second", 1)
    log.write("turn", np.array([1]), 2.0)
    assert log.words() == ("second", "")
    with pytest.raises(BadInput, match="do again"):
        log.redo()
    log.clear()
    assert log.words() == ("", "")


def test_memory_is_bounded_and_the_last_gesture_stays() -> None:
    made = layers(1000)
    log = PaintLog(made, budget=40_000)
    for number in range(1, 30):
        log.begin(f"stroke {number}", number)
        log.write("scale", np.arange(1000), float(number))
        assert log.bytes <= 40_000
    for expected in (28.0, 27.0):
        log.undo()
        assert made["scale"][0] == expected
    with pytest.raises(BadInput):
        log.undo()
    tiny = PaintLog(made, budget=1)
    tiny.begin("all", 1)
    tiny.write("scale", np.arange(1000), 3.0)
    tiny.undo()
    assert made["scale"][0] == 27.0


def test_even_spacing_is_larger_where_edges_are_short() -> None:
    scale = even_spacing(np.array([1.0, 1.0, 4.0, 0.25, 0.05]))
    assert scale.dtype == np.float32
    assert scale[3] > scale[0] > scale[2]
    assert scale.min() >= 0.45
    assert scale[4] == np.float32(2.2)
    assert scale[0] == pytest.approx(0.05**0.2, rel=1e-5)
    np.testing.assert_allclose(even_spacing(np.full(9, 0.3)), 1.0, rtol=1e-6)


def painted(log: PaintLog, layer: str, step: int, value: float, number: int = 0) -> None:
    log.pass_time(step)
    log.begin(f"{layer} stroke", number)
    log.write(layer, np.array([1, 2]), value)


def test_what_can_be_undone_comes_back_with_its_moment() -> None:
    made = layers()
    log = PaintLog(made)
    painted(log, "share", 3, 0.5)
    at_three = made["share"].copy()
    painted(log, "turn", 7, 1.0)
    log.undo()
    log.leave()
    assert log.words() == ("", "")
    log.recall(5)
    assert log.words() == ("share stroke", "")
    log.leave()
    log.recall(9)
    assert log.words() == ("share stroke", "turn stroke")
    log.redo()
    assert made["turn"][1] == 1.0
    log.undo()
    log.undo()
    assert not made["share"].any()
    log.leave()
    log.recall(2)
    assert log.words() == ("", "")
    log.leave()
    log.recall(5)
    made["share"][...] = at_three
    log.undo()
    assert not made["share"].any()


def test_another_future_forgets_what_was_done_in_the_former() -> None:
    for change in (lambda log: log.pass_time(8), lambda log: painted(log, "rate", 4, 0.0)):
        log = PaintLog(layers())
        painted(log, "share", 3, 0.5)
        painted(log, "turn", 7, 1.0)
        log.leave()
        log.recall(3)
        change(log)
        before = log.words()
        log.leave()
        log.recall(9)
        assert log.words() == before
        assert "turn" not in before[0]


def test_a_state_of_another_world_has_no_past() -> None:
    log = PaintLog(layers())
    painted(log, "share", 3, 0.5)
    log.leave()  # a file was opened
    log.leave()  # and the world jumped
    log.recall(9)
    assert log.words() == ("", "")


def test_a_stroke_that_went_on_is_as_it_was_at_its_moment() -> None:
    made = layers()
    log = PaintLog(made)
    painted(log, "share", 3, 0.5, number=4)
    at_three = made["share"].copy()
    log.pass_time(4)
    log.begin("share stroke", 4)
    log.write("share", np.array([2, 9]), 0.9)
    log.leave()
    log.recall(3)
    made["share"][...] = at_three
    log.begin("share stroke", 4)
    log.write("share", np.array([1]), 0.7)
    log.undo()
    np.testing.assert_array_equal(made["share"], at_three)
    log.undo()
    assert not made["share"].any()


def test_moments_are_forgotten_where_they_take_too_much() -> None:
    log = PaintLog(layers(1000), budget=60_000)
    for step in range(1, 30):
        log.pass_time(step)
        log.begin("stroke", step)
        log.write("scale", np.arange(1000), float(step))
    assert len(log._past) == 3
    log.leave()
    log.recall(28)
    assert log.words()[0] == "stroke"
    log.leave()
    log.recall(4)
    assert log.words() == ("", "")

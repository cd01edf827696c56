"""Moments of a training within a budget, and curves of fixed size."""

import numpy as np
import pytest

from engine.attention.history import Curve, Moments, crossing, room
from engine.attention.past import NAMES, Past
from engine.core.errors import BadInput

SHAPES = {"a": (2, 3), "b": (4,)}


def weights(value):
    return {name: np.full(shape, value, np.float32) for name, shape in SHAPES.items()}


def filled(count, most, kind=np.float32):
    moments = Moments(SHAPES, most, kind)
    for update in range(count):
        moments.offer(update, lambda update=update: weights(update))
    return moments


def test_distances_double_when_the_room_is_full_and_the_first_one_stays():
    moments = filled(100, 8)
    assert moments.updates[0] == 0
    assert 4 <= len(moments.updates) <= 8
    assert set(np.diff(moments.updates)) == {moments.every}


def test_a_moment_is_the_last_one_before():
    moments = filled(41, 8)
    assert moments.every == 8
    when, found = moments.at(31)
    assert when == 24
    assert (found["a"] == 24).all()
    assert found["a"].shape == (2, 3)
    assert moments.at(-5)[0] == 0


def test_weights_are_only_asked_for_when_they_are_due():
    moments = filled(20, 4)
    moments.offer(21, lambda: pytest.fail("update 21 is not due"))


def test_moments_go_round_and_go_on_alike():
    one, two = filled(50, 8, np.float16), Moments(SHAPES, 8, np.float16)
    two.restore(one.arrays())
    for moments in (one, two):
        for update in range(50, 90):
            moments.offer(update, lambda update=update: weights(update))
    for name, array in one.arrays().items():
        np.testing.assert_array_equal(array, two.arrays()[name])


def test_what_half_precision_cannot_hold_stays_finite():
    moments = Moments(SHAPES, 4, np.float16)
    moments.offer(0, lambda: weights(1e30))
    assert np.isfinite(moments.arrays()["weights"]).all()


def test_moments_in_disorder_are_refused():
    arrays = filled(4, 8).arrays()
    arrays["updates"][:2] = 3, 1
    with pytest.raises(BadInput, match="order"):
        Moments(SHAPES, 8).restore(arrays)


def test_there_is_room_for_two_moments_at_least():
    assert room(10**9, 2**20, 24, 2) == 2
    assert room(10, 2**20, 24, 2) == 24
    assert room(45440, 2**20, 24, 2) == 11


def test_a_curve_is_the_mean_of_equally_many():
    curve = Curve(points=4)
    for update in range(20):
        curve.add(update, 2.0 * update)
    updates, values = curve.points()
    assert curve.span == 4
    np.testing.assert_allclose(updates, [1.5, 5.5, 9.5, 13.5, 17.5])
    np.testing.assert_allclose(values, 2 * updates)


def test_a_curve_forgets_and_goes_on():
    curve = Curve(points=4)
    for update in range(8):
        curve.add(update, update)
    curve.forget_after(4)
    curve.add(5, 50.0)
    updates, values = curve.points()
    assert updates.tolist() == [0, 1, 2, 3, 4, 5]
    assert values[-1] == 50.0


def test_a_curve_with_a_hole_is_refused():
    curve = Curve(points=4)
    curve.add(0, 1.0)
    table = curve.table().copy()
    table[2] = [0, 1, 0, 0, 0, 0, 0, 0]
    with pytest.raises(BadInput, match="curve"):
        Curve(points=4).restore(table)


@pytest.mark.parametrize(
    ("row", "place", "value"),
    [
        (2, 0, 1e-300),
        (2, 0, 1.8e308),
        (2, 0, 1.5),
        (2, 1, 1.0),
        (2, 1, -2.0),
        (0, 2, 1e300),
        (0, 1, 0.0),
        (0, 0, -8.0),
        (1, 6, 3.0),
    ],
)
def test_a_curve_that_was_never_counted_is_refused(row, place, value):
    curve = Curve(points=4)
    for update in range(9):
        curve.add(update, 1.0)
    assert curve.table()[2].tolist() == [2, 2, 2, 2, 1, 0, 0, 0]
    Curve(points=4).restore(curve.table())
    table = curve.table().copy()
    table[row, place] = value
    with pytest.raises(BadInput, match="curve"):
        Curve(points=4).restore(table)


def test_moments_later_than_any_training_are_refused():
    arrays = filled(4, 8).arrays()
    arrays["updates"][3] = 2**62
    with pytest.raises(BadInput, match="order"):
        Moments(SHAPES, 8).restore(arrays)


def test_crossings_are_found_both_ways_or_not_at_all():
    updates = np.array([0.0, 10.0, 20.0])
    assert crossing((updates, np.array([0.0, 0.4, 0.8])), 0.5) == pytest.approx(12.5)
    assert crossing((updates, np.array([4.0, 2.0, 1.0])), 3.0) == pytest.approx(5.0)
    assert crossing((updates, np.array([4.0, 2.0, 1.0])), 9.0) is None
    assert crossing((updates[:0], updates[:0]), 1.0) is None


def test_the_past_is_saved_with_its_names_and_comes_back():
    past = Past(SHAPES)
    for update in range(40):
        past.keep(update, lambda update=update: weights(update))
        past.note(update, {"loss": 1.0 / (1 + update), "größe": float(update)})
    other = Past(SHAPES)
    other.restore(past.arrays())
    assert other.same(past.arrays())
    assert set(other.curves()) == {"loss", "größe"}
    np.testing.assert_array_equal(other.curves()["loss"][1], past.curves()["loss"][1])
    assert other.last == 39
    assert len(other.updates) < len(past.updates) == 40


def test_the_past_keeps_as_many_curves_as_it_has_room_for():
    past = Past(SHAPES)
    past.note(0, {f"scalar {i}": 1.0 for i in range(NAMES + 3)})
    assert len(past.curves()) == NAMES


def test_an_empty_past_has_no_end():
    past = Past(SHAPES)
    assert past.last == -1
    assert past.at(5) is None
    assert past.updates == ()

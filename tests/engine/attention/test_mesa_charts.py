import numpy as np
import pytest

from engine.attention import mesa_charts


def turning(angle):
    law = np.eye(4)
    c, s = np.cos(angle), np.sin(angle)
    law[:2, :2] = [[c, -s], [s, c]]
    mixed = np.linalg.qr(np.random.default_rng(0).standard_normal((4, 4)))[0]
    return mixed @ law @ mixed.T


def test_in_the_plane_of_a_law_every_step_turns_by_the_same_angle():
    law, path = turning(0.7), [np.array([0.3, -0.8, 0.2, 0.5])]
    for _ in range(9):
        path.append(law @ path[-1])
    middle, across, _, _ = mesa_charts.flat(np.array(path), (0, 1), principal=False, law=law)
    xy = (np.array(path) - middle) @ across
    numbers = xy[:, 0] + 1j * xy[:, 1]
    assert np.abs(np.angle(numbers[1:] / numbers[:-1])) == pytest.approx([0.7] * 9)
    assert np.ptp(np.abs(numbers)) < 1e-9


def test_a_law_that_turns_nothing_leaves_the_widest_directions():
    seen = np.random.default_rng(1).standard_normal((20, 3)) * [1.0, 5.0, 0.1]
    _, across, x, _ = mesa_charts.flat(seen, (0, 2), principal=False, law=0.5 * np.eye(3))
    assert x == "widest direction"
    assert across[1, 0] == pytest.approx(1.0, abs=0.05)


def test_two_dimensions_are_drawn_as_they_are():
    seen = np.arange(12.0).reshape(4, 3)
    middle, across, x, y = mesa_charts.flat(seen, (2, 0), principal=False)
    assert np.array_equal((seen - middle) @ across, seen[:, [2, 0]])
    assert (x, y) == ("dimension 3", "dimension 1")


def test_one_dimension_lies_on_a_line():
    seen = np.arange(4.0)[:, None]
    for principal in (True, False):
        middle, across, _, _ = mesa_charts.flat(seen, (0, 0), principal=principal)
        assert ((seen - middle) @ across).shape == (4, 2)


def test_running_on_ends_where_numbers_do():
    path = mesa_charts.continued(np.ones((5, 1)), lambda p: p[-1] * 1e3, 2, 20)
    assert path[:, 0].tolist() == [1.0, 1e3]
    halved = mesa_charts.continued(np.ones((5, 1)), lambda p: p[-1] / 2, 2, 5)
    assert halved[:, 0].tolist() == [1.0, 0.5, 0.25, 0.125]

import numpy as np
import pytest

from engine.attention import mesa_prompt
from engine.attention.tasks.dynamics import Dynamics
from engine.core.errors import BadInput

TASK = Dynamics(size=3, length=12, tokens="raw", noise=0.0)
ZERO = np.zeros(3, np.float32)


def drawn(task=TASK, mode="trajectory", separator=ZERO, seed=0):
    return mesa_prompt.draw(task, np.random.default_rng(seed), mode, separator)


def test_a_trajectory_obeys_its_law():
    prompt = drawn()
    law = prompt.more["laws"][0]
    assert prompt.used == 12
    assert np.allclose(prompt.targets, prompt.tokens @ law.T, atol=1e-5)
    assert prompt.mask.tolist() == [1.0] * 12


def test_another_law_begins_with_the_token_that_is_named():
    prompt = mesa_prompt.changed_law(TASK, drawn().more, 5)
    first, second = prompt.more["laws"]
    tokens = prompt.tokens
    assert np.allclose(tokens[3], first @ tokens[2], atol=1e-5)
    assert np.allclose(tokens[4], second @ tokens[3], atol=1e-5)
    assert not np.allclose(tokens[4], first @ tokens[3], atol=1e-2)
    back = mesa_prompt.changed_law(TASK, prompt.more, 0)
    assert np.array_equal(back.tokens, drawn().tokens)


def test_even_a_fixed_law_can_be_changed():
    task = Dynamics(size=3, length=12, tokens="raw", spectrum="fixed")
    first, second = drawn(task).more["laws"]
    assert not np.allclose(first, second, atol=1e-2)
    assert np.array_equal(first, drawn(task, seed=5).more["laws"][0])


def test_a_token_that_is_moved_is_read_but_does_not_move_the_system():
    before = drawn()
    after = mesa_prompt.moved_token(TASK, before.more, 4, 1, 0.75)
    assert after.tokens[4, 1] == pytest.approx(0.75)
    assert np.array_equal(after.targets, before.targets)
    again = mesa_prompt.moved_token(TASK, after.more, 4, 1, float(before.tokens[4, 1]))
    assert np.allclose(again.tokens, before.tokens, atol=1e-6)


def test_examples_are_pairs_of_a_map_with_what_separates_them():
    prompt = drawn(mode="few-shot, separated", separator=np.array([0.5, 0, 0], np.float32))
    tokens, applied = prompt.tokens, prompt.more["maps"][0]
    assert prompt.used == 12
    assert np.allclose(tokens[1::3], tokens[::3] @ applied.T, atol=1e-5)
    assert (tokens[2::3] == [0.5, 0, 0]).all()
    assert prompt.mask.tolist() == [1.0, 0.0, 0.0] * 4
    assert np.array_equal(prompt.targets[::3], tokens[1::3])


def test_what_separates_is_one_token_and_moves_everywhere():
    prompt = drawn(mode="few-shot, separated")
    moved = mesa_prompt.moved_token(TASK, prompt.more, 2, 1, -0.3)
    assert moved.tokens[2::3, 1].tolist() == pytest.approx([-0.3] * 4)
    assert np.array_equal(moved.tokens[0::3], prompt.tokens[0::3])


def test_tokens_that_do_not_fill_an_example_are_not_used():
    prompt = drawn(Dynamics(size=3, length=13, tokens="raw"), "few-shot, separated")
    assert prompt.used == 12
    assert not prompt.tokens[12:].any()
    assert not prompt.mask[12:].any()


def test_arrays_have_the_same_shapes_in_every_mode():
    shapes = [
        {name: array.shape for name, array in drawn(mode=mode).more.items()}
        for mode in mesa_prompt.MODES
    ]
    assert shapes[0] == shapes[1] == shapes[2]


def test_eigenvalues_move_in_pairs_and_stay_where_they_are_put():
    task = Dynamics(size=4, length=12, tokens="raw", noise=0.0)
    story = drawn(task).more
    index = int(np.argmax(story["spectrum"][:, 1]))
    moved = mesa_prompt.moved_eigenvalue(task, story, index, 0.3, 0.4)
    moved = mesa_prompt.moved_eigenvalue(task, moved.more, index, 0.2, 0.5)
    found = np.linalg.eigvals(moved.more["laws"][0].astype(np.float64))
    for wanted in (0.2 + 0.5j, 0.2 - 0.5j):
        assert np.abs(found - wanted).min() < 1e-5
    assert moved.more["spectrum"][index].tolist() == [0.2, 0.5]
    assert np.allclose(moved.targets, moved.tokens @ moved.more["laws"][0].T, atol=1e-5)


def test_a_real_eigenvalue_stays_real():
    story = drawn().more  # of three at least one is
    index = int(np.argmin(np.abs(story["spectrum"][:, 1])))
    moved = mesa_prompt.moved_eigenvalue(TASK, story, index, 0.5, 0.4)
    assert moved.more["spectrum"][index].tolist() == pytest.approx([0.5, 0.0], abs=1e-9)


def test_what_cannot_be_moved_is_refused():
    story = drawn().more
    with pytest.raises(BadInput, match="explode"):
        mesa_prompt.moved_eigenvalue(TASK, story, 0, 1.1, 1.1)
    with pytest.raises(BadInput, match="no eigenvalue 9"):
        mesa_prompt.moved_eigenvalue(TASK, story, 8, 0.0, 0.0)
    with pytest.raises(BadInput, match="no token 13"):
        mesa_prompt.moved_token(TASK, story, 12, 0, 0.0)
    with pytest.raises(BadInput, match="no token 99"):
        mesa_prompt.changed_law(TASK, story, 99)


def test_partly_seen_states_are_seen_through_the_readout():
    task = Dynamics(size=2, hidden=5, length=10, tokens="raw", noise=0.0)
    story = drawn(task, separator=np.zeros(2, np.float32)).more
    states = mesa_prompt.truth(task, story)
    prompt = mesa_prompt.build(task, story)
    assert np.allclose(prompt.tokens, states[:10] @ story["readout"].T, atol=1e-5)

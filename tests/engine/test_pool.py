import numpy as np

from engine.nca.pool import Pool, tile


def numbered(count: int) -> Pool:
    pool = Pool(np.zeros((3, 4, 2), np.float32), count)
    pool.states[...] = np.arange(count, dtype=np.float32)[:, None, None, None]
    return pool


def test_draws_without_replacement_and_copies() -> None:
    pool = numbered(16)
    slots, states = pool.draw(np.random.default_rng(0), 16)
    assert sorted(slots) == list(range(16))
    states += 100.0
    assert pool.states.max() == 15.0


def test_results_return_to_the_slots_they_came_from() -> None:
    pool = numbered(16)
    slots, states = pool.draw(np.random.default_rng(1), 5)
    order = np.argsort(-states[:, 0, 0, 0])
    slots, states = slots[order], states[order]
    pool.put(slots, states + 100.0)
    values = pool.states[:, 0, 0, 0]
    touched = np.isin(np.arange(16), slots)
    np.testing.assert_array_equal(values, np.arange(16) + 100.0 * touched)


def test_the_wall_is_a_square_of_whole_tiles() -> None:
    wall = numbered(10).wall(49)
    assert wall.shape == (9, 12, 2)
    assert wall[0, 4, 0] == 1.0  # second tile of the first row
    assert wall[3, 0, 0] == 3.0  # first tile of the second row


def test_tiles_keep_their_pixels() -> None:
    states = np.random.default_rng(0).normal(size=(6, 3, 4, 2)).astype(np.float32)
    sheet = tile(states, 3)
    np.testing.assert_array_equal(sheet[3:6, 4:8], states[4])

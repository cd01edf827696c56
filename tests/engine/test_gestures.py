"""What a hand did is set aside with its world, and goes on where that comes back."""

from __future__ import annotations

import numpy as np

from engine.core.patches import Patches


def wrote(patches: Patches, place: int, number: int) -> None:
    patches.begin(f"stroke {number}", number)
    patches.note(np.array([place]), np.zeros(1), np.ones(1))


def test_what_was_given_away_comes_back_with_its_past() -> None:
    patches = Patches()
    for step in (1, 2):
        patches.pass_time(step)
        wrote(patches, step, step)
    newest = patches.newest
    given = patches.give()
    assert given.bytes > 0
    assert (patches.words(), patches.newest, patches.bytes) == (("", ""), 0, 0)
    wrote(patches, 9, 9)
    patches.take(given)
    assert (patches.words(), patches.newest) == (("stroke 2", ""), newest)
    patches.leave()
    patches.recall(1)
    assert patches.words() == ("stroke 1", "")


def test_a_stroke_of_before_a_jump_is_not_gone_on_with_after_it() -> None:
    patches = Patches()
    patches.pass_time(1)
    wrote(patches, 1, 5)
    patches.leave()
    patches.recall(1)
    wrote(patches, 2, 5)
    assert [places.tolist() for places, _ in patches.undo()] == [[2]]
    assert [places.tolist() for places, _ in patches.undo()] == [[1]]

from __future__ import annotations

import pytest

from engine.core.system import Mark
from engine.soup.detector import TransitionDetector

# Seed 0 of the default soup, from the reference: logged high-order entropies around its transition.
SEED_0 = {2305: 0.24, 2369: 0.24, 2433: 1.83, 2497: 1.06, 2561: 0.72, 2625: 1.4}


def test_the_published_run_has_one_transition() -> None:
    detector = TransitionDetector()
    assert [epoch for epoch, value in SEED_0.items() if detector.observe(epoch, value)] == [2433]
    assert detector.first == 2433
    assert detector.marks() == (Mark(2433, "transition"),)
    assert detector.inside


def test_the_threshold_must_be_exceeded() -> None:
    detector = TransitionDetector()
    assert not detector.observe(1, 1.0)
    assert detector.observe(2, 1.0001)


def test_a_soup_that_lost_its_order_may_pass_again() -> None:
    detector = TransitionDetector()
    values = [2.0, 0.5, 1.2, 0.49, 0.9, 1.1]
    assert [detector.observe(i, v) for i, v in enumerate(values)] == [True] + [False] * 4 + [True]
    assert detector.first == 0
    assert [mark.step for mark in detector.marks()] == [0, 3, 5]
    assert [mark.title for mark in detector.marks()] == ["transition", "order lost", "transition"]


def test_going_back_forgets() -> None:
    detector = TransitionDetector()
    detector.observe(1, 0.0)
    assert detector.observe(65, 3.0)
    assert detector.observe(65, 3.0)
    assert not detector.observe(129, 3.0)
    detector.forget(65)
    assert detector.first is None
    assert not detector.inside


def test_a_soup_that_was_transformed_before_tells_no_news() -> None:
    detector = TransitionDetector()
    detector.prime(120, 1.9)
    assert detector.inside
    assert detector.marks() == ()
    assert not detector.observe(129, 2.0)
    detector.recall(())  # back to 120, which is all that is known
    assert not detector.observe(129, 2.0)
    assert not detector.observe(145, 0.3)
    assert detector.observe(161, 1.2)
    detector.prime(7, 0.9)
    assert detector.observe(9, 1.1)


def test_the_release_follows_the_threshold() -> None:
    assert TransitionDetector(1.25).release == 0.625


def test_thresholds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="above"):
        TransitionDetector(1.0, 2.0)

"""The length of a round: it finds what fits, however long the way to the worlds is."""

from __future__ import annotations

import random

import pytest

from app.rounds import Rounds


def _run(delay: float, cost: float, count: int = 60) -> tuple[Rounds, list[int]]:
    rounds, done = Rounds(), []
    for _ in range(count):
        done.append(rounds.most())
        rounds.take(done[-1], delay + cost * done[-1], cost * done[-1])
    return rounds, done


@pytest.mark.parametrize("cost", [1e-4, 2e-3, 0.02])
def test_rounds_take_a_twelfth_of_a_second(cost: float) -> None:
    rounds, done = _run(0.008, cost)
    assert rounds.cost == pytest.approx(cost, rel=0.3)
    seconds = [0.008 + cost * ticks for ticks in done[-10:]]
    assert 0.05 < sum(seconds) / 10 < 0.12


def test_a_slow_tick_is_a_round_of_its_own() -> None:
    assert _run(0.01, 2.0)[1][-10:] == [1] * 10


def test_where_the_way_is_long_half_of_the_time_goes_into_ticks() -> None:
    _, done = _run(0.3, 0.002)
    share = [0.002 * ticks / (0.3 + 0.002 * ticks) for ticks in done[-10:]]
    assert 0.35 < sum(share) / 10 < 0.65


def test_it_follows_when_ticks_become_dearer() -> None:
    rounds, _ = _run(0.01, 1e-3)
    for _ in range(40):
        ticks = rounds.most()
        rounds.take(ticks, 0.01 + 0.02 * ticks, 0.02 * ticks)
    assert rounds.most() <= 8


def test_ways_of_all_lengths_do_not_shorten_rounds() -> None:
    rounds, rng = Rounds(), random.Random(1)
    ticks = seconds = 0.0
    for number in range(200):
        count, delay = rounds.most(), rng.uniform(0.01, 0.25)
        rounds.take(count, delay + 1e-4 * count, 1e-4 * count)
        if number > 100:
            ticks, seconds = ticks + count, seconds + delay + 1e-4 * count
    assert 1e-4 * ticks / seconds > 0.4


def test_what_the_hand_does_never_waits_long_for_the_end_of_a_round() -> None:
    assert 1e-3 * _run(3.0, 1e-3)[1][-1] == pytest.approx(0.5)

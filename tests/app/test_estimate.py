"""Time left: nothing wild at the beginning, then the truth."""

from __future__ import annotations

from app.estimate import TimeLeft


def test_the_first_slow_updates_promise_nothing() -> None:
    left, now, told = TimeLeft(), 0.0, []
    for done in range(200):
        now += 8.0 if done < 3 else 0.2  # kernels are compiled first
        told.append(left.seconds(now, done, 1000))
    assert told[:20] == [None] * 20
    known = [(1000 - k) * 0.2 / told[k] for k in range(200) if told[k] is not None]
    assert len(known) > 150
    assert all(0.99 < ratio < 1.01 for ratio in known)


def test_slow_updates_are_known_after_a_few() -> None:
    left = TimeLeft()
    told = [left.seconds(10.0 * done, done, 100) for done in range(8)]
    assert told[:5] == [None] * 5
    assert told[7] == 930.0


def test_another_speed_is_taken_in_and_a_restart_forgets() -> None:
    left, now = TimeLeft(), 0.0
    for done in range(100):
        now += 1.0
        left.seconds(now, done, 1000)
    for done in range(100, 150):
        now += 3.0
        estimate = left.seconds(now, done, 1000)
    assert estimate is not None
    assert 2.8 < estimate / (1000 - 149) <= 3.001
    assert left.seconds(now + 1, 5, 1000) is None

"""The parts of the runner, each by itself: mailbox, inbox, clocks, transport."""

from __future__ import annotations

import threading

import pytest

from engine.core import commands as c
from engine.core.errors import BadInput
from engine.core.figures import TableView
from engine.core.inbox import Inbox
from engine.core.mailbox import Mailbox
from engine.core.pacing import FrameClock, Meter, Pace, Share
from engine.core.transport import Transport


def views(step: int) -> dict[str, TableView]:
    return {"table": TableView(step=step, columns=(), rows=())}


def test_the_latest_views_win_and_only_the_first_signals() -> None:
    box = Mailbox()
    assert box.take() is None
    assert [box.put(views(step)) for step in range(4)] == [True, False, False, False]
    assert box.full
    assert box.take()["table"].step == 3
    assert box.take() is None
    assert box.put(views(4))


def test_the_inbox_keeps_order_and_lets_some_overtake() -> None:
    box = Inbox()
    save, brush, pause = c.Save(c.Path("x")), c.Act("a"), c.Pause()
    for command in (save, brush, pause):
        box.put(command)
    assert box.holds(lambda command: isinstance(command, c.Pause))
    assert not box.holds(lambda command: isinstance(command, c.Close))
    assert box.take_early((c.Pause,), (c.Act,)) is pause
    assert box.take_early((c.Pause,), (c.Act,)) is None
    assert box.take() is save
    assert box.take_early((c.Pause,), (c.Act,)) is brush
    assert box.take() is None
    assert len(box) == 0


def test_a_command_or_a_ring_ends_the_sleep() -> None:
    for wake in (lambda box: box.put(c.Pause()), Inbox.ring):
        box = Inbox()
        sleeper = threading.Thread(target=box.wait, args=(100,))
        sleeper.start()
        wake(box)
        sleeper.join(30)
        assert not sleeper.is_alive()
    box.ring()
    box.wait(100)  # a ring that came before the sleep counts too


def test_ticks_are_due_at_even_distances_whatever_the_delays() -> None:
    pace = Pace()
    pace.set_speed(10.0, now=5.0)
    now, ticks = 5.0, 0
    while now < 15.0:
        if pace.delay(now) == 0.0:
            pace.ticked()
            ticks += 1
            now += 0.013
        else:
            now += min(pace.delay(now), 0.037)
    assert ticks == 100


def test_a_long_stop_is_not_caught_up() -> None:
    pace = Pace()
    pace.set_speed(100.0, now=0.0)
    assert pace.delay(60.0) == 0.0
    pace.ticked()
    assert pace.delay(60.0) == pytest.approx(0.01)


def test_without_a_speed_every_tick_is_due() -> None:
    pace = Pace()
    pace.ticked()
    assert pace.delay(0.0) == 0.0
    for speed in (0.0, -2.0, float("nan")):
        with pytest.raises(BadInput):
            pace.set_speed(speed, 0.0)


def test_pictures_keep_to_the_frame_rate_and_a_fifth_of_the_time() -> None:
    clock = FrameClock(50.0)
    assert clock.delay(0.0, unread=False) == 0.0
    clock.drawn(1.0, 1.0)
    assert clock.delay(1.0, unread=False) == pytest.approx(0.02)
    assert clock.delay(1.0, unread=True) == pytest.approx(0.08)
    clock.drawn(2.0, 2.1)
    assert clock.delay(2.1, unread=False) == pytest.approx(0.15)  # slow: two fifths of the time
    assert clock.delay(2.1, unread=False, idle=True) == 0.0
    clock = FrameClock(1000.0)
    clock.drawn(3.0, 3.004)
    assert clock.delay(3.004, unread=False) == pytest.approx(0.016)  # quick: a fifth
    clock.drawn(4.0, 4.008)
    assert clock.delay(4.008, unread=False) == pytest.approx(1 / 45 - 0.008)  # fluid all the same
    clock.drawn(5.0, 5.001, 0.05)
    assert clock.delay(5.001, unread=False) == pytest.approx(0.049)  # no sooner than is worth while
    assert clock.delay(5.001, unread=False, idle=True) == pytest.approx(0.049)


def test_the_share_is_a_fifth_and_is_paid_back() -> None:
    share = Share(0.2, most=0.5)
    assert not share.open
    share.earn(0.4)
    assert share.open
    share.spend(0.3)
    assert not share.open
    share.earn(0.7)
    assert not share.open
    share.earn(0.2)
    assert share.open
    share.earn(1e9)
    share.spend(0.5)
    assert not share.open


def test_a_meter_measures_the_last_second() -> None:
    meter = Meter()
    assert meter.rate(0.0) == 0.0
    for tick in range(300):
        meter.add(tick / 100)
    assert meter.rate(3.0) == pytest.approx(100, rel=0.1)
    for tick in range(100):
        meter.add(3.0 + tick / 20)
    assert meter.rate(8.0) == pytest.approx(20, rel=0.1)
    meter.clear(9.0)
    assert meter.rate(9.5) == 0.0


def test_goals_add_up_and_are_given_up() -> None:
    transport = Transport(playing=True)
    transport.step(3, 10, command=1)
    transport.step(2, 11, command=2)
    assert (transport.free, transport.running, transport.target) == (False, True, 15)
    assert transport.reached(12) == []
    assert transport.reached(13) == [1]
    assert transport.run_to(99, 13, command=3) == [2]
    assert transport.play(0.0) == [3]
    assert (transport.free, transport.target) == (True, None)
    assert transport.pause() == []
    assert not transport.running
    with pytest.raises(BadInput):
        transport.run_to(5, 6, command=4)
    with pytest.raises(BadInput):
        transport.step(0, 6, command=5)

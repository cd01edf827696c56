import contextlib
import itertools
import threading

import pytest

from engine.core.activity import Activity, null_activity
from engine.core.errors import Cancelled


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_elapsed_and_remaining_time(clock):
    activity = Activity("Train", clock=clock)
    assert activity.eta() is None
    for done in range(5):
        activity.progress(done, 20)
        clock.now += 2
    assert activity.elapsed() == 10
    # 4 units in the 10 seconds since the first report, 16 to go.
    assert activity.eta() == pytest.approx(40)


def test_remaining_time_follows_a_change_of_speed(clock):
    activity = Activity("Train", clock=clock)
    for done in range(100):
        activity.progress(done, 1000)
        clock.now += 0.01
    for done in range(100, 160):
        activity.progress(done, 1000)
        clock.now += 1.0
    assert activity.eta() == pytest.approx(840, rel=0.1)


def test_a_new_phase_starts_a_new_estimate(clock):
    activity = Activity("Export", clock=clock)
    activity.progress(0, 10)
    clock.now += 1
    activity.progress(10, 10)
    activity.progress(0, 500, "packing")
    assert activity.eta() is None
    assert activity.status.note == "packing"
    clock.now += 2
    activity.progress(5, 500)
    assert activity.eta() == pytest.approx(495 / 5 * 2)


def test_listeners_hear_at_most_20_a_second_and_always_the_end(clock):
    activity = Activity("Train", clock=clock)
    heard = []
    activity.listen(heard.append)
    for done in range(1000):
        activity.progress(done, 1000)
        clock.now += 0.001
    activity.finish()
    assert 18 <= len(heard) <= 23
    assert heard[-1].state == "finished"
    assert heard[-1].fraction == 1.0
    assert heard[-1].eta == 0.0


def test_a_broken_listener_does_not_stop_the_work(caplog):
    activity = Activity("Train")
    heard = []
    activity.listen(lambda _status: 1 / 0)
    stop = activity.listen(heard.append)
    activity.progress(1, 2)
    assert len(heard) == 1
    assert "ZeroDivisionError" in caplog.text
    stop()
    activity.finish()
    assert len(heard) == 1


def test_cancel_from_another_thread_stops_the_work():
    activity = Activity("Endless")
    states = []
    activity.listen(lambda status: states.append(status.state))

    def work():
        with contextlib.suppress(Cancelled), activity:
            for done in itertools.count():
                activity.progress(done, None)

    worker = threading.Thread(target=work)
    worker.start()
    activity.cancel()
    worker.join(30)
    assert not worker.is_alive()
    assert states[-1] == "cancelled"
    assert activity.cancelled
    assert not activity.failed
    assert not activity.finished


def test_failure_is_kept_and_the_first_ending_counts(clock):
    activity = Activity("Import", clock=clock)
    problem = ValueError("broken")
    with pytest.raises(ValueError, match="broken"), activity:
        raise problem
    activity.finish()
    clock.now += 50
    assert activity.failed
    assert activity.status.error is problem
    assert activity.elapsed() == 0


def test_track_counts_what_it_yields():
    activity = null_activity()
    seen = []
    for item in activity.track("abc"):
        seen.append((item, activity.status.done, activity.status.total))
    assert seen == [("a", 0, 3), ("b", 1, 3), ("c", 2, 3)]
    assert activity.status.fraction == 1.0
    activity.cancel()
    with pytest.raises(Cancelled):
        list(activity.track(iter("abc")))

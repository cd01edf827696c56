import threading
import time

import pytest

from engine.core import device
from engine.core.errors import Cancelled


@pytest.fixture(autouse=True)
def three_threads():
    device.set_threads(3)
    yield
    device.set_threads(0)


def test_every_job_runs_once():
    done = []
    device.share((lambda breathe, i=i: done.append(i) for i in range(50)))
    assert sorted(done) == list(range(50))


def test_poll_stays_on_the_calling_thread_while_others_work():
    polled, worked = set(), set()
    end = time.monotonic() + 30

    def job(breathe):
        worked.add(threading.get_ident())
        while True:
            time.sleep(0.002)
            breathe()
            if (len(worked) > 1 and polled) or time.monotonic() > end:
                return

    device.share([job] * 9, lambda: polled.add(threading.get_ident()))
    assert polled == {threading.get_ident()}
    assert len(worked) > 1


def test_what_poll_raises_stops_all_jobs():
    started, ended = [], []

    def job(breathe):
        started.append(1)
        for _ in range(20_000):
            time.sleep(0.001)
            breathe()
        ended.append(1)

    def poll():
        raise Cancelled

    with pytest.raises(Cancelled):
        device.share([job] * 30, poll)
    assert len(started) <= 3
    assert not ended


@pytest.mark.parametrize("polled", [True, False])
def test_an_error_in_a_job_reaches_the_caller(polled):
    def job(breathe):
        for _ in range(20):
            time.sleep(0.001)
            breathe()

    def broken(breathe):
        time.sleep(0.002)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        device.share([job, broken, job, job], (lambda: None) if polled else None)


def test_a_call_within_poll_does_not_wait_for_the_pool():
    inner = []
    end = time.monotonic() + 30

    def job(breathe):
        while len(inner) < 4 and time.monotonic() < end:
            time.sleep(0.003)
            breathe()

    def poll():
        if len(inner) < 4:
            device.share([lambda breathe: inner.append(threading.get_ident())] * 2)

    device.share([job] * 6, poll)
    assert len(inner) >= 4


def test_unknown_device_is_a_plain_message():
    with pytest.raises(device.DeviceError, match="unknown device"):
        device.pick_device("tpu")


def test_what_cannot_poll_is_done_beside_one_that_does():
    polled, worked = [], []
    end = time.monotonic() + 30

    def work(breathe):
        while len(polled) < 3 and time.monotonic() < end:
            time.sleep(0.01)
        worked.append(threading.get_ident())
        breathe()
        return 7

    assert device.beside(work, lambda: polled.append(threading.get_ident())) == 7
    assert set(polled) == {threading.get_ident()} != set(worked)
    assert len(polled) >= 3

    def cancel():
        raise Cancelled

    parts = []

    def long(breathe):
        for part in range(2000):
            parts.append(part)
            time.sleep(0.01)
            breathe()

    with pytest.raises(Cancelled):
        device.beside(long, cancel)
    assert 0 < len(parts) < 2000


@pytest.mark.parametrize("poll", [None, lambda: None])
def test_what_goes_wrong_beside_is_raised(poll):
    with pytest.raises(ZeroDivisionError):
        device.beside(lambda breathe: 1 / 0, poll)

"""A child says how far it is and ends once: by itself, or because it is broken off."""

from __future__ import annotations

import sys
from typing import Any

import psutil
import pytest

from app import child_job
from app.child_job import ChildJob

SCRIPT = """
import sys, time
print("  25 %\\n", file=sys.stderr, flush=True)
if sys.argv[1] == "sleep":
    time.sleep(60)
if sys.argv[1] == "fail":
    sys.exit("what went wrong")
print("made", sys.argv[1:])
"""


class Told:
    def __init__(self) -> None:
        self.calls: list[tuple[bytes, str]] = []

    def __call__(self, output: bytes, words: str) -> None:
        self.calls.append((output, words))


@pytest.fixture(autouse=True)
def child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_job, "command", lambda *words: [sys.executable, "-c", SCRIPT, *words])


def test_its_result_is_told_once_and_its_activity_ends(qtbot: Any) -> None:
    told = Told()
    job = ChildJob("Making it again", told)
    moves: list[float | None] = []
    job.moved.connect(lambda: moves.append(job.activity.status.fraction))
    job.start("render", "a b.json")
    qtbot.waitUntil(lambda: bool(told.calls), timeout=20_000)
    assert told.calls == [(b"made ['render', 'a b.json']\n", "25 %")]
    assert moves == [0.25]
    assert job.activity.finished
    job.stop()
    assert len(told.calls) == 1


def test_what_fails_is_told_by_its_last_words(qtbot: Any) -> None:
    told = Told()
    job = ChildJob("Making it again", told)
    job.start("fail")
    qtbot.waitUntil(lambda: bool(told.calls), timeout=20_000)
    assert told.calls == [(b"", "what went wrong")]


def test_one_that_is_broken_off_is_killed_and_tells_nothing(qtbot: Any) -> None:
    told = Told()
    job = ChildJob("Making it again", told, nice=5)
    job.start("sleep")
    qtbot.waitUntil(lambda: job.activity.status.fraction == 0.25, timeout=20_000)
    pid = job.pid
    job.stop()
    assert not psutil.pid_exists(pid)
    assert not told.calls
    assert job.activity.finished


def test_a_program_that_is_not_there_ends_at_once(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_job, "command", lambda *words: ["/no/such/program", *words])
    told = Told()
    job = ChildJob("Making it again", told)
    job.start("render")
    qtbot.waitUntil(lambda: bool(told.calls), timeout=10_000)
    assert told.calls == [(b"", "")]

"""A process that crashes or is killed is known at the next start, with what it did."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from app import crash

CODE = """
    import os, sys, time
    from pathlib import Path
    from app.crash import Watch
    watch = Watch(Path(sys.argv[1]), "9.9")
    watch.begin()
    print("begun", flush=True)
    {then}
"""


def run(folder: Path, then: str) -> subprocess.Popen[str]:
    code = textwrap.dedent(CODE).format(then=then)
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def end(process: subprocess.Popen[str]) -> int:
    with process:
        return process.wait(timeout=30)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_crash_leaves_its_stacks_and_its_last_lines(tmp_path: Path) -> None:
    process = run(tmp_path, "os.kill(os.getpid(), 11)")
    (tmp_path / "primordia.log").write_text(
        f"2026-01-01 10:00:00,000 {process.pid} INFO a: mine\nmore of mine\n"
        f"2026-01-01 10:00:01,000 {process.pid + 1} INFO b: another's\nmore of another's\n"
    )
    assert end(process) == -signal.SIGSEGV
    (left,) = crash.find(tmp_path)
    assert "Segmentation fault" in left.stacks
    assert left.version == "9.9"
    assert left.log.splitlines() == [
        f"2026-01-01 10:00:00,000 {process.pid} INFO a: mine",
        "more of mine",
    ]
    assert "Segmentation fault" in left.details
    assert crash.find(tmp_path) == []
    assert len(list(tmp_path.glob("crash-*.txt"))) == 1


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_killed_process_is_known_but_has_no_stacks(tmp_path: Path) -> None:
    process = run(tmp_path, "time.sleep(60)")
    assert crash.find(tmp_path) == [], "it still runs"
    process.kill()
    end(process)
    (left,) = crash.find(tmp_path)
    assert left.stacks == ""
    assert not list(tmp_path.glob("stacks-*")) + list(tmp_path.glob("crash-*"))


def test_a_good_end_leaves_nothing(tmp_path: Path) -> None:
    assert end(run(tmp_path, "watch.end()")) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": -5, "began": 0}'])
def test_odd_markers_are_taken_away(tmp_path: Path, text: str) -> None:
    (tmp_path / "running-77.json").write_text(text)
    crash.find(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_was_given_to_another_process_does_not_hide_a_crash(tmp_path: Path) -> None:
    facts = {"pid": os.getpid(), "began": 1.0, "version": "1"}
    (tmp_path / "running-1.json").write_text(json.dumps(facts))
    assert len(crash.find(tmp_path)) == 1


def test_only_the_newest_stacks_are_kept(tmp_path: Path) -> None:
    for number in range(crash.KEPT + 3):
        facts = {"pid": 10**8 + number, "began": 1e9 + number, "version": "1"}
        (tmp_path / f"running-{number}.json").write_text(json.dumps(facts))
        (tmp_path / f"stacks-{10**8 + number}.txt").write_text(f"stack {number}")
    assert len(crash.find(tmp_path)) == crash.KEPT + 3
    kept = sorted(path.read_text() for path in tmp_path.glob("crash-*.txt"))
    assert kept == [f"stack {number}" for number in range(3, crash.KEPT + 3)]


def test_a_folder_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    assert crash.find(tmp_path / "no") == []

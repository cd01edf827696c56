"""Whose a folder is, what is kept in turn, when it is time, and what a crash leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from app.session.changes import Mark, changes, same
from app.session.keeper import Due, Rotation
from app.session.lock import LOCK, Lock, Owner, alive, claim, owner_of, taken, us
from app.session.manifest import Manifest
from app.session.pack import pack
from app.session.recovery import discard, find, keep_part, parts
from engine.core.activity import null_activity
from engine.core.errors import UserError
from engine.media.writers import open_writer


def ended() -> Owner:
    """A process that is gone."""
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    return Owner(child.pid, us().began, us().host)


def abandon(lock: Lock) -> None:
    """Leave a folder as a crash would."""
    content = {"pid": ended().pid, "began": 1.0, "host": us().host}
    (lock.folder / LOCK).write_text(json.dumps(content))


def save(folder: Path) -> Path:
    path = Rotation(folder).next()
    pack([], Manifest(name="a.primordia"), path, null_activity())
    Rotation(folder).tidy()
    return path


def test_a_lock_is_ours_while_we_run(tmp_path: Path) -> None:
    one, two = Lock(tmp_path), Lock(tmp_path)
    assert one.folder != two.folder
    assert owner_of(one.folder) == us()
    assert taken(one.folder)
    assert claim(one.folder) is None
    assert find(tmp_path) == []
    save(one.folder)
    one.release()
    two.release()
    assert list(tmp_path.iterdir()) == []


def test_a_number_that_was_given_again_is_another_process() -> None:
    own = us()
    assert alive(own, 0.0)
    assert not alive(Owner(own.pid, own.began - 100.0, own.host), 0.0)
    assert not alive(ended(), 0.0)
    assert not alive(Owner(-5, 0.0, own.host), 0.0)


def test_of_another_computer_only_the_time_tells(tmp_path: Path) -> None:
    there = Owner(os.getpid(), us().began, "elsewhere")
    assert alive(there, (tmp_path.stat().st_mtime))
    assert not alive(there, tmp_path.stat().st_mtime - 2 * 24 * 3600)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1e400}', "\x00"])
def test_a_broken_lock_is_nobodys(tmp_path: Path, text: str) -> None:
    (tmp_path / LOCK).write_text(text)
    assert owner_of(tmp_path) is None
    assert not taken(tmp_path)


def test_what_a_crash_left_is_offered_once(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    save(lock.folder)
    newest = save(lock.folder)
    abandon(lock)
    (left,) = find(tmp_path)
    assert left.files[0].name == newest.name
    assert left.manifest.name == "a.primordia"
    assert find(tmp_path) == []  # it is ours to look after, as long as we run
    (left.folder / "claim.json").write_text(json.dumps({"pid": 1, "began": 0, "host": us().host}))
    assert len(find(tmp_path)) == 1
    for folder in tmp_path.iterdir():
        discard(folder)
    assert find(tmp_path) == []


def test_a_crash_before_anything_was_saved_leaves_nothing(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    (lock.folder / ".primordia-00.part.tmp").write_bytes(b"half")
    abandon(lock)
    assert find(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_newest_file_that_is_broken_leaves_the_ones_before(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    save(lock.folder)
    save(lock.folder).write_bytes(b"PK broken")
    abandon(lock)
    (left,) = find(tmp_path)
    assert left.manifest.name == "a.primordia"
    assert len(left.files) == 2


def test_three_are_kept_in_turn(tmp_path: Path) -> None:
    rotation = Rotation(tmp_path)
    names = []
    for _ in range(5):
        path = rotation.next()
        path.write_bytes(b"x")
        (tmp_path / ".primordia-ab.part.tmp").write_bytes(b"half")
        rotation.tidy()
        names.append(path)
    assert rotation.files() == names[:1:-1]
    assert sorted(tmp_path.iterdir()) == names[2:]
    assert Rotation(tmp_path / "none").files() == []


def test_when_it_is_time() -> None:
    now = [0.0]
    due = Due(lambda: now[0])
    due.every, due.training = 120.0, 600.0
    now[0] = 119.0
    assert not due.now(changed=True)
    now[0] = 120.0
    assert not due.now(changed=False)
    assert due.now(changed=True)
    due.begun()
    assert not due.now(changed=True)
    assert due.training_now(1)
    due.trained(1)
    now[0] += 599.0
    assert not due.training_now(1)
    assert due.training_now(2)
    now[0] += 1.0
    assert due.training_now(1)
    due.every = due.training = 0.0
    now[0] += 1e9
    assert not due.now(changed=True)
    assert not due.training_now(3)


def test_what_changed_in_words() -> None:
    old = Mark(1, "Life", step=10, seed=4, params={"rule": "B3/S23"})
    assert changes([old], [old]) == []
    assert same([old], [old])
    new = Mark(1, "Life", step=1250, seed=4, edits=2, params={"rule": "B36/S23"})
    found = changes([old, Mark(2, "Soup")], [new, Mark(3, "Leaf", updates=7)])
    assert [str(change) for change in found] == [
        "Soup: closed",
        "Life: one change by hand",
        "Life: rule is B36/S23, was B3/S23",
        "Life: forward to step 1,250, from 10",
        "Leaf: 7 updates of training",
    ]
    assert [change.work for change in found] == [True, True, True, False, True]


def test_what_was_only_opened_is_no_work() -> None:
    first = changes([], [Mark(1, "Life", step=900)])
    assert [change.work for change in first] == [False]
    painted = changes([], [Mark(1, "Life", edits=1)])
    assert [change.work for change in painted] == [True]


def test_parts_of_films_that_are_there(tmp_path: Path) -> None:
    there = tmp_path / "a.part.mp4"
    there.write_bytes(b"x")
    noted = [str(there), str(tmp_path / "gone.part.mp4")]
    assert parts(noted, tmp_path) == [there]
    # It may be the film of another program that runs.
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        began = psutil.Process(child.pid).create_time()
        marker = tmp_path / f"running-{child.pid}.json"
        marker.write_text(json.dumps({"pid": child.pid, "began": began}))
        assert parts(noted, tmp_path) == []
    finally:
        child.communicate(b"\n")
    assert parts(noted, tmp_path) == [there]


def test_a_part_that_plays_becomes_a_film(tmp_path: Path) -> None:
    part, other = tmp_path / "a.part.mp4", tmp_path / "a (unfinished).mp4"
    other.write_bytes(b"older")
    part.write_bytes(b"x")
    kept = keep_part(part, null_activity())
    assert kept.name == "a (unfinished 2).mp4"
    assert kept.read_bytes() == b"x"
    assert other.read_bytes() == b"older"
    frames = tmp_path / "frames"
    frames.mkdir()
    assert keep_part(frames, null_activity()) == frames
    with pytest.raises(UserError, match="gone"):
        keep_part(tmp_path / "gone.part.mp4", null_activity())


def test_frames_kept_aside_become_what_they_were_to_become(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "b.gif", 20.0, (16, 12))
    for shade in range(0, 200, 20):
        writer.write(np.full((12, 16, 3), shade, np.uint8))
    (part,) = tmp_path.glob("*.part.frames")
    copy = tmp_path / "c.part.frames"
    copy.write_bytes(part.read_bytes()[:-5])  # as a crash breaks it off
    writer.abort()
    kept = keep_part(copy, null_activity())
    assert kept == tmp_path / "c.gif"
    assert kept.read_bytes()[:4] == b"GIF8"
    assert not copy.exists()

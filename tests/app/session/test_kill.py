"""The real program is killed while it saves by itself; what it left opens every time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.session.keeper import Rotation
from app.session.recovery import find
from app.session.unpack import peek, unpack
from engine.core.activity import null_activity
from engine.core.errors import UserError

PATIENCE = 60.0
SCRIPT = "world.open gray-scott/mitosis; world.new life; wait 60"


def begin(home: Path) -> subprocess.Popen[bytes]:
    """Start the program with two worlds, saving itself three times a second."""
    environment = {
        **os.environ,
        "PRIMORDIA_HOME": str(home),
        "PRIMORDIA_AUTOSAVE": "0.3",
        "PRIMORDIA_RENDERER": "painter",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "app.cli", "gui", "--do", SCRIPT]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def saved(root: Path) -> list[Path]:
    return [path for folder in root.glob("*") for path in Rotation(folder).files()]


def begun(root: Path) -> bool:
    """Tell whether there are several files, and both worlds in the newest."""
    files = saved(root)
    try:
        return len(files) > 1 and len(peek(max(files)).worlds) == 2
    except UserError:
        return False  # its turn was over between the two looks


def kill_and_look(home: Path, dice: random.Random, *, half_written: bool) -> None:
    root = home / "autosave"
    process = begin(home)
    try:
        deadline = time.monotonic() + PATIENCE
        while not begun(root):
            assert process.poll() is None, "the program ended"
            assert time.monotonic() < deadline, "nothing was saved"
            time.sleep(0.05)
        time.sleep(dice.uniform(0.0, 0.6))
        while half_written and not list(root.glob("*/.primordia-*.tmp")):
            assert time.monotonic() < deadline
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    (left,) = find(root)  # (the application of the tests keeps their display alive)
    assert 2 <= len(left.files) <= 4
    for path in left.files:
        session = unpack(path, null_activity())
        assert session.worlds
        assert {world.kept.slug for world in session.worlds} <= {"life", "gray-scott"}
    newest = unpack(left.files[0], null_activity())
    assert len(newest.worlds) == 2


@pytest.mark.timeout(150)
def test_what_a_killed_program_left_opens(qapp: QApplication, tmp_path: Path) -> None:
    kill_and_look(tmp_path, random.Random(7), half_written=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_may_be_killed_at_any_time(qapp: QApplication, tmp_path: Path) -> None:
    dice = random.Random(11)
    for number in range(25):
        kill_and_look(tmp_path / str(number), dice, half_written=number % 2 == 0)

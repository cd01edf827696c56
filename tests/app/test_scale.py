"""The window at fractional scales: nothing is cut, small, stretched, or upon something else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCALES = {"1": "dark", "1.25": "light", "1.5": "dark", "2": "light"}
PATIENCE = 120


@pytest.fixture(scope="module")
def windows(qapp: Any, tmp_path_factory: Any) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Start a window of its own for every scale, all at once: a scale is for a whole process."""
    script = Path(__file__).with_name("scaled.py")
    started = {}
    for factor, look in SCALES.items():
        settings = {
            "QT_SCALE_FACTOR": factor,
            "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough",
            "PRIMORDIA_HOME": str(tmp_path_factory.mktemp("home")),
            "PRIMORDIA_RENDERER": "painter",
            "OMP_NUM_THREADS": "1",
        }
        started[factor] = subprocess.Popen(
            [sys.executable, str(script), factor, look],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    yield started
    for process in started.values():
        process.kill()
        process.communicate()


@pytest.mark.timeout(150)
@pytest.mark.parametrize("factor", SCALES)
def test_a_window_at_this_scale(windows: dict[str, subprocess.Popen[str]], factor: str) -> None:
    found, errors = windows[factor].communicate(timeout=PATIENCE)
    assert windows[factor].returncode == 0, errors
    assert not found, found

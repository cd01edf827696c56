"""The window at fractional scales: nothing is cut, small, stretched, or upon something else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("factor", "look"), [("1", "dark"), ("1.25", "light"), ("1.5", "dark"), ("2", "light")]
)
def test_a_window_at_this_scale(qapp: Any, tmp_path: Path, factor: str, look: str) -> None:
    settings = {
        "QT_SCALE_FACTOR": factor,
        "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough",
        "PRIMORDIA_HOME": str(tmp_path),
        "PRIMORDIA_RENDERER": "painter",
        "OMP_NUM_THREADS": "1",
    }
    script = Path(__file__).with_name("scaled.py")
    run = subprocess.run(
        [sys.executable, str(script), factor, look],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert not run.stdout, run.stdout

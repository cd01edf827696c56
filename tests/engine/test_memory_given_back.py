"""What threads have let go of goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys, threading
import numpy as np
import psutil
from engine.core.memory import give_back, keep_little

if sys.argv[1] == "bounded":
    keep_little()

def resident():
    give_back()
    return psutil.Process().memory_info().rss / 2**20

def work():
    barrier.wait()
    for _ in range(3):
        large = np.ones(20 * 2**20, np.uint8)
        del large
    barrier.wait()

barrier = threading.Barrier(8)
np.ones(30 * 2**20, np.uint8)  # once so large a block was freed, glibc keeps as much
before = resident()
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(resident() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what glibc keeps is meant")
def test_threads_leave_their_memory_to_the_system() -> None:
    command = [sys.executable, "-c", SCRIPT]
    kept = [
        float(subprocess.run([*command, how], capture_output=True, text=True, check=True).stdout)
        for how in ("bounded", "as it is")
    ]
    assert kept[0] < 10, kept

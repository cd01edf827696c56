"""Opening and closing a system twenty times leaves the memory of the process flat."""

from __future__ import annotations

import gc
import statistics
import sys
from typing import Any

import psutil
import pytest

from engine.core import registry
from engine.core.memory import give_back

ROUNDS = 20
EARLY, LATE = slice(5, 8), slice(17, 20)  # rounds 6 to 8 and 18 to 20; the first five warm up
MEGABYTE = 2**20
MOST = 5 * MEGABYTE
QUICK = ("life", "gray-scott")
"""What CI opens; the others are tried by hand."""


def resident() -> int:
    """Return the bytes in memory once everything that can be freed was."""
    gc.collect()
    give_back()
    return int(psutil.Process().memory_info().rss)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "slug",
    [
        pytest.param(entry.info.slug, marks=() if entry.info.slug in QUICK else pytest.mark.slow)
        for entry in registry.catalogue()
        if entry.presets
    ],
)
def test_twenty_times_opened_and_closed(desk: Any, leaks_now: Any, slug: str) -> None:
    seen = []
    for _ in range(ROUNDS):
        desk.run("world.open", slug)
        desk.alive()
        desk.until(lambda: desk.state.step > 0 or not desk.state.playing, "a step")
        desk.run("world.close")
        assert desk.world is None
        desk.until(
            lambda: not [leak for leak in leaks_now() if leak.startswith("thread")], "its threads"
        )
        seen.append(resident())
    growth = statistics.median(seen[LATE]) - statistics.median(seen[EARLY])
    told = ", ".join(f"{bytes / MEGABYTE:.1f}" for bytes in seen)
    sys.stdout.write(f"\n{slug}: {growth / MEGABYTE:+.2f} MB; after each round {told} MB\n")
    assert growth <= MOST, f"{slug} keeps {growth / MEGABYTE:.1f} MB: {told}"

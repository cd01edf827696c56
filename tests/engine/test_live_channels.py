"""Sixteen channels, live beside the picture, while a world of 512 x 512 cells learns."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import Any

import pytest

from engine import openers
from engine.core.commands import Look, Play, RunnerState, Train
from engine.core.runner import Runner
from engine.core.views import ViewRequest

WARM, SECONDS = 8.0, 8.0


class Ear:
    """Hears that there are pictures, and how far training is."""

    def __init__(self) -> None:
        self.pictures = threading.Event()
        self.updates = 0

    def views_ready(self) -> None:
        self.pictures.set()

    def scalars(self, step: int, kind: str, values: dict[str, float]) -> None:
        pass

    def replied(self, reply: Any) -> None:
        assert reply.error is None

    def state_changed(self, state: RunnerState) -> None:
        self.updates = state.updates

    def failed(self, failure: Any) -> None:
        raise AssertionError(failure)


@pytest.mark.slow  # a figure of a machine that does nothing else
def test_ten_mosaics_a_second_come_while_a_world_of_512_by_512_learns() -> None:
    spec = openers.spec_of("growing-nca", "gecko")
    ear = Ear()
    runner = Runner(spec.with_(params={**spec.params, "width": 512, "height": 512}), ear)
    runner.start()
    try:
        mosaic = ViewRequest(reduce="mosaic", max_size=256)
        runner.submit(Look({"world": ViewRequest(max_size=640), "world@channels": mosaic}))
        # A world that stands still has a new picture only with each update of its weights.
        runner.submit(Play())
        runner.submit(Train(True))
        _count(runner, ear, WARM)
        before = ear.updates
        rates = _count(runner, ear, SECONDS)
        updates = (ear.updates - before) / SECONDS
    finally:
        runner.begin_close()
        assert runner.join(20.0)
    found = f"pictures a second {rates}, updates a second {updates:.1f}"
    assert updates > 0.2, "it does learn meanwhile"
    logging.getLogger(__name__).info(found)
    assert rates["world@channels"] >= 10.0, found


def _count(runner: Runner, ear: Ear, seconds: float) -> dict[str, float]:
    """Return how many pictures of each view came a second."""
    seen: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ear.pictures.wait(0.2):
            ear.pictures.clear()
            seen.update(list(runner.mailbox.take() or ()))
    return {name: round(count / seconds, 1) for name, count in seen.items()}

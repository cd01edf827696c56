"""Until the first picture is seen the window says what it waits for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

SLOW = '''
import threading

import numpy as np

from engine.core.grid import GridSystem
from engine.core.params import Params, live
from engine.core.system import SystemInfo

gate, first_tick = threading.Event(), threading.Event()


class SlowParams(Params):
    """None that matters."""

    rate: float = live(0.5, "A number", ge=0.0, le=1.0)


class Slow(GridSystem):
    """Its first picture takes as long as a kernel takes to compile."""

    info = SystemInfo("slow", "Slow", "Slow to be drawn", "none", "Toys")
    Params = SlowParams

    def build(self):
        self.cells = np.zeros((8, 8, 1), np.float32)

    def start(self):
        pass

    def advance(self, poll):
        assert first_tick.wait(30)

    def field(self):
        return self.cells

    def channels(self):
        return ("a",)

    def views(self, wanted):
        if wanted:
            assert gate.wait(30)
            if broken:
                raise RuntimeError("no picture")
        return super().views(wanted)


broken = False
'''


@pytest.fixture
def slow(plugin: Callable[..., str], request: pytest.FixtureRequest) -> Any:
    """The window, and the module of a world whose first picture waits for `gate`."""
    name = plugin("slow", SLOW, "Slow")
    desk = request.getfixturevalue("desk")
    from engine.core.spec import Spec

    desk.lab.open(Spec("slow", seed=1), "slow", playing=False, replace=False)
    module = desk.until(lambda: sys.modules.get(name), "the module")
    yield desk, module
    module.gate.set()
    module.first_tick.set()


def notice(desk: Any) -> str:
    shown = desk.page.overlay._notice
    return shown._line.text() if shown.isVisible() else ""


def test_a_notice_stays_until_the_first_picture_is_drawn(slow: Any) -> None:
    desk, module = slow
    desk.until(lambda: desk.state.alive, "a living world")
    assert notice(desk) == "Preparing the first picture..."
    desk.quiet(0.1)
    assert desk.viewport.frames_drawn == 0
    assert notice(desk) == "Preparing the first picture..."
    module.gate.set()
    desk.until(lambda: desk.viewport.frames_drawn > 0, "a picture")
    assert notice(desk) == ""


def test_a_first_step_that_lasts_is_told_and_the_hint_comes_back(slow: Any) -> None:
    desk, module = slow
    module.gate.set()
    desk.until(lambda: desk.viewport.frames_drawn > 0, "a picture")
    overlay = desk.page.overlay
    hint = desk.until(lambda: overlay.hint, "the hint for newcomers")
    desk.page._first_step._patience.setInterval(50)
    desk.run("transport.play")
    desk.until(lambda: overlay.hint.startswith("Preparing the first step"), "a word")
    assert desk.state.step == 0
    module.first_tick.set()
    desk.until(lambda: overlay.hint == hint, "the hint again")
    assert desk.state.step > 0
    desk.run("transport.play")
    desk.run("transport.reset")
    desk.until(lambda: desk.state.step == 0, "the beginning")
    desk.page._state_changed(replace(desk.state, playing=True))
    assert not desk.page._first_step._patience.isActive(), "nothing is to be prepared any more"


def test_a_picture_that_fails_is_not_waited_for(slow: Any) -> None:
    desk, module = slow
    desk.until(lambda: desk.state.alive, "a living world")
    module.broken = True
    module.gate.set()
    assert "could not be drawn" in desk.until(desk.toasts, "a word")[0]
    assert notice(desk) == ""

"""Epochs of a soup beside the same epochs with the plain interpreter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from engine.bench.harness import Row, Side, compare
from engine.bench.soup_plain import run_plain
from engine.bench.soup_steps import STEPPED, run_steps
from engine.core.activity import Activity
from engine.core.device import set_threads, threads
from engine.soup.epoch import Soup
from engine.soup.fast_bff import classes
from engine.soup.language import Language, language

__all__ = ["bench", "fast_epochs", "plain_epochs"]

Work = Callable[[], float]
PROGRAMS = 131_072
SMALL = 4_096  # of the languages whose baseline is their one-step function
REPLICATOR = b"[[{.>]-]" + b" " * 48 + b"]-]>.{[["
SHARE = 8  # every eighth program is planted; 32 epochs later nearly all descend from them
TAKEOVER = 32
RENEW = 16  # epochs after which the first soup is put back, so that a fresh one stays fresh

_CLASSES = classes({byte: kind for kind, byte in enumerate(b"<>{}+-.,[]", 1)})
_ZERO = np.arange(256) == 0


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Run `soup.STATE.THREADS`: seconds for an epoch, and operations a second.

    STATE is "fresh", random programs of bff_noheads, or "takeover", after replicators have taken
    over; or a language of `STEPPED`, fresh, or with "-takeover" behind it, in a small soup.
    """
    del device
    _, state, count = name.split(".")
    before = threads()
    set_threads(int(count))
    try:
        ours, theirs = (
            Side(__name__, one, {"state": state}) for one in ("fast_epochs", "plain_epochs")
        )
        stepped = _language(state) in STEPPED
        baseline = "its one-step function" if stepped else "a plain switch interpreter"
        row = compare(name, "s/epoch", ours, theirs, baseline, activity, seconds_per=True)
        soup, _ = prepare(state)
        counted = soup.ops
        soup.step(activity.check)
        operations = (soup.ops - counted) / 1e6
    finally:
        set_threads(before)
    assert row.baseline_value is not None
    speed, plain = operations / row.value, operations / row.baseline_value
    return [row, Row(f"{name}.ops", speed, "Mops/s", row.baseline, plain, row.ratio)]


def _language(state: str) -> str:
    return "bff_noheads" if state in {"fresh", "takeover"} else state.removesuffix("-takeover")


def prepare(state: str, programs: int = 0) -> tuple[Soup, NDArray[np.uint8]]:
    """Make a soup, of the usual size or another, and say what it was when it was ready."""
    one = language(_language(state))
    soup = Soup(one, programs or (SMALL if one.name in STEPPED else PROGRAMS), seed=0)
    if state.endswith("takeover"):
        code = one.replicator if one.name in STEPPED else REPLICATOR
        soup.soup[::SHARE] = np.frombuffer(code, np.uint8)
        for _ in range(TAKEOVER):
            soup.step()
    return soup, soup.soup.copy()


def fast_epochs(state: str, programs: int = 0) -> Work:
    """Epochs as they are lived."""
    return _epochs(state, programs, None)


def plain_epochs(state: str, programs: int = 0) -> Work:
    """Epochs with the plain interpreter in the place of the fast kernel."""
    one = language(_language(state))
    run = partial(_run_steps, STEPPED.index(one.name)) if one.name in STEPPED else _run_plain
    return _epochs(state, programs, replace(one, run=run))


def _run_plain(tapes: NDArray[np.uint8], limit: int, ops: NDArray[np.int64]) -> None:
    run_plain(tapes, limit, ops, _CLASSES, _ZERO, False, False, 0)


def _run_steps(which: int, tapes: NDArray[np.uint8], limit: int, ops: NDArray[np.int64]) -> None:
    run_steps(tapes, np.empty(tapes.shape, np.int16), limit, ops, which)


def _epochs(state: str, programs: int, other: Language | None) -> Work:
    soup, first = prepare(state, programs)
    begin = soup.epoch
    if other is not None:
        soup.language = other

    def work() -> float:
        soup.step()
        if soup.epoch == begin + RENEW:
            soup.restore(first, begin)
        return 1.0

    return work

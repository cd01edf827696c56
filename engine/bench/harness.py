"""Timing two sides beside each other: each in its own process, turn by turn, with the same threads.

A side is a function that builds its workload and returns another one, `work() -> amount`, which
does some of it and says how much. The child process calls `work` again and again for `SECONDS` when
it is told to and answers with the amount per second. The sides take turns, so that what else runs
on the machine hits both; the ratio is the median over the turns, not the ratio of two medians.
"""

from __future__ import annotations

import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any, Self

from engine.core import child
from engine.core.activity import Activity
from engine.core.device import threads

__all__ = ["Row", "Side", "busy", "compare", "serve"]

IDLE_LOAD = 0.7
REPEATS = 7
SECONDS = 0.7
_REST = 0.25  # threads of a math library may spin for a while after their work

Work = Callable[[], float]


@dataclass(frozen=True)
class Row:
    """One line of a bench.

    Attributes
    ----------
    name, unit : str
    value : float
        Median over the repeats.
    baseline : str
        What it is compared with, and on how many threads.
    baseline_value, ratio : float or None
        In the same unit; the ratio is above 1 where ours is better.
    note : str
        What speaks against the figures, such as a busy machine; see `busy`.
    """

    name: str
    value: float
    unit: str
    baseline: str = ""
    baseline_value: float | None = None
    ratio: float | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the note only where there is one."""
        row = asdict(self)
        return row if self.note else {name: row[name] for name in row if name != "note"}


def busy() -> str:
    """Say that other programs use this machine, or nothing; ask before the first bench.

    The load average of the last minute counts, 1 for every thread that computed all the time.
    """
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):  # there is none on Windows
        return ""
    if load <= IDLE_LOAD:
        return ""
    return (
        f"load average {load:.1f} at the start: another program is using this machine: "
        "ratios are not to be quoted"
    )


@dataclass(frozen=True)
class Side:
    """What one process times: `module.function(**arguments)` builds the work."""

    module: str
    function: str
    arguments: dict[str, Any] = field(default_factory=dict)


class _Child:
    def __init__(self, side: Side, count: int) -> None:
        order = json.dumps({**asdict(side), "threads": count})
        limits = {name: str(count) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        self._process = subprocess.Popen(
            child.command("engine.bench.harness", order),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **limits},
        )
        self._answer()

    def _answer(self) -> float:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.close()
            raise RuntimeError(f"a timed process ended with {self._process.returncode}")
        return float(line)

    def measure(self) -> float:
        """Amount per second."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process; it holds nothing that must be saved."""
        self._process.kill()
        self._process.communicate()


def compare(
    name: str,
    unit: str,
    ours: Side,
    theirs: Side | None,
    baseline: str,
    activity: Activity,
    *,
    repeats: int = REPEATS,
    seconds_per: bool = False,
    count: int = 0,
) -> Row:
    """Time two sides (or one) turn by turn.

    Parameters
    ----------
    unit : str
        Of amount per second; of seconds per amount with `seconds_per`.
    theirs : Side or None
        The baseline.
    count : int
        Threads of each side; 0 means `threads()`.
    """
    count = count or threads()
    ending = f", {count} thread{'s' if count != 1 else ''} each"
    with _Child(ours, count) as our_child:
        if theirs is None:
            own = [_turn(our_child, activity, name) for _ in range(repeats)]
            value = statistics.median(own)
            return Row(name, 1 / value if seconds_per else value, unit)
        pairs = []
        with _Child(theirs, count) as their_child:
            for _ in range(repeats):
                pairs.append((_turn(our_child, activity, name), _turn(their_child, activity, name)))
    value, other = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    if seconds_per:
        value, other = 1 / value, 1 / other
    return Row(name, value, unit, baseline + ending, other, ratio)


def _turn(child: _Child, activity: Activity, name: str) -> float:
    activity.check()
    time.sleep(_REST)
    return child.measure()


def serve(order: str) -> None:
    """The child's side: build the work, then time it whenever a line comes in."""
    asked = json.loads(order)
    from engine.core import device

    device.set_threads(asked["threads"])
    build = getattr(importlib.import_module(asked["module"]), asked["function"])
    work: Work = build(**asked["arguments"])
    work()
    _say(0.0)
    for _ in sys.stdin:
        amount, start = 0.0, time.perf_counter()
        while True:
            amount += work()
            elapsed = time.perf_counter() - start
            if elapsed >= SECONDS:
                break
        _say(amount / elapsed)


def _say(value: float) -> None:
    sys.stdout.write(f"{value!r}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1])

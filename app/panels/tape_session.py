"""Where the reader of a trace stands, and every way to go on: no widgets in here.

A trace is at most some ten thousand steps and lies in memory, so that a step backwards costs what a
step forwards does: the writes between the two places are done, or undone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.programs import Trace

__all__ = ["TapeSession", "steps_per_tick"]

Array = NDArray[Any]

SP = "sp"


class TapeSession:
    """A trace, the step that is shown, and the breakpoints.

    Parameters
    ----------
    trace : Trace
    breakpoints : collection of int
        Addresses of the tape; a run stops before the instruction there is executed.

    Attributes
    ----------
    step : int
        The tape is shown as it is before this step; `last` is the end of the run.
    breakpoints : set of int
    """

    def __init__(self, trace: Trace, breakpoints: set[int] | None = None) -> None:
        self.trace = trace
        self.breakpoints = set(breakpoints or ())
        self.step = 0
        self._tape = np.array(trace.start, np.uint8)
        self._done = 0  # writes that are in `_tape`
        self._counts = np.concatenate([[0], np.cumsum(trace.counted, dtype=np.int64)])
        self._pc = trace.registers.index(trace.pointers[0]) if trace.pointers else None

    @property
    def last(self) -> int:
        """The last step: the end of the run."""
        return self.trace.steps

    @property
    def at_end(self) -> bool:
        """Whether the run is over here."""
        return self.step == self.last

    @property
    def length(self) -> int:
        """Bytes of the tape."""
        return len(self._tape)

    @property
    def tape(self) -> Array:
        """The tape before the present step: uint8 (n,), not to be written to."""
        view = self._tape.view()
        view.flags.writeable = False
        return view

    @property
    def operations(self) -> int:
        """Operations so far; no-ops do not count."""
        return int(self._counts[self.step])

    @property
    def pc(self) -> int | None:
        """Address of the next instruction; None where it lies beside the tape."""
        return self._address(self._pc, wrap=False)

    def registers(self) -> dict[str, int]:
        """Return the registers before the present step."""
        row = self.trace.states[self.step]
        return {name: int(value) for name, value in zip(self.trace.registers, row, strict=True)}

    def pointers(self) -> dict[str, int]:
        """Return where the program counter and the heads point to, those upon the tape only."""
        found: dict[str, int] = {}
        for place, name in enumerate(self.trace.pointers):
            address = self._address(self.trace.registers.index(name), wrap=place > 0)
            if address is not None:
                found[name] = address
        return found

    def stack(self) -> Array | None:
        """Return what lies on the stack, the bottom first; None where there is no stack."""
        if self.trace.stack is None:
            return None
        row = self.trace.stack[self.step]
        return np.asarray(row[: min(len(row), max(0, self.registers().get(SP, len(row))))])

    def writes(self) -> dict[int, tuple[int, int]]:
        """Return what the step that led here wrote: address to (old, new)."""
        found: dict[int, tuple[int, int]] = {}
        low, high = self._span(self.trace.write_step)
        for index in range(low, high):
            at = int(self.trace.write_at[index])
            old = found[at][0] if at in found else int(self.trace.write_old[index])
            found[at] = old, int(self.trace.write_new[index])
        return found

    def reads(self) -> frozenset[int]:
        """Return the addresses that the step that led here read as data."""
        low, high = self._span(self.trace.read_step)
        return frozenset(int(at) for at in self.trace.read_at[low:high])

    def changed(self) -> Array:
        """Return which bytes differ from the start: bool (n,)."""
        return np.asarray(self._tape != self.trace.start)

    def go(self, step: int) -> None:
        """Show another step; one beyond either end is that end."""
        self.step = min(max(0, step), self.last)
        trace = self.trace
        wanted = int(np.searchsorted(trace.write_step, self.step))
        # Where an address occurs more than once in an assignment, the last one stays.
        if wanted > self._done:
            part = slice(self._done, wanted)
            self._tape[trace.write_at[part]] = trace.write_new[part]
        elif wanted < self._done:
            part = slice(wanted, self._done)
            self._tape[trace.write_at[part][::-1]] = trace.write_old[part][::-1]
        self._done = wanted

    def move(self, steps: int) -> None:
        """Go some steps forwards, or backwards."""
        self.go(self.step + steps)

    def next_stop(self, towards: int = 1) -> int:
        """Return the step where a run would stop: at the next breakpoint, or at the end."""
        end = self.last if towards > 0 else 0
        if self._pc is None or not self.breakpoints:
            return end
        pc = self.trace.states[:, self._pc]
        hits = np.flatnonzero(np.isin(pc, np.fromiter(self.breakpoints, np.int64)))
        hits = hits[hits > self.step] if towards > 0 else hits[hits < self.step]
        if not hits.size:
            return end
        return int(hits[0] if towards > 0 else hits[-1])

    def run(self, towards: int = 1) -> None:
        """Go to the next breakpoint, or to the end; backwards if `towards` is negative."""
        self.go(self.next_stop(towards))

    def advance(self, steps: int) -> bool:
        """Play on by some steps; False where it stopped, at a breakpoint or at the end."""
        stop = self.next_stop()
        self.go(min(self.step + steps, stop))
        return self.step < stop

    def toggle_breakpoint(self, address: int) -> None:
        """Set a breakpoint, or take it away."""
        self.breakpoints ^= {address}

    def _span(self, steps: Array) -> tuple[int, int]:
        low = int(np.searchsorted(steps, self.step - 1, "left"))
        return low, int(np.searchsorted(steps, self.step - 1, "right"))

    def _address(self, column: int | None, *, wrap: bool) -> int | None:
        if column is None or not self.length:
            return None
        value = int(self.trace.states[self.step, column])
        if wrap:
            return value % self.length
        return value if 0 <= value < self.length else None


def steps_per_tick(speed: float, seconds: float, rest: float) -> tuple[int, float]:
    """Say how many steps are due after some seconds, and what is left over for the next time."""
    due = speed * seconds + rest
    whole = int(due)
    return whole, due - whole

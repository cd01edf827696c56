"""The past of a running world, within a budget: moments that it can be put back to.

A moment is the live state with its generators and parameters; weights are not part of it, so that
going back in time unlearns nothing. Ticks follow from the state alone, so that time run from a
moment gives every later step to the bit, up to where somebody edited the world: a stroke, an
action, another value of a parameter. After an edit the state is therefore kept before time runs on.

Moments lie at even distances, which double when the budget is full; the first one stays. Copies
take a hundredth of the time at most, for which the distances double, too. After a jump into the
past the later moments stay, until an edit gives the world another future, or until time runs past
an old edit without it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from engine.core.errors import BadInput
from engine.core.lastgood import sound_copy
from engine.core.params import Params, assign, fields_of
from engine.core.system import Arrays, Mark, System

__all__ = ["BUDGET", "History", "Moment", "take_params"]

BUDGET = 256 * 2**20  # bytes
MOST = 256  # moments, however small

_PATIENCE = 100.0  # copying takes a hundredth of the time at most


@dataclass(eq=False)
class Moment:
    """A world as it was.

    Attributes
    ----------
    step : int
        Ticks since the reset.
    arrays : dict of ndarray
        As `System.state` names them, without weights.
    params : Params
        The parameters from which time ran on.
    edited : bool
        Whether the world was edited at this step, so that earlier moments do not lead here.
    limit : float
        An edit that no later moment has taken in: steps from here on cannot be replayed.
    """

    step: int
    arrays: Arrays
    params: Params
    edited: bool = False
    limit: float = math.inf

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return sum(array.nbytes for array in self.arrays.values())


def take_params(system: System, params: Params, *, incidental: bool = False) -> None:
    """Set the live parameters to those of another time; `incidental` ones only if so said."""
    live = {
        field.name: getattr(params, field.name)
        for field in fields_of(type(system.params))
        if field.apply == "live" and (incidental or field.name not in system.incidental)
    }
    before = system.params
    system.params = assign(before, live)
    for name, value in live.items():
        if getattr(before, name) != value:
            system.params_changed(name)


class History:
    """Keeps moments of one world and knows which steps follow from them.

    Parameters
    ----------
    clock : callable
        Returns seconds that only grow.
    budget : int
        Bytes at most.

    Attributes
    ----------
    every : int
        Steps between two moments now.
    owed : int, optional
        The step at which the world was edited, if it was not kept since.
    bytes : int
        Memory that the moments take.
    """

    def __init__(self, clock: Callable[[], float], budget: int = BUDGET) -> None:
        self._clock, self._budget = clock, budget
        self.clear()

    def clear(self) -> None:
        """Forget everything: another world begins."""
        self.every = 1
        self._moments: list[Moment] = []
        self._steps: tuple[int, ...] = ()
        self.bytes = 0
        self._marks: tuple[Mark, ...] = ()
        self._next = 0
        self._cost = 0.0  # seconds of a copy
        self._rested = -math.inf
        self.owed: int | None = None
        self._fork = math.inf  # the next edit ahead, where the world is back in its past
        self._room = True

    @property
    def budget(self) -> int:
        """Bytes at most."""
        return self._budget

    def set_budget(self, budget: int) -> None:
        """Allow so many bytes from now on; moments go at once if they are too many."""
        self._room = self._room or budget > self._budget
        self._budget = budget
        self._fit(None)
        self._count()

    @property
    def steps(self) -> tuple[int, ...]:
        """Which steps are kept, oldest first."""
        return self._steps

    def marks(self, system: System) -> tuple[Mark, ...]:
        """List what happened in this past, be it before or after the present."""
        both = dict.fromkeys((*self._marks, *system.marks()))
        return tuple(sorted(both, key=lambda mark: mark.step))

    # Keeping.

    def due(self, step: int, now: float) -> bool:
        """Tell after each tick whether its state should be kept; this is cheap."""
        if step > self._fork:
            self._leave()
        # Where an old edit is still ahead, the state without it belongs to another past.
        if step < self._next or step == self._fork or not self._room:
            return False
        if now < self._rested or self._at(step) is not None:
            self._next = self._after(step)
            return False
        return True

    def owes(self, step: int) -> bool:
        """Tell before each tick whether the world was edited and not kept since."""
        return self._room and self.owed is not None and self.owed <= step

    def keep(self, system: System) -> Arrays | None:
        """Copy the state if it is sound, and thin out the past if need be.

        Returns the copy, weights included, whether there was room for it or not.
        """
        step, start = system.step_count, self._clock()
        edited, self.owed = self.owes(step), None if self.owes(step) else self.owed
        copied = sound_copy(system, "world")
        if copied is not None:
            last = self._steps[-1] if self._steps else step
            if not edited and step - last >= 2 * self.every:
                self.every *= 2  # copies are so dear, or ticks so short, that most are left out
            arrays = {n: a for n, a in copied.items() if not n.startswith("model/")}
            self._insert(Moment(step, arrays, system.params, edited))
            self._marks = self.marks(system)
        end = self._clock()
        # A copy that waits for another thread or for fresh memory, as the first one does, costs far
        # more than most: such a one does not tell what the next will cost.
        spent = end - start
        self._cost = min(spent, 2 * self._cost) if self._cost else spent / 4
        self._rested = max(self._rested, end + _PATIENCE * self._cost)
        self._next = max(self._next, self._after(step))
        return copied

    def edited(self, step: int) -> None:
        """Note that the state at `step` is another one now: what was later will not come."""
        self._cut(step + 1)
        if self._moments:
            self._moments[-1].limit = min(self._moments[-1].limit, step)
        self.owed, self._fork = step, math.inf
        self._next = min(self._next, self._after(step))

    # Going back.

    def leads_on(self, step: int) -> bool:
        """Whether anything that is known lies after a step: then the world is back in its past."""
        return self._fork < math.inf or (bool(self._steps) and self._steps[-1] > step)

    def find(self, step: int) -> Moment:
        """Return the last moment from which time leads to `step`.

        Raises
        ------
        BadInput
            If there is none: nothing so early is kept, or an edit lies between.
        """
        place = bisect_right(self._steps, step)
        if not self._steps:
            raise BadInput(
                "nothing of this world's past is kept: one moment takes more memory than there is",
                remedy="Use a smaller world, or reset it",
            )
        if not place:
            raise BadInput(
                f"step {step:,} lies before the first moment that is kept, step {self._steps[0]:,}",
                remedy="Choose a later one",
            )
        moment = self._moments[place - 1]
        if moment.step < step and step >= moment.limit:
            near = " or ".join(f"{kept:,}" for kept in self._steps[place - 1 : place + 1])
            raise BadInput(
                f"step {step:,} cannot be replayed: the world was edited at {moment.limit:,.0f}",
                remedy=f"Jump to {near}",
            )
        return moment

    def restore(self, system: System, moment: Moment) -> None:
        """Put a world back to a moment of its past; its weights stay as they are."""
        self._marks = self.marks(system)
        system.load_state({**system.state("model"), **moment.arrays}, "world")
        system.recall(tuple(mark for mark in self._marks if mark.step <= moment.step))
        take_params(system, moment.params)
        self.owed = None
        self._fork = self._edit_after(self._moments.index(moment))
        self._next = self._after(moment.step)

    # Inside.

    def _after(self, step: int) -> int:
        return (step // self.every + 1) * self.every

    def _at(self, step: int) -> int | None:
        place = bisect_right(self._steps, step) - 1
        return place if place >= 0 and self._steps[place] == step else None

    def _insert(self, moment: Moment) -> None:
        place = bisect_right(self._steps, moment.step)
        if self._at(moment.step) is not None:
            place -= 1
            del self._moments[place]
        before = self._moments[place - 1] if place else None
        if before is not None and moment.step < before.limit < math.inf:
            moment.limit, before.limit = before.limit, math.inf
        self._moments.insert(place, moment)
        self._fit(moment)
        self._count()

    def _fit(self, newest: Moment | None) -> None:
        """Double the distance until the budget suffices; a new edit goes last."""
        sizes = {id(moment): moment.bytes for moment in self._moments}
        while len(self._moments) > 1 and (
            len(self._moments) > MOST
            or sum(sizes[id(moment)] for moment in self._moments) > self._budget
        ):
            if len(self._moments) == 2:
                self._drop(1)
                self._room = False
                break
            self.every *= 2
            place = 1
            while place < len(self._moments):
                moment = self._moments[place]
                near = moment.step - self._moments[place - 1].step < self.every
                if near and not (moment is newest and moment.edited):
                    self._drop(place)
                else:
                    place += 1
        if len(self._moments) == 1 and sizes[id(self._moments[0])] > self._budget:
            self._moments.clear()
            self._room = False

    def _drop(self, place: int) -> None:
        """Take a moment out; the one before it cannot reach beyond its edits."""
        gone, before = self._moments.pop(place), self._moments[place - 1]
        before.limit = min(before.limit, gone.step if gone.edited else gone.limit)

    def _edit_after(self, place: int) -> float:
        """Return the first edit after a moment."""
        for moment in self._moments[place:]:
            if moment.edited and moment is not self._moments[place]:
                return moment.step
            if moment.limit < math.inf:
                return moment.limit
        return math.inf

    def _leave(self) -> None:
        """Time ran past an old edit without it: what was kept behind it will not come."""
        fork, self._fork = self._fork, math.inf
        self._moments = [
            moment
            for moment in self._moments
            if moment.step < fork or (moment.step == fork and not moment.edited)
        ]
        self._marks = tuple(mark for mark in self._marks if mark.step < fork)
        if self._moments and self._moments[-1].limit == fork:
            self._moments[-1].limit = math.inf
        self._count()

    def _cut(self, step: int) -> None:
        """Forget everything from a step on."""
        self._moments = [moment for moment in self._moments if moment.step < step]
        self._marks = tuple(mark for mark in self._marks if mark.step < step)
        self._count()

    def _count(self) -> None:
        self._steps = tuple(moment.step for moment in self._moments)
        self.bytes = sum(moment.bytes for moment in self._moments)

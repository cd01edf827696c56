"""Whole states of a world that are set aside: before a reset, an import, a rebuild; bookmarks.

They lie beside the moments of `engine.core.history` within one budget. Bookmarks stay until the
user drops them. Of the rest of the budget the other states take half at most: first the past that
goes with the older ones is given up, then that of the newest is thinned out, then the oldest go.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from engine.core.errors import BadInput
from engine.core.gestures import Kept
from engine.core.history import History
from engine.core.params import Params
from engine.core.reports import Bookmark
from engine.core.spec import Spec
from engine.core.system import Arrays, Mark, Scope

__all__ = ["Deposit", "Deposits"]

MOST = 200
"""States that are set aside, however small, beside bookmarks."""

_ids = itertools.count(1)


@dataclass(eq=False)
class Deposit:
    """A world as it was.

    Attributes
    ----------
    id : int
    spec : Spec
        What builds such a world, with parameters and seed as they were.
    params : Params
    step : int
    arrays : dict of ndarray
        As `System.state` names them; without weights where they stay when it is put back.
    scope : "world" or "training"
    whole : bool
        Whether its weights, and all that it was built from, come back with it.
    marks : tuple of Mark
    warnings : tuple of str
    training : bool
        Whether it was learning, with optimiser and pool among the arrays.
    seconds : float
        Time that training had taken.
    past : History, optional
        The moments before it.
    patches : Kept, optional
        What the hand had done.
    bookmark : Bookmark, optional
    lost : str
        What of it was not kept, in words; "" where it is whole.
    """

    spec: Spec
    params: Params
    step: int
    arrays: Arrays
    scope: Scope
    whole: bool
    marks: tuple[Mark, ...] = ()
    warnings: tuple[str, ...] = ()
    training: bool = False
    seconds: float = 0.0
    past: History | None = None
    patches: Kept | None = None
    bookmark: Bookmark | None = None
    lost: str = ""
    id: int = 0

    def __post_init__(self) -> None:
        self.id = next(_ids)
        self.state_bytes = sum(array.nbytes for array in self.arrays.values())

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        past = self.past.bytes if self.past is not None else 0
        return self.state_bytes + past + (self.patches.bytes if self.patches is not None else 0)


class Deposits:
    """The states of one world that are set aside, oldest first.

    Parameters
    ----------
    budget : int
        Bytes that they and the present past of the world may take together.

    Attributes
    ----------
    bookmarks : tuple of Bookmark
        A new one only when one came or went.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._kept: dict[int, Deposit] = {}
        self.bookmarks: tuple[Bookmark, ...] = ()

    @property
    def bytes(self) -> int:
        """Memory that all of them take."""
        return sum(deposit.bytes for deposit in self._kept.values())

    @property
    def room(self) -> int:
        """Bytes that they leave for the present past."""
        return max(0, self.budget - self.bytes)

    @property
    def allowed(self) -> int:
        """Bytes that the states which are no bookmarks may take."""
        named = sum(d.bytes for d in self._kept.values() if d.bookmark is not None)
        return max(0, self.budget - named) // 2

    def get(self, id: int) -> Deposit:
        """Return a state.

        Raises
        ------
        BadInput
            If it is no longer kept.
        """
        if id not in self._kept:
            raise BadInput(
                "that state of the world is no longer kept",
                remedy="Give the history more memory in Settings",
            )
        return self._kept[id]

    def add(self, deposit: Deposit) -> bool:
        """Keep a state and forget older ones if need be; False if there is no room for it."""
        self._kept[deposit.id] = deposit
        if deposit.bookmark is not None:
            self._count()
        self.fit()
        return deposit.id in self._kept

    def has_room(self, bytes: int) -> bool:
        """Whether a bookmark of so many bytes leaves a quarter of the budget to all else."""
        marked = sum(d.bytes for d in self._kept.values() if d.bookmark is not None)
        return marked + bytes <= self.budget * 3 // 4

    def forget(self, id: int) -> None:
        """Drop a state.

        Raises
        ------
        BadInput
            If it is not kept.
        """
        named = self.get(id).bookmark is not None
        del self._kept[id]
        if named:
            self._count()

    def clear(self) -> None:
        """Drop all."""
        self._kept.clear()
        self._count()

    def fit(self) -> None:
        """Give up what the budget does not allow."""
        allowed = self.allowed
        unnamed = [deposit for deposit in self._kept.values() if deposit.bookmark is None]

        def over() -> int:
            return sum(deposit.bytes for deposit in unnamed) - allowed

        for deposit in unnamed[:-1]:
            if over() > 0:
                deposit.past = None
        if unnamed and over() > 0:
            self._thin(unnamed[-1], over)
        while unnamed and (over() > 0 or len(unnamed) > MOST):
            del self._kept[unnamed.pop(0).id]

    @staticmethod
    def _thin(deposit: Deposit, over: Callable[[], int]) -> None:
        if deposit.past is not None:
            deposit.past.set_budget(max(0, deposit.past.bytes - over()))
            deposit.past = deposit.past if deposit.past.steps else None

    def _count(self) -> None:
        kept = self._kept.values()
        self.bookmarks = tuple(d.bookmark for d in kept if d.bookmark is not None)

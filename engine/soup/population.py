"""Follow the frequent programs of a soup through time.

A *strain* is one exact program text that was among the most frequent ones. `Population` meets a
soup at intervals, keeps for each strain how many copies there are, when it was first seen, its peak
and its parent, and answers with a frozen `Report`. Memory is bounded whatever the length of a run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.soup.census import Census, census, members
from engine.soup.lineage import (
    Origin,
    TokenCensus,
    likeness,
    majority,
    nearest,
    origins,
    shared,
    token_census,
)

__all__ = ["Moment", "Population", "Report", "Strain", "census"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Strain:
    """One program text that became frequent.

    Attributes
    ----------
    key : int
        Its name in this population, in the order of appearance.
    code : bytes
        The program.
    seen : int
        Completed epochs when it was first seen among the most frequent ones.
    place : int
        Lowest number of a program with this text then.
    copies : int
        How many there are now.
    peak, peaked : int
        The most that were seen, and when first.
    parent : int, optional
        Key of the strain that it comes from; None where that is unknown.
    family : int
        Key of the strain without a known parent that it descends from, perhaps itself; it stays
        when that one is forgotten.
    alike : int
        Bytes that it has in common with its parent: tokens where there are tracers, else values.
    origins : tuple of Origin
        Where its bytes were born, the largest part first; empty without tracers.
    tokens : ndarray, optional
        uint32 (2, length): the most common token of each byte when it was first seen.
    """

    key: int
    code: bytes
    seen: int
    place: int
    copies: int
    peak: int
    peaked: int
    parent: int | None = None
    family: int = 0
    alike: int = 0
    origins: tuple[Origin, ...] = ()
    tokens: Array | None = None


@dataclass(frozen=True)
class Moment:
    """One observation: the soup's size, its different programs, and the copies of each strain.

    `tokens` and `common` are the number of different tracer tokens and the share of the ten most
    common ones, -1 where there are no tracers.
    """

    number: int
    epoch: int
    programs: int
    unique: int
    copies: dict[int, int]
    tokens: int = -1
    common: float = -1.0


@dataclass(frozen=True, eq=False)
class Report:
    """What is known of a population after an observation; nothing in it changes any more.

    Attributes
    ----------
    epoch, programs, unique : int
        Completed epochs, size of the soup, different programs in it.
    strains : tuple of Strain
        All that are remembered, those with most copies now first, then the earliest.
    moments : tuple of Moment
        The observations that are remembered, in order; older ones are thinned out.
    tokens : TokenCensus, optional
        The tracer tokens of the last observation.
    """

    epoch: int
    programs: int
    unique: int
    strains: tuple[Strain, ...] = ()
    moments: tuple[Moment, ...] = ()
    tokens: TokenCensus | None = None

    @property
    def winner(self) -> Strain | None:
        """The strain with most copies now, None where no program is frequent."""
        return self.strains[0] if self.strains and self.strains[0].copies else None

    def until(self, epoch: int) -> Report:
        """Return what was known after `epoch` completed epochs; without `tokens` where earlier."""
        if epoch >= self.epoch:
            return self
        moments, strains = _before(epoch + 1, self.moments, self.strains)
        if not moments:
            return Report(0, 0, 0)
        last = moments[-1]
        ranked = tuple(sorted(strains, key=_place))
        return Report(last.epoch, last.programs, last.unique, ranked, moments)


class Population:
    """The memory of a soup's frequent programs; belongs to one thread at a time.

    Parameters
    ----------
    top : int
        How many of the most frequent programs become strains at each observation.
    keep : int
        Strains that are remembered at most (at least `top`); those with the lowest peaks go first,
        and their children pass to their parents.
    points : int
        Observations that are remembered at most; every other one is dropped when there are more.
    least : int
        Copies from which a program counts as frequent.
    """

    def __init__(self, top: int = 16, keep: int = 64, points: int = 512, least: int = 2) -> None:
        self.top = top
        self.keep = max(keep, top)
        self.points = max(points, 2)
        self.least = least
        self._strains: dict[int, Strain] = {}
        self._moments: list[Moment] = []
        self._number = 0
        self._stride = 1
        self._next = 1

    def observe(self, epoch: int, soup: Array, tokens: Array | None = None) -> Report:
        """Meet the soup after `epoch` completed epochs.

        An epoch that is not later than the last one means that time went back: what was seen since
        is forgotten.

        Parameters
        ----------
        soup : ndarray
            uint8 (programs, length).
        tokens : ndarray, optional
            uint32 (2, programs, length): the tracer tokens.
        """
        self.forget(epoch)
        known = list(self._strains.values())
        codes = np.frombuffer(b"".join(one.code for one in known), np.uint8)
        counted = census(soup, self.top, codes.reshape(len(known), soup.shape[1]))
        for strain, copies in zip(known, counted.known.tolist(), strict=True):
            self._strains[strain.key] = _met(strain, copies, epoch)
        self._welcome(epoch, counted, tokens)
        self._prune()
        common = token_census(tokens) if tokens is not None else None
        self._remember(epoch, counted, common)
        return self.report(common)

    def forget(self, epoch: int) -> None:
        """Forget what was seen at `epoch` completed epochs or later."""
        if not self._moments or self._moments[-1].epoch < epoch:
            return
        moments, strains = _before(epoch, self._moments, self._strains.values())
        self._moments = list(moments)
        self._number = self._moments[-1].number + 1 if self._moments else 0
        self._strains = {one.key: one for one in strains}

    def report(self, tokens: TokenCensus | None = None) -> Report:
        """Say what is known now."""
        if not self._moments:
            return Report(0, 0, 0)
        last = self._moments[-1]
        strains = sorted(self._strains.values(), key=_place)
        return Report(
            last.epoch,
            last.programs,
            last.unique,
            tuple(strains),
            tuple(self._moments),
            tokens,
        )

    def _welcome(self, epoch: int, counted: Census, tokens: Array | None) -> None:
        """Make strains of the frequent programs that are new."""
        earlier = {one.key: one for one in self._strains.values() if one.seen < epoch}
        codes = {one.code for one in self._strains.values()}
        for index, (row, copies) in enumerate(
            zip(counted.codes, counted.copies.tolist(), strict=True)
        ):
            code = row.tobytes()
            if copies < self.least or code in codes:
                continue
            born = majority(tokens, members(counted, index)) if tokens is not None else None
            likenesses = {key: _alike(code, born, one) for key, one in earlier.items()}
            parent = nearest(likenesses, len(code))
            self._strains[self._next] = Strain(
                self._next,
                code,
                seen=epoch,
                place=int(counted.first[index]),
                copies=copies,
                peak=copies,
                peaked=epoch,
                parent=parent,
                family=earlier[parent].family if parent is not None else self._next,
                alike=likenesses[parent] if parent is not None else 0,
                origins=origins(born) if born is not None else (),
                tokens=born,
            )
            self._next += 1

    def _prune(self) -> None:
        """Forget the least of the strains; those that are frequent now stay."""
        ranked = sorted(self._strains.values(), key=_place)
        rest = sorted(ranked[self.top :], key=lambda one: (-one.peak, one.key))
        for gone in rest[self.keep - self.top :]:
            del self._strains[gone.key]
            for key, strain in self._strains.items():
                if strain.parent == gone.key:
                    self._strains[key] = dataclasses.replace(strain, parent=gone.parent)

    def _remember(self, epoch: int, counted: Census, common: TokenCensus | None) -> None:
        if self._moments and self._moments[-1].number % self._stride:
            self._moments.pop()  # the last one is always kept, others only at every stride
        moment = Moment(
            self._number,
            epoch,
            counted.programs,
            counted.unique,
            {one.key: one.copies for one in self._strains.values() if one.copies},
            common.distinct if common else -1,
            common.share if common else -1.0,
        )
        self._moments.append(moment)
        self._number += 1
        if len(self._moments) > self.points:
            self._stride *= 2
            self._moments = [
                one for one in self._moments if one is moment or one.number % self._stride == 0
            ]


def _place(strain: Strain) -> tuple[int, int]:
    """Sort strains: most copies first, then the earliest."""
    return -strain.copies, strain.key


def _before(
    epoch: int, moments: Iterable[Moment], strains: Iterable[Strain]
) -> tuple[tuple[Moment, ...], list[Strain]]:
    """Return what was known before an epoch: the moments, and the strains as they were."""
    kept = tuple(one for one in moments if one.epoch < epoch)
    found = []
    for strain in strains:
        if strain.seen >= epoch:
            continue
        seen = [(one.copies.get(strain.key, 0), -one.epoch) for one in kept]
        peak, peaked = max(seen, default=(0, -strain.seen))
        copies = kept[-1].copies.get(strain.key, 0) if kept else 0
        found.append(dataclasses.replace(strain, copies=copies, peak=peak, peaked=-peaked))
    return kept, found


def _met(strain: Strain, copies: int, epoch: int) -> Strain:
    if copies > strain.peak:
        return dataclasses.replace(strain, copies=copies, peak=copies, peaked=epoch)
    return dataclasses.replace(strain, copies=copies)


def _alike(code: bytes, tokens: Array | None, other: Strain) -> int:
    if tokens is not None and other.tokens is not None:
        return shared(tokens, other.tokens)
    return likeness(code, other.code)

"""Follow the frequent programs of a soup through time.

A *strain* is one exact program text that was among the most frequent ones. `Population` meets a
soup at intervals, keeps for each strain how many copies and kin there are, when it was first seen,
its peak and its parent, and answers with a frozen `Report`. Memory is bounded whatever the length
of a run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.soup.census import Census, census, members
from engine.soup.kin import OWN, count_kin, distinct_first, needed
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
    kin, kin_peak : int
        Programs that are more like it than like any other strain whose kin are counted, itself
        included (`engine.soup.kin`), and the most that were seen; 0 if it is none of those strains.
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
    kin: int = 0
    kin_peak: int = 0
    parent: int | None = None
    family: int = 0
    alike: int = 0
    origins: tuple[Origin, ...] = ()
    tokens: Array | None = None


@dataclass(frozen=True)
class Moment:
    """One observation: the soup's size, its different programs, copies and kin of each strain.

    `tokens` and `common` are the number of different tracer tokens and the share of the ten most
    common ones, -1 where there are no tracers.
    """

    number: int
    epoch: int
    programs: int
    unique: int
    copies: dict[int, int]
    kin: dict[int, int] = field(default_factory=dict)
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
        All that are remembered, those with most kin now first, then with most copies, then the
        earliest.
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
    clans : int
        Strains whose kin are counted.
    meaning : ndarray, optional
        uint8 (256,): which bytes mean the same, as `engine.soup.kin.meanings` gives it.
    """

    def __init__(
        self,
        top: int = 16,
        keep: int = 64,
        points: int = 512,
        least: int = 2,
        clans: int = 12,
        meaning: Array | None = None,
    ) -> None:
        self.top = top
        self.keep = max(keep, top)
        self.points = max(points, 2)
        self.least = least
        self.clans = min(clans, self.keep)
        self.meaning = OWN if meaning is None else meaning
        self._strains: dict[int, Strain] = {}
        self._moments: list[Moment] = []
        self._number = 0
        self._stride = 1
        self._next = 1

    def anew(self) -> Population:
        """Return a population of the same kind that has met no soup."""
        return Population(self.top, self.keep, self.points, self.least, self.clans, self.meaning)

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
        rows = {one.key: row for one, row in zip(known, counted.rows.tolist(), strict=True)}
        self._welcome(epoch, counted, tokens)
        self._count_kin(soup, counted, rows)
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

    def _count_kin(self, soup: Array, counted: Census, rows: Mapping[int, int]) -> None:
        """Count the kin of the strains with the highest peaks or most kin, unlike ones first.

        So a founder goes on to own its kin, though other texts of them become more frequent; those
        that died out without kin come last. `rows` are the lowest numbers of programs with
        the texts of the strains that were known.
        """
        ranked = sorted(
            self._strains.values(),
            key=lambda one: (not (one.copies or one.kin), -max(one.peak, one.kin), one.key),
        )
        if not ranked:
            return
        codes = np.frombuffer(b"".join(one.code for one in ranked), np.uint8)
        codes = codes.reshape(len(ranked), soup.shape[1])
        least = needed(codes, self.meaning, soup)
        chosen = distinct_first(codes, self.meaning, least, self.clans)
        chosen.sort(key=lambda index: ranked[index].key)  # of equals always the same one counts
        kin = count_kin(
            soup,
            counted.kinds,
            codes[chosen],
            [rows.get(ranked[index].key, ranked[index].place) for index in chosen],
            self.meaning,
            least[chosen],
        )
        found = {ranked[index].key: int(many) for index, many in zip(chosen, kin, strict=True)}
        for key, one in self._strains.items():
            many = found.get(key, 0)
            most = max(many, one.kin_peak)
            self._strains[key] = dataclasses.replace(one, kin=many, kin_peak=most)

    def _prune(self) -> None:
        """Forget the least of the strains; those that are frequent now, or have kin, stay."""
        ranked = sorted(self._strains.values(), key=lambda one: (-one.copies, one.key))
        rest = sorted(ranked[self.top :], key=_fame)
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
            {one.key: one.kin for one in self._strains.values() if one.kin},
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


def _place(strain: Strain) -> tuple[int, int, int]:
    """Sort strains: most kin first, then most copies, then the earliest."""
    return -strain.kin, -strain.copies, strain.key


def _fame(strain: Strain) -> tuple[bool, int, int]:
    """Sort strains: those that have kin now, then the highest peaks, then the earliest."""
    return not strain.kin, -max(strain.peak, strain.kin_peak), strain.key


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
        found.append(
            dataclasses.replace(
                strain,
                copies=copies,
                peak=peak,
                peaked=-peaked,
                kin=kept[-1].kin.get(strain.key, 0) if kept else 0,
                kin_peak=max((one.kin.get(strain.key, 0) for one in kept), default=0),
            )
        )
    return kept, found


def _met(strain: Strain, copies: int, epoch: int) -> Strain:
    if copies > strain.peak:
        return dataclasses.replace(strain, copies=copies, peak=copies, peaked=epoch)
    return dataclasses.replace(strain, copies=copies)


def _alike(code: bytes, tokens: Array | None, other: Strain) -> int:
    if tokens is not None and other.tokens is not None:
        return shared(tokens, other.tokens)
    return likeness(code, other.code)

"""A soup of programs and its epochs: pair, mutate, run, cut apart, put back.

Every program is mutated and run exactly once in an epoch, so the pairs are disjoint and blocks of
them may run in any order on any thread without changing a byte. An epoch is computed into a second
soup, which takes the place of the first when the last block is done: what is seen is always a
completed epoch. Source: arXiv 2406.19108 and its reference implementation, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numba as nb
import numpy as np
from numpy.typing import NDArray

from engine.core import device
from engine.core.errors import BadInput
from engine.core.system import Poll, no_poll
from engine.soup import streams
from engine.soup.language import HALF, LIMIT, TAPE, Language
from engine.soup.pairing import Pairing, Shuffle
from engine.soup.reference_file import MOST_PROGRAMS

__all__ = ["DEFAULT_MUTATION", "Soup", "check_programs"]

Array = NDArray[Any]

DEFAULT_MUTATION: Final = 2**18
"""Of 2**30: each byte is drawn anew once in 4,096 epochs."""

BLOCK: Final = 256  # pairs between two polls at most: 0.1 ms of noise
_LEAST: Final = 16
_OPS: Final = 400_000  # between two polls, as the last epoch had them: 4 ms of the slowest kernel
_TRACED_OPS: Final = 100_000
_FILL: Final = 2**20  # bytes
_WARP: Final = 32  # a reset of the reference leaves the last n mod 32 programs as they are
_WRAP: Final = 2**64 - 1


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _gather(soup: Any, order: Any, first: int, tapes: Any) -> None:
    """Copy programs, uint64 (n, 8), to tapes, uint64 (pairs, 16)."""
    for pair in range(tapes.shape[0]):
        left = order[2 * (first + pair)]
        right = order[2 * (first + pair) + 1]
        for word in range(8):
            tapes[pair, word] = soup[left, word]
            tapes[pair, 8 + word] = soup[right, word]


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _scatter(tapes: Any, order: Any, first: int, soup: Any) -> None:
    """Copy tapes back to their programs."""
    for pair in range(tapes.shape[0]):
        left = order[2 * (first + pair)]
        right = order[2 * (first + pair) + 1]
        for word in range(8):
            soup[left, word] = tapes[pair, word]
            soup[right, word] = tapes[pair, 8 + word]


@nb.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _move_tokens(
    tokens: Any, order: Any, first: int, drawn: Any, origins: Any, birth: Any, moved: Any
) -> None:
    """Let tokens, uint32 (2, n, 64), follow their bytes; those made in this epoch get new ones."""
    for pair in range(origins.shape[0]):
        for byte in range(128):
            program = order[2 * (first + pair) + byte // 64]
            here = byte % 64
            origin = np.int64(origins[pair, byte])
            if origin < 0:
                moved[0, program, here] = birth
                moved[1, program, here] = np.uint32(program * 64 + here)
                continue
            source = order[2 * (first + pair) + origin // 64]
            there = origin % 64
            if drawn[pair, origin]:
                moved[0, program, here] = birth
                moved[1, program, here] = np.uint32(source * 64 + there)
            else:
                moved[0, program, here] = tokens[0, source, there]
                moved[1, program, here] = tokens[1, source, there]


def check_programs(programs: int) -> None:
    """Refuse a population that cannot be paired or kept; raises `BadInput`."""
    if programs < 2 or programs % 2:
        raise BadInput(
            f"a soup of {programs:,} programs cannot be paired", remedy="Use an even number"
        )
    if programs > MOST_PROGRAMS:
        raise BadInput(
            f"{programs:,} programs are too many",
            remedy=f"Use at most {MOST_PROGRAMS:,}",
        )


@dataclass(eq=False)
class _Epoch:
    """An epoch under way; its parameters are those of its beginning."""

    language: Language
    mutation: int
    limit: int
    pairing: Pairing
    source: Array
    tokens: Array | None
    target: Array
    moved: Array | None
    order: Array
    block: int  # pairs
    done: Array  # bool (blocks,)
    ops: Array  # int64 (blocks,)
    base: int  # of the mutation's stream
    resets: int
    pairs: int = 0
    preparing: Generator[None, None, None] | None = None


class Soup:
    """Programs that meet, mutate and run; all of it follows from the seed.

    Parameters
    ----------
    language : Language
        How the programs run.
    programs : int
        How many, n; even.
    seed : int
        Of all random streams; 64 bits count.
    mutation : int
        Chance of each byte in each epoch to be drawn anew, in parts of 2**30.
    pairing : Pairing
        Who meets whom.
    limit : int
        Steps that a pair may run.
    zero : bool
        Begin with zeros instead of random bytes.
    reset_every : int
        Fill the soup afresh after epochs 1, 1 + r, 1 + 2r, ...; 0 never.
    tracers : bool
        Keep a token for each byte: where and when it was born.
    initial : bytes
        Written over the first soup from its first byte on.

    Attributes
    ----------
    soup : ndarray
        uint8 (n, 64): after `epoch` completed epochs. The array is written to again in the epoch
        after the next: copy what is kept. Edit it in place and call `drop`.
    epoch, ops, resets : int
        Completed epochs, operations and resets.
    tokens : ndarray or None
        uint32 (2, n, 64): the epoch in which each byte was born (0 for the first soup) and where,
        64 * program + byte.
    mutation, pairing, limit, language, reset_every
        May be assigned at any time; they count from the next epoch that begins.

    Raises
    ------
    BadInput
        When the population is odd, too large or does not fit the pairing, or `initial` the soup.
    """

    def __init__(
        self,
        language: Language,
        programs: int,
        seed: int,
        *,
        mutation: int = DEFAULT_MUTATION,
        pairing: Pairing | None = None,
        limit: int = LIMIT,
        zero: bool = False,
        reset_every: int = 0,
        tracers: bool = False,
        initial: bytes = b"",
    ) -> None:
        check_programs(programs)
        pairing = pairing or Shuffle()
        pairing.check(programs)
        if len(initial) > programs * HALF:
            raise BadInput(
                f"the first programs have {len(initial):,} bytes, the soup {programs * HALF:,}",
                remedy="Use shorter ones or a larger soup",
            )
        self.language = language
        self.seed = seed
        self.mutation = mutation
        self.pairing = pairing
        self.limit = limit
        self.zero = zero
        self.reset_every = reset_every
        self.epoch = self.ops = self.resets = 0
        self.soup = np.empty((programs, HALF), np.uint8)
        self.tokens: Array | None = None
        for _ in self._fill(self.soup, 0):
            pass
        self.soup.reshape(-1)[: len(initial)] = np.frombuffer(initial, np.uint8)
        self._order: Array | None = None
        self._pairs = 0
        self._spare: Array | None = None
        self._spare_order: Array | None = None
        self._spare_tokens: Array | None = None
        self._pending: _Epoch | None = None
        self._ops_per_pair: int = LIMIT  # of the last epoch; nothing is known of the first
        if tracers:
            self.tokens = self._fresh_tokens()

    @property
    def programs(self) -> int:
        """How many programs there are."""
        return len(self.soup)

    @property
    def begun(self) -> bool:
        """Whether an epoch is under way."""
        return self._pending is not None

    @property
    def partners(self) -> Array:
        """int32 (n,): whom each program met in the last completed epoch, -1 for nobody."""
        partners = np.full(self.programs, -1, np.int32)
        if self._order is not None:
            met = self._order[: 2 * self._pairs].reshape(-1, 2)
            partners[met[:, 0]] = met[:, 1]
            partners[met[:, 1]] = met[:, 0]
        return partners

    @property
    def lefts(self) -> Array:
        """Tell which programs, bool (n,), were the left half of their tape in the last epoch."""
        lefts = np.zeros(self.programs, np.bool_)
        if self._order is not None:
            lefts[self._order[: 2 * self._pairs : 2]] = True
        return lefts

    def restore(
        self,
        soup: Array,
        epoch: int,
        resets: int = 0,
        ops: int = 0,
        tokens: Array | None = None,
    ) -> None:
        """Go on from a saved soup, uint8 (n, 64), after `epoch` completed epochs.

        Without saved tokens all bytes count as born now, where tokens are kept.
        """
        if soup.shape != self.soup.shape:
            raise BadInput(
                f"the saved soup has {len(soup):,} programs, this one {self.programs:,}",
                remedy="Open it in a soup of its size",
            )
        self.drop()
        self.soup[:] = soup
        self.epoch, self.resets, self.ops = epoch, resets, ops
        self._order, self._pairs = None, 0
        self._ops_per_pair = LIMIT
        if self.tokens is not None:
            self.tokens = self._fresh_tokens() if tokens is None else np.array(tokens, np.uint32)

    def step(self, poll: Poll = no_poll) -> None:
        """Live one epoch; what `poll` raises ends the call, and the next one goes on from there."""
        pending = self._pending
        if pending is None:
            pending = self._pending = self._begin()
        if pending.preparing is not None:
            for _ in pending.preparing:
                poll()
            pending.preparing = None
        blocks = np.flatnonzero(~pending.done).tolist()
        device.share((partial(self._live, pending, block) for block in blocks), poll)
        self._finish(pending)

    def drop(self) -> None:
        """Forget an unfinished epoch, after the soup was edited."""
        self._pending = None

    def renew_tokens(self, programs: Array) -> None:
        """Give all bytes of some programs, integers (k,), tokens of now: they were put in."""
        if self.tokens is not None:
            self.tokens[0, programs] = self.epoch
            self.tokens[1, programs] = np.asarray(programs)[:, None] * HALF + np.arange(HALF)

    def _fresh_tokens(self) -> Array:
        tokens = np.empty((2, self.programs, HALF), np.uint32)
        tokens[0] = self.epoch
        tokens[1] = np.arange(self.programs * HALF, dtype=np.uint32).reshape(-1, HALF)
        return tokens

    def _fill(self, soup: Array, number: int) -> Generator[None, None, None]:
        """Write the random bytes of the first soup or of a reset."""
        if self.zero:
            soup[:] = 0
            return
        base = np.uint64(streams.stream(self.seed, number, HALF * self.programs))
        data = soup.reshape(-1)
        for first in range(0, len(data), _FILL):
            streams.fill(data[first : first + _FILL], np.uint64(first), base)
            yield

    def _begin(self) -> _Epoch:
        n = self.programs
        self.pairing.check(n)
        due = self.reset_every > 0 and self.epoch > 0 and (self.epoch - 1) % self.reset_every == 0
        order, target = self._spare_order, self._spare
        moved = self._spare_tokens
        budget = _OPS if self.tokens is None else _TRACED_OPS
        block = min(max(budget // max(self._ops_per_pair, 1), _LEAST), BLOCK)
        blocks = -(-(n // 2) // block)
        pending = _Epoch(
            language=self.language,
            mutation=self.mutation,
            limit=self.limit,
            pairing=self.pairing,
            source=self.soup,
            tokens=self.tokens,
            target=np.empty_like(self.soup) if target is None else target,
            moved=np.empty_like(self.tokens)
            if moved is None and self.tokens is not None
            else moved,
            order=np.empty(n, np.int32) if order is None else order,
            block=block,
            done=np.zeros(blocks, np.bool_),
            ops=np.zeros(blocks, np.int64),
            base=streams.stream(self.seed, self.epoch, n) * TAPE & _WRAP,
            resets=self.resets + due,
        )
        pending.preparing = self._prepare(pending, due)
        return pending

    def _prepare(self, pending: _Epoch, due: bool) -> Generator[None, None, None]:
        """Refill the soup where that is due, and pair the programs."""
        if due:  # into a soup of its own: the completed epoch stays as it was
            kept = self.programs - self.programs % _WARP
            pending.source = self.soup.copy()
            yield from self._fill(pending.source[:kept], pending.resets)
            if pending.tokens is not None:
                fresh = self._fresh_tokens()
                fresh[:, kept:] = pending.tokens[:, kept:]
                pending.tokens = fresh
        pending.pairs = yield from pending.pairing.arrange(pending.order, self.epoch, self.seed)

    def _live(self, pending: _Epoch, block: int, breathe: Callable[[], None]) -> None:
        """Mutate and run one block of pairs."""
        del breathe  # a block is shorter than the time between two polls
        first = block * pending.block
        count = min(pending.block, self.programs // 2 - first)
        tapes = np.empty((count, TAPE), np.uint8)
        _gather(pending.source.view(np.uint64), pending.order, first, tapes.view(np.uint64))
        base = np.uint64((pending.base + first * TAPE) & _WRAP)
        if pending.mutation:
            streams.mutate(tapes, base, np.uint64(pending.mutation))
        running = min(max(pending.pairs - first, 0), count)
        ops = np.zeros(count, np.int64)
        if pending.tokens is None:
            if running:
                pending.language.run(tapes[:running], pending.limit, ops[:running])
        else:
            origins = np.empty((count, TAPE), np.int16)
            origins[:] = np.arange(TAPE)
            if running:
                pending.language.run_traced(
                    tapes[:running], origins[:running], pending.limit, ops[:running]
                )
            drawn = np.zeros((count, TAPE), np.uint8)
            if pending.mutation:
                streams.token_draws(drawn, base, np.uint64(pending.mutation))
            birth = np.uint32(self.epoch + 1)
            _move_tokens(pending.tokens, pending.order, first, drawn, origins, birth, pending.moved)
        _scatter(tapes.view(np.uint64), pending.order, first, pending.target.view(np.uint64))
        pending.ops[block] = ops.sum()
        pending.done[block] = True

    def _finish(self, pending: _Epoch) -> None:
        """Let the second soup take the place of the first."""
        self._spare, self.soup = self.soup, pending.target
        self._spare_order, self._order = self._order, pending.order
        if pending.tokens is not None:
            self._spare_tokens, self.tokens = self.tokens, pending.moved
        self._pairs = pending.pairs
        ops = int(pending.ops.sum())
        self.ops += ops
        self._ops_per_pair = ops // max(pending.pairs, 1)
        self.resets = pending.resets
        self.epoch += 1
        self._pending = None

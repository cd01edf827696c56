"""A soup of programs and its epochs: pair, mutate, run, cut apart, put back.

Every program is mutated and run exactly once in an epoch, so the pairs are disjoint and blocks of
them may run in any order on any thread without changing a byte. An epoch is computed into a second
soup, which takes the place of the first when the last block is done: what is seen is always a
completed epoch. Source: arXiv 2406.19108 and its reference implementation, byte for byte.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.system import Poll, no_poll
from engine.soup import streams
from engine.soup.ahead import Ahead
from engine.soup.cpu_executor import CpuExecutor
from engine.soup.executor import Executor, Task
from engine.soup.language import HALF, LIMIT, TAPE, Language
from engine.soup.pairing import Pairing, Shuffle
from engine.soup.reference_file import MOST_PROGRAMS

__all__ = ["DEFAULT_MUTATION", "Soup", "check_programs"]

Array = NDArray[Any]

DEFAULT_MUTATION: Final = 2**18
"""Of 2**30: each byte is drawn anew once in 4,096 epochs."""

_FILL: Final = 2**20  # bytes
_WARP: Final = 32  # a reset of the reference leaves the last n mod 32 programs as they are
_WRAP: Final = 2**64 - 1


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
    device : {"cpu", "cuda"}
        What lives the epochs; see `engine.soup.cuda.choose`. It changes no byte.

    Attributes
    ----------
    epoch, ops, resets : int
        Completed epochs, operations and resets.
    mutation, pairing, limit, language, reset_every
        May be assigned at any time; they count from the next epoch that begins.

    Raises
    ------
    BadInput
        When the population is odd, too large or does not fit the pairing, or `initial` the soup.
    DeviceError
        When the GPU is not there or has too little memory.
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
        device: str = "cpu",
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
        self._programs = programs
        soup = np.empty((programs, HALF), np.uint8)
        for _ in self._fill(soup, 0):
            pass
        soup.reshape(-1)[: len(initial)] = np.frombuffer(initial, np.uint8)
        self._traced = tracers
        tokens = self._fresh_tokens() if tracers else None
        self._ahead: Ahead | None = None
        self._executor: Executor
        if device == "cuda":
            from engine.soup.cuda_executor import CudaExecutor

            self._executor = CudaExecutor(soup, tokens)
            self._ahead = Ahead()
        else:
            self._executor = CpuExecutor(soup, tokens)
        self._spare_order: Array | None = None
        self._task: Task | None = None
        self._preparing: Generator[None, None, None] | None = None

    @property
    def soup(self) -> Array:
        """uint8 (n, 64): the programs after `epoch` completed epochs.

        The array is written to again in the epoch after the next: copy what is kept. Edit it in
        place and call `drop`.
        """
        return self._executor.soup

    @property
    def tokens(self) -> Array | None:
        """uint32 (2, n, 64): when each byte was born, 0 for the first soup, and where.

        The place is 64 * program + byte. None where tokens are not kept.
        """
        return self._executor.tokens

    @property
    def programs(self) -> int:
        """How many programs there are."""
        return self._programs

    @property
    def begun(self) -> bool:
        """Whether an epoch is under way."""
        return self._task is not None

    def arrays(self) -> dict[str, Array]:
        """Return the programs, the counters, and the tokens where there are any."""
        kept = {
            "programs": self.soup,
            "counters": np.array([self.epoch, self.ops, self.resets], np.int64),
        }
        return kept if self.tokens is None else kept | {"tokens": self.tokens}

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
        if soup.shape != (self.programs, HALF):
            raise BadInput(
                f"the saved soup has {len(soup):,} programs, this one {self.programs:,}",
                remedy="Open it in a soup of its size",
            )
        self.epoch, self.resets, self.ops = epoch, resets, ops
        if tokens is None and self._traced:
            tokens = self._fresh_tokens()
        self._executor.load(soup, tokens)
        self._task = self._preparing = None

    def step(self, poll: Poll = no_poll) -> None:
        """Live one epoch; what `poll` raises ends the call, and the next one goes on from there."""
        task = self._task
        if task is None:
            task = self._begin()
        if self._preparing is not None:
            for _ in self._preparing:
                poll()
            self._preparing = None
        if self._ahead is not None:
            self._ahead.request(self.pairing, self.programs, self.epoch + 1, self.seed)
        self._executor.live(task, poll)
        self._finish(task)

    def drop(self) -> None:
        """Forget an unfinished epoch, after the soup was edited."""
        self._task = self._preparing = None
        self._executor.edited()

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

    def _begin(self) -> Task:
        self.pairing.check(self.programs)
        due = self.reset_every > 0 and self.epoch > 0 and (self.epoch - 1) % self.reset_every == 0
        order, self._spare_order = self._spare_order, None
        task = self._task = Task(
            language=self.language,
            mutation=self.mutation,
            limit=self.limit,
            base=streams.stream(self.seed, self.epoch, self.programs) * TAPE & _WRAP,
            birth=self.epoch + 1,
            resets=self.resets + due,
            order=np.empty(self.programs, np.int32) if order is None else order,
        )
        self._preparing = self._prepare(task, self.pairing, self.seed, due)
        return task

    def _prepare(
        self, task: Task, pairing: Pairing, seed: int, due: bool
    ) -> Generator[None, None, None]:
        """Refill the soup where that is due, and pair the programs."""
        if due:  # into a soup of its own: the completed epoch stays as it was
            kept = self.programs - self.programs % _WARP
            task.refilled = self.soup.copy()
            yield from self._fill(task.refilled[:kept], task.resets)
            if self.tokens is not None:
                task.tokens = self._fresh_tokens()
                task.tokens[:, kept:] = self.tokens[:, kept:]
        if self._ahead is not None:
            drawn = yield from self._ahead.take(pairing, self.epoch, seed)
            if drawn is not None:
                task.order, task.pairs = drawn
                return
        task.pairs = yield from pairing.arrange(task.order, self.epoch, seed)

    def _finish(self, task: Task) -> None:
        """Count the epoch."""
        self.ops += self._executor.finish(task)
        self._spare_order = task.order
        self.resets = task.resets
        self.epoch += 1
        self._task = None

"""What a picture or a film came from: enough to make it once more.

The shorter way is taken: from the reset, where doing everything again takes a few seconds, else
from a copy of the state, which is written into a file beside the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.core import checkpoint, device
from engine.core.checkpoint import Captured
from engine.core.errors import BadInput
from engine.core.journal import Entry, Journal, Start
from engine.core.params import load_stored
from engine.core.spec import Asset, Spec
from engine.core.system import PARTS, Scope, System, Trainable

__all__ = ["AGAIN", "Making", "Origin", "origin_of"]

AGAIN = 10.0
"""Seconds up to which a world is run again from its reset rather than saved."""

_ASSETS = 2**19  # bytes of model, target and mesh that are written into a sidecar itself
_TRAINING = 64 * 2**20  # bytes up to which optimiser and pool go with a state
_STATE = 2**30  # bytes of a state that is copied and written beside a picture
_STATES = 512 * 2**20  # bytes of all states of one film but the first
_MOST = 64  # states of one film


@dataclass(frozen=True, eq=False)
class Origin:
    """How a world came to be as it is now.

    Attributes
    ----------
    spec : Spec
        What it was built from; of a state only its name, seed and parameters count.
    state : Captured, optional
        What is restored first; None where the world begins as it was built.
    entries : tuple
        What happened since.
    step : int
    title : str
        Name of the system.
    device : str
        "cpu" or "cuda": where it computed.
    threads : int
        How many threads computed.
    """

    spec: Spec
    state: Captured | None
    entries: tuple[Entry, ...]
    step: int
    title: str
    device: str
    threads: int


def origin_of(journal: Journal, system: System, *, learning: bool = False) -> Origin:
    """Tell where the present of a world comes from; called in its thread.

    Parameters
    ----------
    journal : Journal
    system : System
    learning : bool
        Whether what is wanted depends on the training, too.

    Raises
    ------
    BadInput
        If a copy of the state is needed and too large.
    """
    spec, entries, state = system.spec, journal.copy(), None
    if not _quick(journal):
        state, entries = _captured(system, _scope(system, learning)), journal.seen
        params = system.params.model_dump(mode="json")
        spec = Spec(system.info.slug, params, system.seed, spec.device)
    elif journal.start is not None:
        spec = journal.start.spec
        # All of them: another version may begin with others.
        begun, _ = load_stored(type(system.params), spec.params)
        spec = spec.with_(params=begun.model_dump(mode="json"))
    where = "cuda" if str(getattr(system, "device", "cpu")).startswith("cuda") else "cpu"
    return Origin(
        spec, state, entries, system.step_count, system.info.title, where, device.threads()
    )


def _captured(system: System, scope: Scope) -> Captured:
    parts = (system.get_arrays(part) for part in PARTS[scope])
    if sum(array.nbytes for arrays in parts for array in arrays.values()) > _STATE:
        raise BadInput("the world is too large to be kept beside its picture")
    try:
        return checkpoint.capture(system, scope)
    except MemoryError:
        raise BadInput("there is no memory for a copy of the world") from None


def _quick(journal: Journal) -> bool:
    """Whether running again from the reset is the shorter way."""
    start = journal.start
    if (
        journal.broken
        or journal.late
        or start is None
        or start.kind != "reset"
        or journal.seconds > AGAIN
    ):
        return False
    spec = start.spec
    return sum(_size(asset) for asset in (spec.model, spec.target, spec.mesh)) <= _ASSETS


def _size(asset: Asset | None) -> int:
    if asset is None:
        return 0
    return asset.data.nbytes if isinstance(asset.data, np.ndarray) else len(asset.data)


def _scope(system: System, learning: bool) -> Scope:
    if not (learning and isinstance(system, Trainable)):
        return "world"
    arrays = (array for part in PARTS["training"] for array in system.get_arrays(part).values())
    return "training" if sum(array.nbytes for array in arrays) <= _TRAINING else "world"


@dataclass(eq=False)
class Making:
    """Follows a world while a film is taken of it.

    `begin` and `end` are called in the world's thread; what `end` left is read by any other.

    Attributes
    ----------
    origin : Origin, optional
        How the world was at the first frame.
    during : tuple
        What happened from there to the last one.
    states : list of Captured
        States that it was put into meanwhile; 0 is that of the origin, if it has one.
    broken : str
        Why the film cannot be made again; "" if it can.
    still : bool
        Whether time stands still: then no frame says what was done before it.
    """

    still: bool = False
    origin: Origin | None = None
    during: tuple[Entry, ...] = ()
    states: list[Captured] = field(default_factory=list)
    broken: str = ""
    _main: Journal | None = None
    _film: Journal | None = None
    _system: Any = None

    def begin(self, journal: Journal, system: System, *, learning: bool) -> None:
        """Note where the first frame comes from, and what happens from now on."""
        self.origin = origin_of(journal, system, learning=learning)
        if self.origin.state is not None:
            self.states.append(self.origin.state)
        scope = self.origin.state.scope if self.origin.state is not None else "training"
        self._main, self._system = journal, system
        self._film = journal.follow(Start("reset", self.origin.spec), (), self._keep)
        self._film.learns = scope == "training"

    def _keep(self) -> int:
        """Copy the state behind a cut."""
        state = _captured(self._system, _scope(self._system, learning=True))
        assert self._film is not None
        self._film.learns = state.scope == "training"
        kept = sum(state.nbytes for state in self.states[1:])
        if len(self.states) >= _MOST or kept + state.nbytes > _STATES:
            raise BadInput("the world was changed too often while it was filmed")
        self.states.append(state)
        return len(self.states) - 1

    def end(self) -> None:
        """Note no more."""
        if self._film is None or self._main is None:
            return
        self._main.leave(self._film)
        self.during, self.broken = self._film.copy(), self._film.broken
        if self.still and self.during:
            self.during, self.broken = (), "the world was changed while it stood still for the film"
        self._main = self._film = self._system = None

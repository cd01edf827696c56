"""What every system is, and what more it may be able to do.

A system is one class: parameters, a start, a tick, views and its state as arrays. Abilities beyond
that are small protocols (`Trainable`, `Brushable`, `Actionable`, ...). The app asks
`capabilities(system)` and never which system it is; adding a system never touches the app.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from engine.core import rng
from engine.core.abilities import (
    Action,
    Actionable,
    ActionOffer,
    Brushable,
    BrushTool,
    BrushValue,
    Experimental,
    Export,
    Exportable,
    Inspectable,
    Logged,
    Measured,
    Need,
    Poll,
    Row,
    Settling,
    Targetable,
    TargetOption,
    Trainable,
    Undoable,
)
from engine.core.errors import BadInput
from engine.core.params import Params, assign, load_stored
from engine.core.spec import LAST_SEED, Asset, Spec, check_seed
from engine.core.views import View, ViewRequest

__all__ = [
    "Action",
    "ActionOffer",
    "Actionable",
    "BrushTool",
    "BrushValue",
    "Brushable",
    "Experimental",
    "Export",
    "Exportable",
    "Inspectable",
    "Logged",
    "Mark",
    "Measured",
    "Need",
    "Part",
    "Poll",
    "Row",
    "Scope",
    "Settling",
    "System",
    "SystemInfo",
    "TargetOption",
    "Targetable",
    "Trainable",
    "Undoable",
    "ViewOffer",
    "no_poll",
]

Scope = Literal["model", "world", "training"]
Part = Literal["model", "world", "training"]
Arrays = dict[str, NDArray[Any]]

PARTS: dict[Scope, tuple[Part, ...]] = {
    "model": ("model",),
    "world": ("model", "world"),
    "training": ("model", "world", "training"),
}


_LAST_STEP = 2**53
"""Ticks up to which a stored step is believed: plots and tables hold steps exactly so far."""


def no_poll() -> None:
    """Stand in for `poll` where nobody waits."""


@dataclass(frozen=True)
class SystemInfo:
    """Who a system is: for gallery, titles, citations.

    Attributes
    ----------
    slug : str
        Name in the registry and on the command line, lower case with hyphens.
    title, summary : str
        Shown in the gallery; the summary is one sentence.
    paper : str
        Authors, title, venue, year, DOI or arXiv number.
    family : str
        Gallery group: "Grids", "Soups", "Meshes", "Attention", "Chemistry", "Plants".
    tags : tuple of str
        More words to search for.
    """

    slug: str
    title: str
    summary: str
    paper: str
    family: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ViewOffer:
    """A view that a system can make.

    `kind` is "image", "tapes", "mesh", "table", "chart", ...; `place` says where the app shows it:
    in the middle of the window, or as a tab of the bottom panel beside the main view. `modes` names
    live choice parameters that say how it is drawn; the app offers their choices on the picture.
    `brushed` is whether the brushes work on it: a picture of something else takes none.
    """

    name: str
    title: str
    kind: str
    place: Literal["main", "panel"] = "main"
    modes: tuple[str, ...] = ()
    brushed: bool = True

    def is_called(self, word: str) -> bool:
        """Whether a word is its name or its title."""
        return word in (self.name, self.title)


@dataclass(frozen=True)
class Mark:
    """Something that happened at a step, for the plots: "transition", "injected"."""

    step: int
    title: str


class System(ABC):
    """A self-organising system, alive.

    Constructed by the thread that runs it, from a `Spec`. A subclass gives `info`, `Params` and the
    hooks `build`, `start`, `advance`, `views`, `get_arrays` and `set_arrays`.

    Attributes
    ----------
    params : Params
        Current parameters; replaced as a whole by `set_param`.
    step_count : int
        Ticks since the last reset.
    seed : int
        Seed of the running world.
    poll : callable
        What a long action calls; see `Actionable.act`.
    world_rng, train_rng : numpy.random.Generator
        The only sources of randomness; both belong to the saved state.
    warnings : tuple of str
        What was bent when stored parameters were read.
    """

    info: ClassVar[SystemInfo]
    Params: ClassVar[type[Params]]
    resumes: ClassVar[bool] = False
    """Whether a tick that `poll` ended goes on from there when `advance` is called again.

    Such a system changes nothing that is seen or saved before a tick is complete, and does a part
    of it before it polls first; the runner ends the tick whenever a command or a picture waits.
    """

    incidental: ClassVar[frozenset[str]] = frozenset()
    """Live parameters on which no tick depends: how the world is drawn, measured or taught.

    Changing one is no edit of the world: its past stays, and going back does not change it back.
    """

    bodies: ClassVar[frozenset[str]] = frozenset()
    """Parameters that choose a built-in mesh: changing one takes a mesh of the user's away."""

    learns_on_mesh: ClassVar[Mapping[str, Any]] = {}
    """Parameters by which it learns on the user's mesh rather than on one of its own."""

    learns_from: ClassVar[Mapping[str, Any]] = {}
    """Parameters by which it learns a target of the user's quicker than from nothing."""

    glance: ClassVar[float] = 0.0
    """Least seconds between two pictures that nobody asked for, where more would tell no more."""

    variants: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)
    """Parameters of small worlds that together use every kernel; set-up compiles them."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.poll: Poll = no_poll
        self.params, self.warnings = load_stored(self.Params, spec.params)
        self.seed = spec.seed
        self.step_count = 0
        self.world_rng = rng.stream(spec.seed, "world")
        self.train_rng = rng.stream(spec.seed, "training")
        self.build()
        if spec.model is not None:
            self.load_model(spec.model)
        self.reset()

    @abstractmethod
    def build(self) -> None:
        """Allocate everything that parameters, target and mesh determine; no world yet."""

    @abstractmethod
    def start(self) -> None:
        """Put the world into its initial state, drawing from `world_rng` only."""

    @abstractmethod
    def advance(self, poll: Poll) -> None:
        """Do one tick; call `poll` at least every 50 ms. Complete the tick or change nothing."""

    @abstractmethod
    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, View]:
        """Make the views that are asked for, copying what they hold; unknown names are ignored."""

    @abstractmethod
    def view_offers(self) -> tuple[ViewOffer, ...]:
        """List the views that `views` can make, the main one first."""

    @abstractmethod
    def get_arrays(self, part: Part) -> Arrays:
        """Return one part of the state as numpy arrays (no copies needed, the caller copies).

        "model" is what is shipped, "world" the live state, "training" optimiser, pool and counters.
        """

    @abstractmethod
    def set_arrays(self, part: Part, arrays: Arrays) -> None:
        """Take one part of the state; names, shapes and finiteness were checked before."""

    def reset(self, seed: int | None = None) -> None:
        """Begin the world again, with the same seed or another; weights stay.

        Raises
        ------
        BadInput
            If the seed is none from 0 to 2^63 - 1. Nothing has changed then.
        """
        seed = check_seed(self.seed if seed is None else seed)
        before = self.seed, self.step_count, self.world_rng
        self.seed, self.step_count = seed, 0
        self.world_rng = rng.stream(seed, "world")
        try:
            self.start()
        except BaseException:
            self.seed, self.step_count, self.world_rng = before
            raise

    def step(self, poll: Poll = no_poll) -> None:
        """Do one tick and count it."""
        self.advance(poll)
        self.step_count += 1

    def finite(self) -> bool:
        """Tell whether the world still consists of finite numbers."""
        return all(
            bool(np.isfinite(array).all())
            for array in self.get_arrays("world").values()
            if array.dtype.kind == "f"
        )

    def marks(self) -> tuple[Mark, ...]:
        """List what happened in this world since its reset, for the plots."""
        return ()

    def recall(self, marks: tuple[Mark, ...]) -> None:  # noqa: B027 (most worlds have no marks)
        """Take over what happened up to the state that was just restored, and forget the rest.

        A world that jumps forward in its history has not lived through what lies between. A state
        that is restored without this call (a checkpoint) is that of another world: its past is
        unknown, and `load_state` forgets the marks.
        """

    def take_pause(self) -> str:
        """Ask for a pause after this tick, with the reason in words; "" goes on. Asked once."""
        return ""

    def vain(self) -> tuple[str, ...]:
        """Say in words what the parameters ask for in vain, as they are now."""
        return ()

    def set_param(self, name: str, value: Any) -> None:
        """Replace one parameter, checked; *rebuild* ones only take effect in a new world."""
        before = self.params
        self.params = assign(self.params, {name: value})
        try:
            self.params_changed(name)
        except BaseException:
            self.params = before
            raise

    def params_changed(self, name: str) -> None:  # noqa: B027 (a hook that most systems need not)
        """Follow a changed live parameter; read `params` in `advance` and this stays empty."""

    def state(self, scope: Scope) -> Arrays:
        """Copy the state: ``part/name`` to array, generators and the step counter included."""
        arrays = {
            f"{part}/{name}": np.array(array, order="C")
            for part in PARTS[scope]
            for name, array in self.get_arrays(part).items()
        }
        if scope != "model":
            arrays["clock/step"] = np.array([self.step_count], np.int64)
            arrays["clock/seed"] = np.array([self.seed], np.int64)
            arrays["random/world"] = rng.snapshot(self.world_rng)
        if scope == "training":
            arrays["random/training"] = rng.snapshot(self.train_rng)
        return arrays

    def load_state(self, arrays: Mapping[str, NDArray[Any]], scope: Scope) -> None:
        """Restore what `state` copied; restore, then step, equals step.

        Raises
        ------
        BadInput
            If a name is missing, a shape or type differs (both are named), a number is not finite,
            or step, seed or generator are none that a world could have. Nothing was replaced then.
        """
        own = self.state(scope)
        for name, array in own.items():
            _compare(name, array, arrays.get(name))
        marks = self.marks()
        try:
            self._take(arrays, own, scope)
        except BaseException:
            self._take(own, own, scope)
            self.recall(marks)
            raise
        if scope != "model":
            self.step_count = int(arrays["clock/step"][0])
            self.seed = int(arrays["clock/seed"][0])
            rng.restore(self.world_rng, arrays["random/world"])
        if scope == "training":
            rng.restore(self.train_rng, arrays["random/training"])

    def _take(self, arrays: Mapping[str, NDArray[Any]], own: Arrays, scope: Scope) -> None:
        """Set every part to those of `arrays` that this world has, too."""
        for part in PARTS[scope]:
            names = [name for name in own if name.startswith(f"{part}/")]
            self.set_arrays(part, {n.partition("/")[2]: np.array(arrays[n]) for n in names})

    def load_model(self, model: Asset) -> None:
        """Take trained weights from the bytes of a checkpoint of any scope."""
        from engine.core import checkpoint

        assert isinstance(model.data, bytes)
        loaded = checkpoint.parse(model.data, name=model.name)
        if loaded.slug != self.info.slug:
            raise BadInput(
                f"the model is one of {loaded.slug}, not of {self.info.slug}",
                path=model.name,
                remedy=f"Open it as a world of {loaded.slug}",
            )
        self.load_state(loaded.arrays, "model")


def _compare(name: str, own: NDArray[Any], given: NDArray[Any] | None) -> None:
    if given is None:
        raise BadInput(f"the checkpoint lacks {name!r}", remedy="Save it again from the program")
    if given.shape != own.shape or given.dtype != own.dtype:
        raise BadInput(
            f"{name!r} is {given.dtype} {given.shape} in the checkpoint "
            f"but {own.dtype} {own.shape} in this world",
            remedy="Open it with the parameters it was saved with",
        )
    if given.dtype.kind == "f" and not np.isfinite(given).all():
        raise BadInput(
            f"{name!r} holds numbers that are not finite", remedy="Use an earlier checkpoint"
        )
    last = {"clock/step": _LAST_STEP, "clock/seed": LAST_SEED}.get(name)
    if last is not None and not 0 <= given[0] <= last:
        raise BadInput(
            f"{name!r} is {given[0]} in the checkpoint, not a number from 0 to {last}",
            remedy="Use an earlier checkpoint",
        )
    if name.startswith("random/") and not rng.is_snapshot(given):
        raise BadInput(
            f"{name!r} is not the state of a generator", remedy="Use an earlier checkpoint"
        )

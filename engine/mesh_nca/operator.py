"""The neighbourhood of every vertex as the kernels take it: factors, chances and pace."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from engine.core.device import share
from engine.mesh_nca.harmonics import AXES, weigh
from engine.mesh_nca.kernels import sense
from engine.mesh_nca.ring import Ring, spans
from engine.mesh_nca.rule import Controls, FloatArray, MeshRule
from engine.meshes.surface import Surface

__all__ = ["Neighbourhood", "Perception"]

_AGGREGATIONS = {"sum": 0, "mean": 1, "mean6": 6}
_SHAPE = ("angle", "turn", "scale", "local_scale", "axes")  # what the factors depend on
_KEPT = 3  # operators per surface: of the living world, of training, and of what was before

_lock = threading.Lock()
_known: WeakKeyDictionary[Surface, list[Neighbourhood]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Perception:
    """The weighted harmonics of every edge.

    Attributes
    ----------
    ring : Ring
    factors : (E, harmonics) float32
        Of the difference x_j - x_i of each edge of the ring.
    own : (V, harmonics) float32
        Minus the sum of them at every place.
    """

    ring: Ring
    factors: FloatArray
    own: FloatArray

    @cached_property
    def back(self) -> tuple[Any, ...]:
        """(starts, neighbours, factors) of the transpose, with the vertex itself as the first."""
        starts, neighbours, rest = self.ring.back
        factors = np.empty((len(neighbours), self.factors.shape[1]), np.float32)
        factors[rest] = self.factors[self.ring.reverse]
        factors[starts[:-1]] = self.own
        return starts, neighbours, factors


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """What a step needs of a surface, a rule's perception and the controls.

    Attributes
    ----------
    rule : MeshRule
    controls : Controls
        With copies of its arrays: an array may be painted on after it was handed over.
    perception : Perception
    """

    rule: MeshRule
    controls: Controls
    perception: Perception

    @property
    def ring(self) -> Ring:
        """Rings of the surface."""
        return self.perception.ring

    @classmethod
    def of(
        cls,
        surface: Surface,
        rule: MeshRule,
        controls: Controls,
        poll: Callable[[], None] | None = None,
    ) -> Neighbourhood:
        """Make or renew the operator; the last few of a surface are kept.

        Only what changed is computed again: other chances cost next to nothing, another angle or
        scale about as much as a fraction of a step. `poll` is called every few milliseconds and may
        raise: then nothing is kept.

        Raises
        ------
        ValueError
            If an array of the controls is not of one value per vertex.
        """
        with _lock:
            kept = list(_known.get(surface, ()))
        same = [k for k in kept if _perceives_alike(k.rule, rule)]
        for known in same:
            if _equal(known.controls, controls):
                return known
        _check(controls, len(surface.vertices))
        own = _copied(controls)
        shaped = next((k for k in same if _equal(k.controls, controls, _SHAPE)), None)
        if shaped is not None:
            made = cls(rule, own, shaped.perception)
        else:
            made = cls(rule, own, _weighed(Ring.of(surface, poll), rule, own, poll))
        with _lock:
            _known[surface] = [made, *kept][:_KEPT]
        return made

    def perceive(self, x: FloatArray) -> FloatArray:
        """What every vertex perceives of a state (V, C), (V, P): what `w1` is multiplied with."""
        order, (rows, width) = self.ring.order, (len(x), self.rule.perceived)
        x = np.ascontiguousarray(x, np.float32)
        by_place, found = np.empty((2, rows, width), np.float32)
        factors = self.perception.factors
        sense(np.arange(rows), 0, rows, x.ctypes.data, self.table, factors, by_place)
        found[order] = by_place
        return np.asarray(found, np.float32)

    def perceive_at(self, x: FloatArray, vertex: int) -> FloatArray:
        """What one vertex perceives of a state (V, C), (P,)."""
        found: FloatArray = np.empty((1, self.rule.perceived), np.float32)
        x = np.ascontiguousarray(x, np.float32)
        places, factors = np.array([self.place(vertex)]), self.perception.factors
        sense(places, 0, 1, x.ctypes.data, self.table, factors, found)
        return found.ravel()

    def place(self, vertex: int) -> int:
        """Where a vertex comes in the order of visits."""
        return int(np.flatnonzero(self.ring.order == vertex)[0])

    @cached_property
    def table(self) -> tuple[Any, ...]:
        """(order, starts, neighbours, channels)."""
        return self.ring.order, self.ring.starts, self.ring.neighbours, self.rule.channels

    @cached_property
    def limits(self) -> NDArray[np.int64]:
        """A vertex fires when its 32-bit draw is below this, (V,), by place."""
        order, controls = self.ring.order, self.controls
        rate = np.ones(len(order)) if controls.rate is None else controls.rate[order]
        chance = np.clip(controls.fire_rate * rate.astype(np.float64), 0.0, 1.0)
        return np.rint(np.nan_to_num(chance) * 2.0**32).astype(np.int64)

    @cached_property
    def pace(self) -> FloatArray:
        """Factor of the update, (V,), by place: shorter steps where features are enlarged."""
        scale = _by_place(self.ring, self.controls.scale, self.controls.local_scale, np.multiply)
        made: FloatArray = (self.controls.step_size / np.maximum(scale, 1.0) ** 2).astype("f4")
        return made

    @property
    def terms(self) -> tuple[Any, ...]:
        """(factors, limits, pace)."""
        return self.perception.factors, self.limits, self.pace


def _perceives_alike(a: MeshRule, b: MeshRule) -> bool:
    return (a.channels, a.degree, a.aggregation) == (b.channels, b.degree, b.aggregation)


def _equal(a: Controls, b: Controls, names: tuple[str, ...] = ()) -> bool:
    """Compare by value, arrays too: comparing is cheaper than guessing wrong."""
    return all(
        np.array_equal(x, y)
        if isinstance(x, np.ndarray) and isinstance(y, np.ndarray)
        else x is y
        if isinstance(x, np.ndarray) or isinstance(y, np.ndarray)
        else x == y
        for x, y in (
            (getattr(a, n), getattr(b, n)) for n in names or [f.name for f in fields(Controls)]
        )
    )


def _arrays(controls: Controls) -> dict[str, FloatArray]:
    named = {"rate": controls.rate, "turn": controls.turn, "local_scale": controls.local_scale}
    return {name: array for name, array in named.items() if array is not None}


def _copied(controls: Controls) -> Controls:
    copies: dict[str, Any] = {name: array.copy() for name, array in _arrays(controls).items()}
    return replace(controls, **copies)


def _check(controls: Controls, vertices: int) -> None:
    for name, array in _arrays(controls).items():
        if array.shape != (vertices,):
            raise ValueError(f"{name} must have one value for each of {vertices} vertices")


def _by_place(ring: Ring, everywhere: float, array: FloatArray | None, join: Any) -> Any:
    """A control and its per-vertex array as one (V,) float64 array, by place."""
    if array is None:
        return np.full(len(ring.order), everywhere)
    return join(array[ring.order].astype(np.float64), everywhere)


def _weighed(
    ring: Ring, rule: MeshRule, controls: Controls, poll: Callable[[], None] | None
) -> Perception:
    angles = _by_place(ring, controls.angle, controls.turn, np.add)
    scales = _by_place(ring, controls.scale, controls.local_scale, np.multiply)
    factors = np.empty((len(ring.neighbours), rule.harmonics), np.float32)
    own = np.empty((len(ring.order), rule.harmonics), np.float32)
    kind = _AGGREGATIONS[rule.aggregation], AXES.index(controls.axes)

    def job(first: int, last: int, _: Any) -> None:
        weigh(
            first, last, ring.geometry, ring.border, ring.starts, angles, scales, factors, own, kind
        )  # fmt: skip

    share((partial(job, *span) for span in spans(len(ring.order))), poll)
    return Perception(ring, factors, own)

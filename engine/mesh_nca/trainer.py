"""Training a mesh automaton: rollouts from a pool, windows on the surface, Adam.

A state that a rollout ends in is looked at through a few windows; their likeness to the example is
the loss, to which the excess of the state beyond -1..1 is added, and where a motion is asked for
how far the state is from its earlier self moved along. The windows see interpolated vertices, so
all gradients flow through one sparse matrix each. After Pajouheshgar et al., arXiv 2311.02820,
sections 3 and 4; equal-area windows as in arXiv 2506.22899.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput, DivergedError
from engine.core.system import no_poll
from engine.mesh_nca.motion import AHEAD, AdvectedFrames, MotionLoss
from engine.mesh_nca.operator import Neighbourhood
from engine.mesh_nca.plan import FIELD_OF, Dials, Plan
from engine.mesh_nca.ring import Ring
from engine.mesh_nca.rollout import Rollout, make_rollout
from engine.mesh_nca.rule import Controls, FloatArray, MeshRule, Weights
from engine.mesh_nca.targets import Target
from engine.mesh_nca.windows import Kind, Windows
from engine.meshes.advect import advected
from engine.meshes.patches import Batch
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface
from engine.nca.optimise import Adam, all_finite, normalised, scheduled
from engine.nca.pool import Pool
from engine.style.patches import EachMap, PatchStyle, make_patch_style

__all__ = ["OVERFLOW", "Trainer"]

OVERFLOW = 100.0  # weight of the mean excess of the state beyond +-1
FRESH_EVERY, FRESH_LATER = 8, 32  # updates between two fresh seeds, until `SETTLED` and after it
SETTLED = 0.4  # of the plan; from then on old states count more: textures must not coarsen
DROPS, FACTOR = (0.5, 0.8), 0.3  # of the learning rate
MOTION_RAMP = 100  # updates until the motion loss has its whole weight
FLOW_SHARE = 0.2  # of the style distance; at the usual weight a fiftieth, as in arXiv 2211.11417
_POOL_BYTES = 128 * 2**20

Poll = Callable[[], None] | None
Arrays = dict[str, NDArray[Any]]


class Trainer:
    """Everything of a training but the weights, which its caller keeps.

    Parameters
    ----------
    rule : MeshRule
    weights : Weights
        Only shapes are used.
    target : Target
    plan : Plan
    seed : int
        Of the windows.
    device : str
        "cpu" or "cuda".
    surface : Surface, optional
        The user's mesh, for `plan.train_on` "own mesh".
    controls : Controls, optional
        Spacing compensation of that mesh.
    poll : callable, optional
        Called between the parts of making it, up to a fifth of a second each on a large sphere;
        may raise.

    Raises
    ------
    BadInput
        If example, loss or the user's weights cannot be used.
    """

    def __init__(
        self,
        rule: MeshRule,
        weights: Weights,
        target: Target,
        plan: Plan,
        *,
        seed: int,
        device: str = "cpu",
        surface: Surface | None = None,
        controls: Controls | None = None,
        poll: Poll = None,
    ) -> None:
        pause = poll or no_poll
        own = self._own = plan.train_on == "own mesh" and surface is not None
        self._kind: Kind = "view" if plan.loss == "text" else "local" if own else "sphere"
        self.rule, self.target, self.plan = rule, target, plan
        self.surface = surface if own and surface else _sphere(plan.nu, pause)
        self.live_on(controls or Controls())
        for like in self._controls:
            Neighbourhood.of(self.surface, rule, like, pause)  # the first rollout would make it
        self._device = device
        self._style = _style(target, plan, seed, device)
        pause()
        self._motion = _motion(plan, device)
        moved = _moved(self.surface, plan)
        pause()
        self._windows = [
            Windows(
                self.surface,
                seed=seed,
                count=max(plan.cached_patches, plan.patches),
                pixels=plan.patch_pixels,
                pixels_per_edge=plan.pixels_per_edge / scale,
                kind=self._kind,
                moved=moved,
            )
            for scale in plan.scales
        ]
        self._adam = Adam(weights.arrays())
        blank = np.zeros((len(self.surface.vertices), rule.channels), np.float32)
        least = max(plan.batch, 4) * len(plan.scales)
        size = max(least, min(plan.pool, _POOL_BYTES // blank.nbytes))
        self._pool = Pool(blank, size)
        self._channels = list(target.channels)
        self._shown: FloatArray | None = None
        self._buffer: FloatArray | None = None

    @property
    def updates_done(self) -> int:
        """Finished updates."""
        return self._adam.count

    def live_on(self, controls: Controls) -> None:
        """Step with these controls from the next update on; the sphere needs none."""
        plain, scales = controls if self._own else Controls(), self.plan.scales
        self._controls = [replace(plain, scale=plain.scale * scale) for scale in scales]

    def step(
        self, weights: Weights, rng: np.random.Generator, dials: Dials, poll: Poll = None
    ) -> tuple[Weights, dict[str, float]]:
        """Do one update: all of it, or none.

        Parameters
        ----------
        weights : Weights
            From the update before.
        rng : numpy.random.Generator
            Has moved on where this raises; callers put it back.
        dials : Dials
        poll : callable, optional
            Called at least every 50 ms; may raise `Cancelled`.

        Returns
        -------
        weights : Weights
        scalars : dict
            "loss", its part "style distance", "motion distance" where a motion is learned, and
            "learning rate".

        Raises
        ------
        DivergedError
            If loss, gradients, states or weights left the finite numbers.
        """
        # Numbers that run over are no warning here: `_take` finds them and refuses the update.
        with np.errstate(over="ignore", invalid="ignore"):
            scale, slots = self._draw_slots(rng)
            start = self._pool.states[slots]
            settled = self.updates_done >= SETTLED * self.plan.updates
            if self.updates_done % (FRESH_LATER if settled else FRESH_EVERY) == 0:
                start[0] = 0.0
            steps = int(rng.integers(dials.steps_min, dials.steps_min + dials.steps_spread + 1))
            if self._motion is not None:  # two frames need so many
                steps = max(steps, AHEAD)
            run = make_rollout(
                self._device,
                self.surface,
                self.rule,
                weights,
                start,
                steps,
                int(rng.integers(2**62)),
                controls=self._controls[scale],
                poll=poll,
                buffer=self._memory(start, steps),
            )
            found = self._judge(run, steps, self._windows[scale], rng, poll)
            gradients = run.backward(found.gradient, inject=found.inject, poll=poll).weights
            return self._take(weights, gradients, dials, run.final, slots, found)

    def _draw_slots(self, draw: np.random.Generator) -> tuple[int, NDArray[np.intp]]:
        """Choose a scale, and different slots of the pool that keep to it."""
        scales = len(self.plan.scales)
        scale = int(draw.integers(scales)) if scales > 1 else 0
        theirs = np.arange(scale, len(self._pool), scales)
        return scale, draw.choice(theirs, size=self.plan.batch, replace=False)

    def _judge(
        self, run: Rollout, steps: int, offered: Windows, draw: np.random.Generator, poll: Poll
    ) -> _Judgement:
        """What is wrong with a rollout, and what would mend it."""
        update, final = self.updates_done, run.final
        shares = np.arange(self.plan.patches) % len(final)
        each = np.maximum(np.bincount(shares, minlength=len(final)), 1)
        windows = [offered.draw(draw, int(count), update, poll) for count in each]
        pictures = self._look(final, windows)
        valid = (
            None if self._kind == "sphere" else np.concatenate([batch.mask for batch in windows])
        )
        style, away = self._style.measure(pictures, draw, valid, poll)
        gradient = np.zeros_like(final)
        self._put_back(gradient, windows, away)
        found = _Judgement(style, {"style distance": style}, gradient, {}, pictures)
        if self._motion is not None:
            self._move(run.states[steps - AHEAD], steps - AHEAD, windows, found)
        excess = final - np.clip(final, -1.0, 1.0)
        gradient += np.sign(excess) * np.float32(OVERFLOW / excess.size)
        found.loss += OVERFLOW * float(np.mean(np.abs(excess), dtype=np.float64))
        return found

    def _move(
        self, earlier: FloatArray, step: int, windows: list[Batch], found: _Judgement
    ) -> None:
        """Add the motion loss between a state and the last one."""
        assert self._motion is not None
        weight = self.plan.motion_weight * min(1.0, (self.updates_done + 1) / MOTION_RAMP)
        if self.plan.flow_weights:  # its numbers are large: bound to those of the style
            weight *= FLOW_SHARE * found.scalars["style distance"]
        before, moved = self._look(earlier, windows), self._look(earlier, windows, moved=True)
        after = found.pictures
        if self._kind != "sphere":  # what only one of them shows says nothing of motion
            both = np.concatenate([batch.moved_mask for batch in windows])[..., None]
            before, moved, after = (picture * both for picture in (before, moved, after))
        value, *parts = self._motion.measure(before, moved, after)
        if self._kind != "sphere":
            parts = [part * both for part in parts]
        first = np.zeros_like(found.gradient)
        for where, part, at in ((first, 0, False), (first, 1, True), (found.gradient, 2, False)):
            self._put_back(where, windows, parts[part] * np.float32(weight), moved=at)
        found.inject[step] = first
        found.loss += weight * value
        found.scalars["motion distance"] = value

    def _take(
        self,
        weights: Weights,
        gradients: Weights,
        dials: Dials,
        final: FloatArray,
        slots: NDArray[np.intp],
        found: _Judgement,
    ) -> tuple[Weights, dict[str, float]]:
        """Take an update as a whole, if all of it is finite."""
        update, arrays = self.updates_done, gradients.arrays()
        rate = scheduled(dials.learning_rate, update, self.plan.updates, DROPS, FACTOR)
        after, moments = self._adam.propose(weights.arrays(), normalised(arrays), rate)
        good = math.isfinite(found.loss) and np.isfinite(final.sum(dtype=np.float64))
        if not (good and all_finite(arrays) and all_finite(after)):
            raise DivergedError(
                f"training left the finite numbers at update {update + 1}; "
                "the weights before it were kept",
                remedy="Lower the learning rate",
            )
        made = Weights.from_arrays(self.rule, after)
        # From here on nothing can fail.
        self._adam.commit(moments)
        self._pool.put(slots, final)
        self._shown = found.pictures
        return made, {"loss": found.loss, **found.scalars, "learning rate": rate}

    def patches(self) -> tuple[FloatArray, FloatArray]:
        """Return what the last update looked at and the example, as shown, not clamped.

        Returns
        -------
        pictures : ndarray, shape (n, h, w, k)
            Mid-grey before the first update.
        target : ndarray, shape (1, h, w, k)
            As large a part of the example; less where it is smaller.
        """
        side, k = self.plan.patch_pixels, len(self._channels)
        shown = self._shown
        if shown is None:
            shown = np.full((self.plan.patches, side, side, k), 0.5, np.float32)
        return shown, self.target.pixels[None, :side, :side]

    def arrays(self) -> Arrays:
        """Return the optimiser and the pool; windows follow from the seed and the count."""
        return {**self._adam.arrays(), "pool": self._pool.states}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take back what `arrays` returned; `ValueError` where the pool has another shape."""
        pool = arrays["pool"]
        if pool.shape != self._pool.states.shape:
            raise ValueError(f"the pool is {pool.shape}, not {self._pool.states.shape}")
        self._adam.restore(arrays)
        self._pool.states[...] = pool

    def _memory(self, start: FloatArray, steps: int) -> FloatArray:
        """Memory for the states of a rollout, kept for the next one."""
        if self._buffer is None or len(self._buffer) <= steps:
            self._buffer = np.empty((steps + 1, *start.shape), np.float32)
        return self._buffer

    def _look(self, states: FloatArray, windows: list[Batch], *, moved: bool = False) -> FloatArray:
        """Pictures (n, h, w, k) of states (B, V, C) as the windows show them."""
        half = np.float32(0.5)
        return np.concatenate(
            [
                batch.apply(np.ascontiguousarray(state[:, self._channels]) + half, moved=moved)
                for state, batch in zip(states, windows, strict=True)
            ]
        )

    def _put_back(
        self, gradient: FloatArray, windows: list[Batch], away: FloatArray, *, moved: bool = False
    ) -> None:
        """Add the gradient of pictures (n, h, w, k) to that of the states (B, V, C)."""
        parts = np.split(away, np.cumsum([len(batch.patches) for batch in windows])[:-1])
        for own, batch, part in zip(gradient, windows, parts, strict=True):
            own[:, self._channels] += batch.adjoint(part, moved=moved)


@dataclass
class _Judgement:
    """Loss of a rollout, its parts, and the gradient by the last and by earlier states."""

    loss: float
    scalars: dict[str, float]
    gradient: FloatArray
    inject: dict[int, FloatArray]
    pictures: FloatArray


def _sphere(nu: int, pause: Callable[[], None]) -> Surface:
    """Make the sphere that is trained on, with what the rollouts need of it."""
    points, faces = icosphere(nu)
    pause()
    made = Surface.of(points, faces)
    pause()
    _ = made.normals  # kept by the surface, as is the way back by the ring
    pause()
    _ = Ring.of(made, pause).reverse
    return made


def _style(target: Target, plan: Plan, seed: int, device: str) -> PatchStyle:
    """The loss that was asked for."""
    weights = Path(plan.weights) if plan.weights else None
    if plan.loss == "text":
        if target.maps != "image":
            raise BadInput(
                "a text is learned as a picture, not as a material",
                remedy="Choose an example that is a picture, or another loss",
            )
        from engine.style.clip import TextLoss

        return EachMap([TextLoss(plan.prompt, weights, device=device)], 3, device=device)
    return make_patch_style(
        plan.loss, target.pixels, side=plan.patch_pixels, weights=weights, seed=seed, device=device
    )


def _motion(plan: Plan, device: str) -> MotionLoss | None:
    """The motion loss that was asked for: by the network if the user has its weights."""
    if plan.motion == "none":
        return None
    if not plan.flow_weights:
        return AdvectedFrames()
    from engine.style.flow import FlowMotion

    return FlowMotion(Path(plan.flow_weights), device)


def _moved(surface: Surface, plan: Plan) -> FloatArray | None:
    """The vertices after `AHEAD` steps of the motion that was asked for."""
    if plan.motion == "none":
        return None
    return advected(surface, FIELD_OF[plan.motion], plan.motion_speed * AHEAD)

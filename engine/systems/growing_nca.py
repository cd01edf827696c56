"""Growing NCA: one small network, the same in every cell, grows a seed into a picture and heals it.

Mordvintsev, Randazzo, Niklasson, Levin, "Growing Neural Cellular Automata", Distill 2020
(10.23915/distill.00023). Stepping and training use the fused kernels of `engine.nca`, no torch.
"""

from __future__ import annotations

import dataclasses
from importlib import resources
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from engine.core.errors import BadInput
from engine.core.params import Params, live, rebuild
from engine.core.spec import Asset
from engine.core.system import Action, BrushTool, Export, Poll, SystemInfo, TargetOption
from engine.core.views import Stroke
from engine.media.images import read_image
from engine.media.picture import Picture
from engine.media.target import to_target
from engine.nca.damage import damage
from engine.nca.rule import ALPHA, GROWING
from engine.nca.tensor_rollout import make_rollout
from engine.nca.train import Settings
from engine.nca.trained_grid import TrainedGrid, TrainedGridParams
from engine.nca.webgl import write_growing_webgl

__all__ = ["GrowingNca", "GrowingParams", "default_target", "prepare_target", "seed_state"]

MARGIN = 32  # cells around the target: a pattern that meets itself across the border is destroyed
DEFAULT_TARGET = "gecko.png"

Cells = NDArray[np.float32]


def _side(name: str) -> Any:
    help = f"{name} of the live world; at least the target and {MARGIN} cells"
    return rebuild(48, help, ge=40, le=2048, unit="cells", cost="memory")


class GrowingParams(TrainedGridParams):
    """What can be set of a growing automaton."""

    regime: Literal["grow", "persist", "regenerate"] = live(
        "regenerate",
        "What is trained: grow from the seed only, persist (start from earlier results), or "
        "regenerate (heal damage too). Growing alone is learned fastest and falls apart later",
    )
    alive_threshold: float = live(
        0.1, "Alpha that a neighbour needs for a cell to live", ge=0.0, le=0.9, expert=True
    )
    learning_rate: float = live(
        2e-3, "Adam's step; too large diverges, too small takes hours", ge=1e-5, le=2e-2, log=True
    )
    steps_min: int = live(
        24,
        "Fewest steps from a start to the loss; about 1.5 times the size",
        ge=4,
        le=256,
        unit="steps",
        cost="time",
    )
    steps_spread: int = live(
        15,
        "Up to so many steps more, drawn anew for every update",
        ge=0,
        le=128,
        unit="steps",
        cost="time",
    )
    target_size: int = rebuild(
        16, "Longest side of the picture that is learned", ge=8, le=96, unit="cells", cost="time"
    )
    padding: int = rebuild(
        4, "Empty cells around the picture while training", ge=2, le=32, unit="cells", cost="time"
    )
    width: int = _side("Width")
    height: int = _side("Height")
    background: Literal["auto", "alpha", "white", "black", "corner", "keep"] = rebuild(
        "auto", "What of the picture becomes transparent; auto decides by the picture's border"
    )
    background_threshold: float = rebuild(
        0.1,
        "How much a colour may differ and still count as background",
        ge=0.0,
        le=1.0,
        title="Tolerance",
    )
    updates: int = rebuild(
        2000,
        "Training updates planned; the learning rate falls on the way",
        ge=10,
        le=200_000,
        log=True,
        cost="time",
    )
    batch: int = rebuild(4, "States trained at once", ge=1, le=32, cost="time", expert=True)
    pool: int = rebuild(
        128, "Earlier results to start from", ge=32, le=4096, log=True, cost="memory", expert=True
    )
    decay_at: float = live(
        0.65,
        "Part of the planned updates after which the learning rate falls to a tenth",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    damage_after: int = live(
        150,
        "Updates before damage begins: first there must be something to damage",
        ge=0,
        le=10_000,
        expert=True,
    )
    damage_share: float = live(
        0.375,
        "Part of a batch that is damaged, the best of it; at least one",
        ge=0.0,
        le=0.75,
        expert=True,
    )
    halves: float = live(
        0.5,
        "Part of the damage that cuts a half away instead of a disc",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    normalise: bool = live(
        True,
        "Divide each tensor's gradient by its norm, against sudden jumps of the loss",
        expert=True,
    )
    channels: int = rebuild(
        16,
        "Numbers in a cell: colour, alpha and hidden ones",
        ge=6,
        le=32,
        cost="time",
        expert=True,
    )
    hidden: int = rebuild(
        128, "Units of the network's hidden layer", ge=16, le=256, cost="time", expert=True
    )


# Size and padded size in cells, updates, seconds of one 2.5 GHz core per update of a grown batch.
ON_CPU = (
    (16, 24, 2000, 0.015),
    (24, 34, 3000, 0.035),
    (32, 44, 4000, 0.07),
    (40, 56, 5000, 0.13),
    (64, 88, 6000, 0.43),
)
# What a world that was fine-tuned before must forget when it gets another target.
FRESH = {"learning_rate": 2e-3, "decay_at": 0.65, "batch": 4, "pool": 128, "damage_share": 0.375}
ON_CUDA = FRESH | {
    "target_size": 40,
    "padding": 16,
    "batch": 8,
    "pool": 1024,
    "steps_min": 64,
    "steps_spread": 31,
    "updates": 8000,
    "decay_at": 0.25,
}


class SeedGrid(BaseModel):
    """How many seeds to plant."""

    rows: int = Field(2, ge=1, le=16, description="Seeds from top to bottom")
    columns: int = Field(2, ge=1, le=16, description="Seeds from left to right")


SEED = BrushTool(
    "seed", "Plant a seed", "sprout", "Plant the cell from which the pattern grows", radius=0.5
)


class GrowingNca(TrainedGrid):
    """Cells that share one small network grow from a seed into the target, keep it and heal it."""

    info: ClassVar[SystemInfo] = SystemInfo(
        slug="growing-nca",
        title="Growing NCA",
        summary="One small network in every cell grows a seed into your picture and heals it.",
        paper="Mordvintsev, Randazzo, Niklasson, Levin, Growing Neural Cellular Automata, "
        "Distill 2020, 10.23915/distill.00023",
        family="Grids",
        tags=("neural", "morphogenesis", "regeneration", "trainable", "picture"),
    )
    Params: ClassVar[type[Params]] = GrowingParams
    params: GrowingParams
    incidental: ClassVar[frozenset[str]] = frozenset(
        (
            "regime",
            "learning_rate",
            "steps_min",
            "steps_spread",
            "decay_at",
            "damage_after",
            "damage_share",
            "halves",
            "normalise",
        )
    )

    def build(self) -> None:
        """Prepare target, network, optimiser and pool."""
        p = self.params
        self.target = prepare_target(self.spec.target, p)
        self._empty_error = float(np.mean(self.target**2))
        rule = dataclasses.replace(GROWING, channels=p.channels, hidden=p.hidden)
        self._training_rule = rule
        side, least = len(self.target), p.target_size + MARGIN
        self.install(
            dataclasses.replace(rule, border="wrap"),
            (max(p.height, least), max(p.width, least)),
            seed_state(side, side, p.channels),
            max(p.pool, p.batch),
        )

    def start(self) -> None:
        """Plant one seed in the centre."""
        self._cells[...] = seed_state(*self._cells.shape)

    @property
    def threshold(self) -> float:
        """Alpha that a neighbour needs for a cell to live."""
        return self.params.alive_threshold

    def channels(self) -> tuple[str, ...]:
        """Name colour, alpha and hidden channels."""
        hidden = self.params.channels - 4
        return ("red", "green", "blue", "alpha", *(f"hidden {i + 1}" for i in range(hidden)))

    def colour(self, cells: NDArray[Any]) -> NDArray[np.uint8]:
        """Draw premultiplied RGBA; a colour never exceeds its alpha."""
        rgba = np.clip(cells[..., :4], 0.0, 1.0)
        np.minimum(rgba[..., :3], rgba[..., 3:], out=rgba[..., :3])
        return np.asarray(rgba * 255.0 + 0.5, np.uint8)

    def target_sheet(self) -> Cells:
        """Return the padded target, hidden channels zero."""
        sheet = np.zeros((*self.target.shape[:2], self.params.channels), np.float32)
        sheet[..., :4] = self.target
        return sheet

    def brushes(self) -> tuple[BrushTool, ...]:
        """Offer erase, paint and seed."""
        return (*super().brushes(), SEED)

    def brush_cells(
        self, stroke: Stroke, rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> None:
        """Plant seed cells, or erase and paint."""
        if stroke.tool == "seed":
            self._cells[rows, columns] = _seed_cell(self.params.channels)
        else:
            super().brush_cells(stroke, rows, columns)

    def actions(self) -> dict[str, Action]:
        """Offer a field of seeds."""
        help = "Clear the world and plant seeds at equal distances"
        return {"seed-grid": Action("Plant a grid of seeds", SeedGrid, help=help)}

    def act(self, name: str, arguments: SeedGrid) -> None:
        """Clear the world and plant seeds at equal distances."""
        height, width = self._cells.shape[:2]
        rows = (np.arange(arguments.rows) * 2 + 1) * height // (2 * arguments.rows)
        columns = (np.arange(arguments.columns) * 2 + 1) * width // (2 * arguments.columns)
        everywhere = np.indices((height, width)).reshape(2, -1)
        with self.writing(everywhere[0], everywhere[1]):
            self._cells[...] = 0.0
            self._cells[rows[:, None], columns[None, :]] = _seed_cell(self.params.channels)

    def metrics(self) -> dict[str, float]:
        """Count living cells, average alpha, compare the middle of the world with the target."""
        alpha = self._cells[..., ALPHA]
        return {
            "alive cells": float(np.count_nonzero(alpha > self.params.alive_threshold)),
            "mean alpha": float(alpha.mean()),
            "error": self.error(),
        }

    def error(self) -> float:
        """Mean squared difference to the centred target over that of an empty world: E / E0."""
        side = len(self.target)
        height, width = self._cells.shape[:2]
        top, left = height // 2 - side // 2, width // 2 - side // 2
        middle = self._cells[top : top + side, left : left + side, :4]
        return float(np.mean((middle - self.target) ** 2) / self._empty_error)

    def exports(self) -> tuple[Export, ...]:
        """Write the weights for the web page of the article, where they have its shape."""
        if (self.params.channels, self.params.hidden) != (GROWING.channels, GROWING.hidden):
            return ()
        title = "Weights for the article's web page (8 bit)"
        return (Export(".json", title, lambda path: write_growing_webgl(path, self.weights)),)

    def train_progress(self) -> tuple[int, int]:
        """Return updates done and planned."""
        return self.updates_done, self.params.updates

    def update(self, poll: Poll) -> dict[str, float]:
        """Run a batch from its starts and descend on the squared difference to the target."""
        p, draw = self.params, self.train_rng
        slots, start = self._batch(p)
        steps = int(draw.integers(p.steps_min, p.steps_min + p.steps_spread + 1))
        settings = Settings(seed=int(draw.integers(2**62)))
        rollout = make_rollout(
            self.device, self._training_rule, self.weights, start, steps, settings, poll
        )
        difference = rollout.final[..., :4] - self.target
        loss = float(np.mean(difference**2, dtype=np.float64))
        gradient = np.zeros_like(rollout.final)
        gradient[..., :4] = difference * (2.0 / difference.size)
        gradients = rollout.backward(gradient).weights
        rate = self.rate(p.learning_rate, p.updates, (p.decay_at,), 0.1)
        self.take(loss, gradients, rate, start, rollout.final, slots, p.normalise)
        return {"loss": loss, "relative loss": loss / self._empty_error, "learning rate": rate}

    def _batch(self, p: GrowingParams) -> tuple[NDArray[np.intp] | None, Cells]:
        """Draw starts: seeds, or from the pool with the worst replaced by a seed, the best hurt."""
        seed = seed_state(*self._pool.states.shape[1:])
        if p.regime == "grow":
            return None, np.repeat(seed[None], p.batch, axis=0)
        slots, start = self._pool.draw(self.train_rng, p.batch)
        losses = np.mean((start[..., :4] - self.target) ** 2, axis=(1, 2, 3))
        order = np.argsort(-losses, kind="stable")
        slots, start = slots[order], start[order]  # slots and states stay in step
        start[0] = seed
        if p.regime == "regenerate" and self.updates_done >= p.damage_after and p.batch > 1:
            hurt = max(1, int(p.batch * p.damage_share))
            damage(start[-hurt:], self.train_rng, p.halves)
        return slots, start

    @classmethod
    def target_kinds(cls) -> tuple[str, ...]:
        """Learn from pictures."""
        return ("image",)

    @classmethod
    def target_options(cls, target: Asset, device: str) -> tuple[TargetOption, ...]:
        """Offer sizes with the minutes that a run takes, measured on one core of 2.5 GHz."""
        if device == "cuda":
            return (TargetOption("40 px in 72 x 72, as published", ON_CUDA, None, True),)
        return tuple(
            TargetOption(
                f"{size} px in {side} x {side}",
                FRESH
                | {
                    "target_size": size,
                    "padding": (side - size) // 2,
                    "steps_min": size * 3 // 2,
                    "steps_spread": size - 1,
                    "updates": updates,
                },
                updates * seconds / 60.0,
                recommended=size == 16,
            )
            for size, side, updates, seconds in ON_CPU
        )


def _seed_cell(channels: int) -> Cells:
    """Return the first living cell: no colour, alpha and all hidden channels 1."""
    cell = np.ones(channels, np.float32)
    cell[:3] = 0.0
    return cell


def seed_state(height: int, width: int, channels: int) -> Cells:
    """Return an empty grid (height, width, channels) with a seed at (height // 2, width // 2)."""
    state = np.zeros((height, width, channels), np.float32)
    state[height // 2, width // 2] = _seed_cell(channels)
    return state


def default_target() -> Asset:
    """Return the picture that is learned where none is given."""
    data = (resources.files("resources") / "targets" / DEFAULT_TARGET).read_bytes()
    pixels = np.round(read_image(data, name=DEFAULT_TARGET).pixels * 255.0)
    return Asset(DEFAULT_TARGET, pixels.astype(np.uint8))


def prepare_target(asset: Asset | None, params: GrowingParams) -> Cells:
    """Return premultiplied RGBA (side, side, 4), side being the target's size and its padding.

    Raises
    ------
    BadInput
        If the picture cannot be a target or nothing of it is visible.
    """
    asset = asset or default_target()
    if not isinstance(asset.data, np.ndarray):
        raise BadInput("a target must be a picture", path=asset.name)
    pixels = np.asarray(asset.data, np.float32) / np.float32(255.0)
    target = to_target(
        Picture(pixels, "PNG", asset.sha256, asset.name),
        params.target_size,
        background=params.background,
        threshold=params.background_threshold,
        padding=params.padding,
    )
    if not target.any():
        raise BadInput("nothing of the picture is visible", path=asset.name)
    return target

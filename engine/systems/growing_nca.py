"""Growing NCA: one small network, the same in every cell, grows a seed into a picture and heals it.

Mordvintsev, Randazzo, Niklasson, Levin, "Growing Neural Cellular Automata", Distill 2020
(10.23915/distill.00023). Stepping and training use the fused kernels of `engine.nca`, no torch.
"""

from __future__ import annotations

import dataclasses
from importlib import resources
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from engine.core.errors import BadInput
from engine.core.params import Params
from engine.core.spec import Asset
from engine.core.system import Action, BrushTool, Export, Poll, SystemInfo, TargetOption
from engine.core.views import Stroke
from engine.media.images import read_image
from engine.media.picture import Picture
from engine.media.target import to_target
from engine.nca.damage import damage
from engine.nca.growing_parameters import FRESH, MARGIN, ON_CPU, ON_CUDA, GrowingParams
from engine.nca.rule import ALPHA, GROWING
from engine.nca.tensor_rollout import make_rollout
from engine.nca.train import Settings
from engine.nca.trained_grid import TrainedGrid
from engine.nca.webgl import write_growing_webgl

__all__ = ["GrowingNca", "GrowingParams", "default_target", "prepare_target", "seed_state"]

DEFAULT_TARGET = "gecko.png"

Cells = NDArray[np.float32]


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
    coloured: ClassVar[int | None] = 4
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
        rgba = np.clip(np.ascontiguousarray(cells[..., :4], np.float32), 0.0, 1.0)
        for channel in range(3):  # one by one: numpy's loop over three is three times as slow
            np.minimum(rgba[..., channel], rgba[..., ALPHA], out=rgba[..., channel])
        rgba *= 255.0
        rgba += 0.5
        return rgba.astype(np.uint8)

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

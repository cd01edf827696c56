"""Texture NCA: a local rule makes, from nothing and for ever, a texture like one example picture.

Niklasson, Mordvintsev, Randazzo, Levin, "Self-Organising Textures", Distill 2021; Mordvintsev,
Niklasson, Randazzo, "Texture Generation with Neural Cellular Automata", arXiv 2105.07299. The state
gradient is normalised at every step back in time (muNCA, arXiv 2111.13545). Stepping needs no
torch; it is imported by the first update, for the style loss.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.params import Params, live, rebuild
from engine.core.spec import Asset
from engine.core.system import Poll, SystemInfo, TargetOption
from engine.media.picture import Picture
from engine.media.target import to_texture
from engine.nca.rule import TEXTURE
from engine.nca.tensor_rollout import make_rollout
from engine.nca.train import Settings
from engine.nca.trained_grid import TrainedGrid, TrainedGridParams
from engine.style import StyleKind, StyleLoss, make_style_loss
from engine.style.textures import TEXTURES

__all__ = ["TextureNca", "TextureParams", "example_asset", "prepare_example"]

DEFAULT_EXAMPLE = "scales"
OVERFLOW = 100.0  # weight of the mean excess of the state beyond +-1
FRESH_EVERY = 8  # updates between two fresh seeds
SECONDS_PER_UPDATE = 0.055  # of one 2.5 GHz core, batch 2, 48 x 48, patch SWD

Cells = NDArray[np.float32]
LossName = Literal["patch-swd", "random-gram", "vgg-ot", "vgg-gram"]


class TextureParams(TrainedGridParams):
    """What can be set of a texture automaton."""

    learning_rate: float = live(
        2e-3,
        "Adam's step; it falls to 0.3 of it at half and again at 0.8 of the plan",
        ge=1e-5,
        le=2e-2,
        log=True,
    )
    steps_min: int = live(
        16, "Fewest steps from a start to the loss", ge=4, le=256, unit="steps", cost="time"
    )
    steps_spread: int = live(
        23,
        "Up to so many steps more, drawn anew for every update",
        ge=0,
        le=128,
        unit="steps",
        cost="time",
    )
    width: int = rebuild(
        128, "Width of the live world, a torus", ge=16, le=2048, unit="cells", cost="memory"
    )
    height: int = rebuild(
        128, "Height of the live world, a torus", ge=16, le=2048, unit="cells", cost="memory"
    )
    longest_side: int = rebuild(
        96,
        "Size of the example: its features should be 5 to 30 cells wide",
        ge=32,
        le=256,
        unit="cells",
    )
    updates: int = rebuild(
        2000,
        "Training updates planned; the learning rate falls on the way",
        ge=10,
        le=200_000,
        log=True,
        cost="time",
    )
    loss: LossName = rebuild(
        "patch-swd",
        "How likeness is measured: small patches at several scales, random filters, or VGG-16 "
        "with weights of your own",
    )
    vgg_weights: str = rebuild(
        "",
        "A .safetensors file with torchvision's vgg16, for the two VGG losses",
        max_length=4096,
        expert=True,
    )
    training_size: int = rebuild(
        48,
        "Side of the torus that is trained on",
        ge=16,
        le=128,
        unit="cells",
        cost="time",
        expert=True,
    )
    batch: int = rebuild(2, "States trained at once", ge=1, le=16, cost="time", expert=True)
    pool: int = rebuild(
        32,
        "Earlier results to start from; large pools starve short runs",
        ge=16,
        le=1024,
        log=True,
        cost="memory",
        expert=True,
    )
    channels: int = rebuild(
        12, "Numbers in a cell: colour and hidden ones", ge=4, le=32, cost="time", expert=True
    )
    hidden: int = rebuild(
        96, "Units of the network's hidden layer", ge=8, le=256, cost="time", expert=True
    )
    filter_scale: float = rebuild(
        0.125, "Factor of the perceived gradients and Laplacian", ge=0.01, le=1.0, expert=True
    )
    clip: float = rebuild(
        2.0, "Bound of perception, update and state; 0 for none", ge=0.0, le=10.0, expert=True
    )
    output_bias: bool = rebuild(False, "Whether the second layer has a bias", expert=True)
    rgb_gain: float = rebuild(
        1.0,
        "Colour is this times the first three channels, plus a half",
        ge=0.1,
        le=2.0,
        expert=True,
    )


class TextureNca(TrainedGrid):
    """Cells that share one small network make an endless texture like one example."""

    info: ClassVar[SystemInfo] = SystemInfo(
        slug="texture-nca",
        title="Texture NCA",
        summary="A local rule learns one example picture and weaves an endless texture like it.",
        paper="Niklasson, Mordvintsev, Randazzo, Levin, Self-Organising Textures, Distill 2021, "
        "10.23915/distill.00027.003",
        family="Grids",
        tags=("neural", "texture", "pattern", "trainable", "picture"),
    )
    Params: ClassVar[type[Params]] = TextureParams
    params: TextureParams
    coloured: ClassVar[int | None] = 3
    incidental: ClassVar[frozenset[str]] = frozenset(("learning_rate", "steps_min", "steps_spread"))

    def build(self) -> None:
        """Prepare example, network, optimiser and pool."""
        p = self.params
        self.example = prepare_example(self.spec.target, p.longest_side)
        rule = dataclasses.replace(
            TEXTURE,
            channels=p.channels,
            hidden=p.hidden,
            filter_scale=p.filter_scale,
            clip=p.clip or None,
            output_bias=p.output_bias,
        )
        side = p.training_size
        seed = np.zeros((side, side, p.channels), np.float32)
        self.install(rule, (p.height, p.width), seed, max(p.pool, p.batch))
        self._style: StyleLoss | None = None

    def start(self) -> None:
        """Begin from zeros; the random update mask breaks the symmetry."""
        self._cells[...] = 0.0

    def channels(self) -> tuple[str, ...]:
        """Name colour and hidden channels."""
        hidden = self.params.channels - 3
        return ("red", "green", "blue", *(f"hidden {i + 1}" for i in range(hidden)))

    def colour(self, cells: NDArray[Any]) -> NDArray[np.uint8]:
        """Draw RGB: gain times state plus a half."""
        rgb = cells[..., :3] * np.float32(self.params.rgb_gain)
        rgb += 0.5
        np.clip(rgb, 0.0, 1.0, out=rgb)
        rgb *= 255.0
        rgb += 0.5
        return np.asarray(rgb, np.uint8)

    def target_sheet(self) -> Cells:
        """Return the example, hidden channels zero."""
        sheet = np.zeros((*self.example.shape[:2], self.params.channels), np.float32)
        sheet[..., :3] = (self.example - 0.5) / np.float32(self.params.rgb_gain)
        return sheet

    def metrics(self) -> dict[str, float]:
        """Measure how colourful the world is and how far its state leaves its bounds."""
        # Ten times a second: of a large world every few cells are enough.
        stride = max(1, min(self._cells.shape[:2]) // 256)
        cells = self._cells[::stride, ::stride]
        return {
            "contrast": float(cells[..., :3].std()) * self.params.rgb_gain,
            "largest value": float(np.abs(cells).max()),
        }

    def train_progress(self) -> tuple[int, int]:
        """Return updates done and planned."""
        return self.updates_done, self.params.updates

    def update(self, poll: Poll) -> dict[str, float]:
        """Run a batch on and descend on its style distance, with the state gradient normalised."""
        p, draw = self.params, self.train_rng
        slots, start = self._pool.draw(draw, p.batch)
        if self.updates_done % FRESH_EVERY == 0:
            start[0] = 0.0
        steps = int(draw.integers(p.steps_min, p.steps_min + p.steps_spread + 1))
        settings = Settings(seed=int(draw.integers(2**62)))
        rollout = make_rollout(
            self.device,
            self.rule,
            self.weights,
            start,
            steps,
            settings,
            poll,
            normalise_state=True,
        )
        style, gradient = self._style_gradient(rollout.final, int(draw.integers(2**31)))
        poll()
        excess = rollout.final - np.clip(rollout.final, -1.0, 1.0)
        gradient += np.sign(excess) * np.float32(OVERFLOW / excess.size)
        loss = style + OVERFLOW * float(np.mean(np.abs(excess), dtype=np.float64))
        gradients = rollout.backward(gradient).weights
        rate = self.rate(p.learning_rate, p.updates, (0.5, 0.8), 0.3)
        self.take(loss, gradients, rate, start, rollout.final, slots)
        return {"loss": loss, "style distance": style, "learning rate": rate}

    def _style_gradient(self, final: Cells, draw: int) -> tuple[float, Cells]:
        """Style distance of a batch (B, H, W, C) and its gradient."""
        import torch

        if self._style is None:
            p = self.params
            kind: StyleKind = p.loss
            weights = Path(p.vgg_weights) if p.vgg_weights else None
            self._style = make_style_loss(
                kind, self.example, weights=weights, seed=self.seed, device=self.device
            )
        gain = self.params.rgb_gain
        planes = np.ascontiguousarray(final[..., :3].transpose(0, 3, 1, 2))
        colours = torch.from_numpy(planes * np.float32(gain) + np.float32(0.5))
        images = colours.to(self.device).requires_grad_()
        loss = self._style.loss(images, draw)
        (found,) = torch.autograd.grad(loss, images)
        gradient = np.zeros_like(final)
        gradient[..., :3] = found.cpu().numpy().transpose(0, 2, 3, 1) * np.float32(gain)
        return float(loss.detach()), gradient

    @classmethod
    def target_kinds(cls) -> tuple[str, ...]:
        """Learn from pictures."""
        return ("image",)

    @classmethod
    def target_options(cls, target: Asset, device: str) -> tuple[TargetOption, ...]:
        """Offer sizes of the example with the minutes that a run takes, measured on one core."""
        sizes = ((64, "fine"), (96, "medium"), (128, "coarse features"))
        return tuple(
            TargetOption(
                f"{size} px, {grain}",
                {"longest_side": size},
                None if device == "cuda" else TextureParams().updates * SECONDS_PER_UPDATE / 60.0,
                recommended=size == 96,
            )
            for size, grain in sizes
        )


def example_asset(name: str, side: int = 96) -> Asset:
    """Return a part of an example texture that is drawn in code, as a picture.

    Raises
    ------
    BadInput
        If there is no texture of that name.
    """
    if name not in TEXTURES:
        raise BadInput(
            f"there is no example texture {name!r}", remedy="Use one of " + ", ".join(TEXTURES)
        )
    drawn = TEXTURES[name](0)[:side, :side]
    pixels = np.full((*drawn.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = np.round(drawn * 255.0)
    return Asset(f"{name}.png", pixels)


def prepare_example(asset: Asset | None, longest_side: int) -> Cells:
    """Return the example as (h, w, 3) in 0..1, its longest side brought to `longest_side`.

    Raises
    ------
    BadInput
        If the picture cannot be used.
    """
    asset = asset or example_asset(DEFAULT_EXAMPLE)
    if not isinstance(asset.data, np.ndarray):
        raise BadInput("an example must be a picture", path=asset.name)
    pixels = np.asarray(asset.data, np.float32) / np.float32(255.0)
    return to_texture(Picture(pixels, "PNG", asset.sha256, asset.name), longest_side)

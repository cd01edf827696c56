"""What a training is, and what may be changed while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["FIELD_OF", "Dials", "LossKind", "Motion", "Plan"]

LossKind = Literal["patch-swd", "random-gram", "vgg-ot", "vgg-gram", "text"]
Motion = Literal["none", "x", "around y", "down"]

FIELD_OF: dict[Motion, str] = {"x": "positive x", "around y": "circular", "down": "downward"}
"""Names of the fields in `engine.meshes.advect`."""


@dataclass(frozen=True)
class Plan:
    """What needs a new trainer.

    Attributes
    ----------
    vertices : int
        About as many has the sphere that is trained on.
    pool, batch : int
        Earlier results to start from, and states trained at once.
    patches : int
        Windows compared in an update; the states of the batch take turns.
    patch_pixels : int
        Their side.
    pixels_per_edge : float
        Pixels of the example from vertex to vertex.
    cached_patches : int
        Windows that are kept; one of them is renewed every 16 updates.
    updates : int
        Updates planned: the learning rate falls to 0.3 of it at half of them and again at 0.8.
    loss : str
    weights : str
        File of the user: VGG-16, or CLIP for "text".
    prompt : str
        What it should look like, for "text".
    motion : str
        Which way the pattern should drift.
    motion_speed : float
        How fast where the field is fastest, in edges per step.
    motion_weight : float
        Of the motion loss beside the style loss, after 100 updates.
    flow_weights : str
        File of the user with the optical-flow network; without it frames are moved by the field.
    train_on : "sphere" or "own mesh"
    scales : tuple of float
        Texture scales that are practised in turn, so that the model bears others than 1. Every
        slot of the pool keeps to one of them.
    """

    vertices: int = 10_242
    pool: int = 32
    batch: int = 1
    patches: int = 4
    patch_pixels: int = 64
    pixels_per_edge: float = 2.0
    cached_patches: int = 48
    updates: int = 900
    loss: LossKind = "patch-swd"
    weights: str = ""
    prompt: str = ""
    motion: Motion = "none"
    motion_speed: float = 0.25
    motion_weight: float = 0.1
    flow_weights: str = ""
    train_on: Literal["sphere", "own mesh"] = "sphere"
    scales: tuple[float, ...] = (1.0,)

    @property
    def nu(self) -> int:
        """Frequency of the training sphere, which has 10 nu^2 + 2 vertices."""
        return max(4, round(float(np.sqrt((self.vertices - 2) / 10))))


@dataclass(frozen=True)
class Dials:
    """What may change from one update to the next.

    Attributes
    ----------
    learning_rate : float
        Of Adam, before it falls.
    steps_min, steps_spread : int
        A rollout has from `steps_min` to `steps_min + steps_spread` steps, and 8 at least where a
        motion is learned.
    """

    learning_rate: float = 1e-3
    steps_min: int = 12
    steps_spread: int = 11

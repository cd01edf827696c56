"""What can be set of a growing automaton, and which sizes of target are offered."""

from __future__ import annotations

from typing import Any, Literal

from engine.core.params import live, rebuild
from engine.nca.trained_grid import TrainedGridParams

__all__ = ["FRESH", "MARGIN", "ON_CPU", "ON_CUDA", "GrowingParams"]

MARGIN = 32
"""Cells around the target: a pattern that meets itself across the border is destroyed."""


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

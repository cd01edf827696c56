"""Parameters that all systems of attention share: reading, comparing, training."""

from __future__ import annotations

from typing import Literal

from engine.core.params import Params, live, rebuild

__all__ = ["COMPARISON", "DRAWN", "NEWEST", "READING", "TRAINING", "AttentionParams"]

NEWEST = 10_000_000
"""Value of `moment` that follows the training: more updates than anybody plans."""

READING, COMPARISON, TRAINING = "Reading", "Comparison", "Training"

DRAWN = frozenset(
    (
        "moment",
        "compare",
        "compare_moment",
        "compare_file",
        "alpha",
        "normalise",
        "learning_rate",
    )
)
"""Live parameters on which no tick depends."""


class AttentionParams(Params):
    """What every laboratory of attention can be told; a subclass adds its task and its layers.

    Declare `updates`, `learning_rate` and `batch` anew for other defaults.
    """

    hold: bool = live(
        False,
        "Read the same prompt again when its end is reached, instead of drawing a new one",
        title="Hold",
        group=READING,
    )
    moment: int = live(
        NEWEST,
        "Show the model as it was after so many updates; at its end the newest one is shown",
        ge=0,
        le=NEWEST,
        log=True,
        least=1,
        expert=True,
        group=COMPARISON,
    )
    compare: Literal["nothing", "construction", "start", "moment", "file"] = live(
        "nothing",
        "What stands beside the learned model: weights made by hand, those before the first "
        "update, those of another moment, or a saved model of the same architecture",
        title="Compare with",
        group=COMPARISON,
    )
    compare_moment: int = live(
        0,
        "The moment that the choice 'moment' compares with",
        title="Moment",
        ge=0,
        le=NEWEST,
        log=True,
        least=1,
        expert=True,
        group=COMPARISON,
    )
    compare_file: str = live(
        "",
        "A saved model (.safetensors) that the choice 'file' compares with",
        max_length=4096,
        expert=True,
        group=COMPARISON,
    )
    alpha: float = live(
        0.0,
        "Runs a mixture of the learned and the constructed weights: 0 is learned, 1 constructed",
        ge=0.0,
        le=1.0,
        title="Blend",
        group=COMPARISON,
    )
    normalise: bool = live(
        True,
        "Bring weight matrices, and the attention of what is compared, to one size and sign: only "
        "the product of KQ and PV matters",
        group=COMPARISON,
    )
    learning_rate: float = live(
        1e-3,
        "Step of the optimiser from the next update on; too large a one diverges and is taken back",
        ge=1e-6,
        le=1.0,
        log=True,
        group=TRAINING,
    )
    updates: int = rebuild(
        1500,
        "Updates of the weights that the training plans; schedules refer to them",
        ge=1,
        le=1_000_000,
        log=True,
        group=TRAINING,
    )
    batch: int = rebuild(
        256,
        "Sequences per update: more give a smoother loss and take longer",
        ge=1,
        le=4096,
        log=True,
        cost="time",
        group=TRAINING,
    )

"""What can be set of a transformer that learns regression in its context."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import model_validator

from engine.attention.design import Design
from engine.attention.learners import AttentionKind, regression_design, sine_design
from engine.attention.parameters import COMPARISON, DRAWN, TRAINING, AttentionParams
from engine.attention.tasks.regression import Layout, LinearRegression
from engine.attention.tasks.sine import SineRegression
from engine.core.params import live, rebuild

__all__ = ["INCIDENTAL", "FarAxis", "InContextParams", "Regression", "design_for", "task_for"]

Regression = LinearRegression | SineRegression
FarAxis = Literal["input range", "weight scale", "examples", "noisy labels", "other law"]

PROMPT, MODEL, YARDSTICKS = "Prompt", "Model", "Gradient descent"
INCIDENTAL = DRAWN | {"step_size", "contraction", "descent", "direction", "far_axis", "damping"}

_BOUND, _UNBOUNDED = 10.0, 2  # times the labels; layers that need none
_SINE_RANGE = 10.0  # of the sine's inputs where `input_range` is 1


class InContextParams(AttentionParams):
    """Parameters of in-context regression; the defaults are the paper's single layer."""

    task: Literal["linear", "linear in turns", "sine"] = rebuild(
        "linear",
        "Linear problems with x and y in one token, the same with x and y as tokens in turn (the "
        "first layer must learn to copy), or sine waves behind an embedding",
        group=PROMPT,
    )
    dims: int = rebuild(
        10, "Numbers in x; a sine wave has one", ge=1, le=32, title="Dimensions", group=PROMPT
    )
    points: int = rebuild(
        10, "Examples in a prompt", ge=1, le=128, title="Examples", cost="time", group=PROMPT
    )
    input_range: float = rebuild(
        1.0,
        "Width of the interval that inputs come from, half of it on each side of 0; of sine waves "
        "it is ten times that",
        ge=0.05,
        le=5.0,
        log=True,
        group=PROMPT,
    )
    weight_scale: float = rebuild(
        1.0,
        "Standard deviation of the weights of a linear problem; factor of a wave's amplitude",
        ge=0.05,
        le=10.0,
        log=True,
        group=PROMPT,
    )
    noisy: int = rebuild(
        0,
        "Labels of a prompt that are replaced by noise",
        ge=0,
        le=128,
        title="Noisy labels",
        group=PROMPT,
    )
    tied: bool = rebuild(
        True,
        "Whether a wave's amplitude and phase come from one random number, as in the released "
        "generator; off draws both",
        title="Tied waves",
        expert=True,
        group=PROMPT,
    )
    kind: AttentionKind = rebuild(
        "linear",
        "How heads weigh what they read: linear, softmax, softmax in the first layer only, or mesa",
        title="Attention",
        group=MODEL,
    )
    depth: int = rebuild(1, "Layers of attention", ge=1, le=8, title="Layers", group=MODEL)
    heads: int = rebuild(1, "Heads in a layer", ge=1, le=8, group=MODEL)
    shared: bool = rebuild(
        True,
        "Whether all layers have the same weights, each a repetition of the first",
        title="Shared layers",
        group=MODEL,
    )
    clip: float = rebuild(
        0.0,
        "Bound on all numbers after a layer: deep linear attention may overflow. 0 has none up to "
        "two layers, and ten times the labels where linear ones are more",
        ge=0.0,
        le=100.0,
        log=True,
        least=0.1,
        title="Activation clip",
        group=MODEL,
    )
    key: int = rebuild(
        0,
        "Numbers in a key of each head; 0 for as many as a token has",
        ge=0,
        le=64,
        title="Size of a key",
        expert=True,
        group=MODEL,
    )
    dampening: float = rebuild(
        1.0, "Factor of what a layer adds to a token", ge=0.05, le=2.0, expert=True, group=MODEL
    )
    width: int = rebuild(
        40,
        "Channels that a sine wave's tokens are embedded in",
        ge=4,
        le=128,
        expert=True,
        group=MODEL,
    )
    hidden: int = rebuild(
        160,
        "Units of the perceptron behind that embedding; 0 for none",
        ge=0,
        le=512,
        expert=True,
        group=MODEL,
    )
    frozen: bool = rebuild(
        False,
        "Keep attention at its construction, one step of gradient descent, and teach only the "
        "embedding before it",
        title="Keep GD",
        expert=True,
        group=MODEL,
    )
    learning_rate: float = live(
        5e-3,
        "Adam's step from the next update on, highest of its schedule; too large a one diverges "
        "and is taken back",
        ge=1e-6,
        le=1.0,
        log=True,
        group=TRAINING,
    )
    updates: int = rebuild(
        1500,
        "Updates that the training plans; the schedule of the learning rate ends there",
        ge=1,
        le=1_000_000,
        log=True,
        group=TRAINING,
    )
    batch: int = rebuild(
        512,
        "Prompts per update: more give a smoother loss and take longer",
        ge=1,
        le=4096,
        log=True,
        cost="time",
        group=TRAINING,
    )
    schedule: Literal["cosine", "linear", "constant"] = rebuild(
        "cosine",
        "How the learning rate falls: all the way, over the last 30 %, or not at all",
        group=TRAINING,
    )
    gradient_clip: float = rebuild(
        0.001,
        "Bound on the gradient's length, 0 for none; a tiny one makes all gradients equally long",
        ge=0.0,
        le=1000.0,
        log=True,
        least=0.0001,
        expert=True,
        group=TRAINING,
    )
    initial: float = rebuild(
        0.002,
        "Variance of the first weights times the inputs of a unit, shared by all layers; small "
        "ones have a long plateau before them",
        ge=1e-5,
        le=2.0,
        log=True,
        title="Initial variance",
        expert=True,
        group=TRAINING,
    )
    step_size: float = live(
        1.0,
        "Step size of gradient descent and of the construction, as a multiple of the best one",
        ge=0.0,
        le=3.0,
        unit="x best",
        title="GD step size",
        group=YARDSTICKS,
    )
    contraction: float = live(
        1.0,
        "How far GD++ contracts the inputs, as a multiple of the best",
        ge=0.0,
        le=3.0,
        unit="x best",
        title="Contraction",
        group=YARDSTICKS,
    )
    descent: Literal["GD", "GD++"] = live(
        "GD",
        "Which of the two the constructed weights are; one layer cannot tell them apart",
        title="Construction",
        group=COMPARISON,
    )
    direction: int = live(
        0,
        "Along what inputs are drawn: 0 for the direction of the query, else one of x's numbers",
        ge=0,
        le=32,
        title="Plot along",
        group=YARDSTICKS,
    )
    far_axis: FarAxis = live(
        "input range",
        "What is changed, without teaching the model, in the chart of far from home",
        title="Far along",
        group=YARDSTICKS,
    )
    damping: float = live(
        0.75,
        "Factor of every step where one layer is applied again and again",
        ge=0.05,
        le=1.0,
        title="Damping",
        group=YARDSTICKS,
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.noisy > self.points:
            raise ValueError(f"{self.noisy} noisy labels are more than {self.points} examples")
        if self.frozen and (self.task == "linear in turns" or self.kind != "linear"):
            raise ValueError(
                "gradient descent is only constructed of linear heads on tokens of x and y"
            )
        if self.frozen and self.task == "linear":
            raise ValueError("there is nothing to teach but the attention that is to be kept")
        if self.frozen and self.key and self.key < self.width:
            raise ValueError(f"a constructed step does not fit into keys of {self.key}")
        return self


def task_for(p: InContextParams) -> Regression:
    """Return the task that parameters describe."""
    if p.task == "sine":
        return SineRegression(p.points, _SINE_RANGE * p.input_range, p.weight_scale, p.tied)
    layout: Layout = "pairs" if p.task == "linear" else "turns"
    return LinearRegression(p.dims, p.points, p.input_range, p.weight_scale, p.noisy, layout)


def _bound(p: InContextParams, task: Regression) -> float:
    """Return the bound on activations of a model for which none is chosen.

    The released code has 10 from three linear layers on, where labels are about 1.
    """
    if p.kind != "linear" or p.depth <= _UNBOUNDED:
        return 0.0
    return _BOUND * max(1.0, round(math.sqrt(2.0 * task.naive), 1))


def design_for(p: InContextParams) -> Design:
    """Return the model that parameters describe."""
    task = task_for(p)
    layers = {
        "kind": p.kind,
        "depth": p.depth,
        "heads": p.heads,
        "key": p.key,
        "shared": p.shared,
        "clip": p.clip or _bound(p, task),
        "dampening": p.dampening,
    }
    if isinstance(task, SineRegression):
        return sine_design(task, width=p.width, hidden=p.hidden, **layers)  # type: ignore[arg-type]
    return regression_design(task, **layers)  # type: ignore[arg-type]

"""Parameters of the mesa laboratory: which systems are predicted, and by which layers."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from engine.attention.design import Design, Kind, Layer
from engine.attention.parameters import DRAWN, TRAINING, AttentionParams
from engine.attention.tasks.dynamics import Dynamics, Spectrum
from engine.core.params import live, rebuild

__all__ = ["INCIDENTAL", "MesaParams", "design_for", "task_for"]

SYSTEM, LAYERS, PROMPT, THEORY = "System", "Layers", "Prompt", "Theory"

INCIDENTAL = DRAWN | {
    "solver",
    "first",
    "second",
    "plane",
    "eta",
    "lam",
    "forgetting",
    "newest",
    "target",
}


class MesaParams(AttentionParams):
    """Next-token prediction of dynamical systems."""

    size: int = rebuild(
        5,
        "Numbers in a state that are seen; ridge regression needs as many tokens before it knows",
        ge=1,
        le=20,
        title="Dimensions",
        cost="time",
        group=SYSTEM,
    )
    length: int = rebuild(30, "Tokens in a sequence", ge=4, le=256, cost="time", group=SYSTEM)
    spectrum: Spectrum = rebuild(
        "orthogonal",
        "Law of a sequence: turning without end, shrinking, one law for all sequences (which "
        "weights can learn by heart), or bent by a fixed network",
        title="Law",
        group=SYSTEM,
    )
    unseen: int = rebuild(
        0,
        "Dimensions of the state beside those that are seen; with any the state is only seen "
        "through a random matrix",
        ge=0,
        le=40,
        title="Unseen",
        cost="time",
        group=SYSTEM,
    )
    noise: float = rebuild(
        0.01, "Standard deviation of the noise in every step and number", ge=0.0, le=1.0,
        group=SYSTEM,
    )  # fmt: skip
    tokens: Literal["raw", "constructed"] = rebuild(
        "raw",
        "Raw tokens are states, and a first softmax layer must learn to copy; constructed ones "
        "hold the state before as well",
        group=SYSTEM,
    )
    stacked: int = rebuild(
        1,
        "Observations that a constructed token stacks, for systems that are partly seen",
        ge=1,
        le=16,
        cost="time",
        expert=True,
        group=SYSTEM,
    )
    kind: Kind = rebuild(
        "mesa",
        "Attention that learns from the sequence: mesa layers solve ridge regression, linear ones "
        "take a step of gradient descent, softmax layers have to find a way",
        title="Attention",
        group=LAYERS,
    )
    depth: int = rebuild(
        1,
        "Layers of that kind; raw tokens have a softmax layer before them",
        ge=1,
        le=8,
        cost="time",
        title="Layers",
        group=LAYERS,
    )
    heads: int = rebuild(2, "Heads of every layer", ge=1, le=12, cost="time", group=LAYERS)
    key: int = rebuild(
        10, "Numbers in a query, key and value", ge=1, le=64, cost="time", group=LAYERS
    )
    width: int = rebuild(
        20,
        "Channels of the stream that raw tokens are embedded in; constructed ones bring their own",
        ge=1,
        le=256,
        cost="time",
        group=LAYERS,
    )
    solver: Literal["exact", "cg-2", "cg-5", "cg-10", "cg-20", "sherman-morrison"] = live(
        "exact",
        "How mesa layers solve: exactly, by so many conjugate gradients (too few underfit), or by "
        "updating the inverse token by token",
        group=LAYERS,
    )
    unit: bool = rebuild(
        False, "Give queries and keys the length 1", title="Unit keys", expert=True, group=LAYERS
    )
    mlp: int = rebuild(
        0,
        "Hidden units of a perceptron after every layer, 0 for none; bent laws need one",
        ge=0,
        le=512,
        cost="time",
        title="Perceptron",
        expert=True,
        group=LAYERS,
    )
    clip: float = rebuild(
        0.0,
        "Bound on the stream after every layer, 0 for none; deep linear layers need about 4",
        ge=0.0,
        le=100.0,
        expert=True,
        group=LAYERS,
    )
    initial: float = rebuild(
        0.05,
        "Standard deviation of the first weights; embedding and read-out have four times as much",
        ge=1e-4,
        le=1.0,
        log=True,
        expert=True,
        group=TRAINING,
    )
    prompt: Literal["trajectory", "few-shot", "few-shot, separated"] = live(
        "trajectory",
        "What the model reads: a trajectory as in training, or pairs x, f(x) of an unseen map, "
        "without or with a separator after each",
        group=PROMPT,
    )
    first: int = live(
        1, "Dimension that is drawn over time, and across in the plane", ge=1, le=20,
        title="Drawn", group=PROMPT,
    )  # fmt: skip
    second: int = live(2, "Dimension that is drawn upwards in the plane", ge=1, le=20, group=PROMPT)
    plane: Literal["turning", "principal", "dimensions"] = live(
        "turning",
        "The plane is one that the law turns by the same angle in every step, that in which the "
        "trajectory is widest, or that of two dimensions",
        group=PROMPT,
    )
    eta: float = live(
        0.0,
        "Step of gradient descent in construction and curves; 0 takes the best one",
        ge=0.0,
        le=1.0,
        title="Step size",
        group=THEORY,
    )
    lam: float = live(
        1e-3,
        "Regulariser of ridge regression in construction and curves",
        ge=1e-4,
        le=100.0,
        log=True,
        title="Ridge",
        group=THEORY,
    )
    forgetting: float = live(
        0.0,
        "Part of what it knows that the drawn ridge regression forgets with every token",
        ge=0.0,
        le=0.9,
        group=THEORY,
    )
    newest: bool = live(
        True,
        "Ridge regression in the curves uses the newest pair; without it knows one token later",
        title="Newest pair",
        group=THEORY,
    )
    target: Literal["s(t)", "s(t-1)", "s(t+1)", "H⁻¹ s(t)"] = live(
        "s(t+1)",
        "What linear probes look for in the stream: the state, the one before, the next one, or "
        "the preconditioned one",
        title="Probe for",
        group=THEORY,
    )
    learning_rate: float = live(
        5e-3,
        "Highest step of the optimiser, from the next update on; too large a one diverges and is "
        "taken back",
        ge=1e-6,
        le=1.0,
        log=True,
        group=TRAINING,
    )
    updates: int = rebuild(
        900,
        "Updates that the training plans; the rate falls until then",
        ge=1,
        le=1_000_000,
        log=True,
        group=TRAINING,
    )
    batch: int = rebuild(
        64,
        "Sequences per update: more give a smoother loss and take longer",
        ge=1,
        le=1024,
        log=True,
        cost="time",
        group=TRAINING,
    )


def task_for(params: MesaParams) -> Dynamics:
    """Return the task that parameters describe."""
    raw = params.tokens == "raw"
    return Dynamics(
        size=params.size,
        length=params.length,
        spectrum=params.spectrum,
        hidden=params.size + params.unseen if params.unseen else 0,
        noise=params.noise,
        tokens=params.tokens,
        stacked=1 if raw else params.stacked,
    )


def design_for(params: MesaParams) -> Design:
    """Return the model that parameters describe."""
    task = task_for(params)
    later = Layer(
        params.kind,
        params.heads,
        params.key,
        mlp=params.mlp,
        clip=params.clip,
        unit=params.unit and params.kind != "softmax",
        solver=params.solver if params.kind == "mesa" else "exact",
    )
    if params.tokens == "constructed":
        return Design(task.width, task.width, params.size, (later,) * params.depth)
    copying = replace(later, kind="softmax", unit=False, solver="exact")
    return Design(
        params.size,
        params.width,
        params.size,
        (copying, *(later,) * params.depth),
        embed="linear",
        positions="sinusoid-qk",
        readout="linear",
    )

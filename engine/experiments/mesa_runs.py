"""What the experiments of the mesa layer run: solvers side by side, small trainings, probes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine.attention import baselines
from engine.attention.design import Design, Layer
from engine.attention.forward import Capture, forward, tensors
from engine.attention.initial import Scheme, initial
from engine.attention.mesa_construction import construct
from engine.attention.mesa_layer import mesa, ridge
from engine.attention.probes import probe, targets_of
from engine.attention.tasks import Draws
from engine.attention.tasks.dynamics import Dynamics, Trajectories
from engine.attention.training import Plan, Trainer
from engine.core.activity import Activity
from engine.core.device import pick_device
from engine.core.experiment import Measurement
from engine.core.rng import stream

__all__ = ["PAPER_SIZE", "SMALL", "Size", "beats", "equals", "learn", "probed", "raw_model"]


@dataclass(frozen=True)
class Size:
    """How large models and sequences are, and how long they learn.

    Attributes
    ----------
    task : Dynamics
    width, heads, key : int
    depth : int
        Layers of the model that has softmax attention only.
    updates, batch, warmup : int
    rates : dict
        Highest learning rate by kind of the later layers.
    init : Scheme
    clip : float
        Bound of the stream of the mesa model.
    decay, floor : float
        Weight decay, and the part of the rate that is left in the end.
    each : bool
        Bound every number of the gradient by 1, not its norm.
    """

    task: Dynamics
    width: int
    heads: int
    key: int
    depth: int
    updates: int
    batch: int
    warmup: int
    rates: Mapping[str, float]
    init: Scheme
    clip: float = 0.0
    decay: float = 0.0
    floor: float = 0.05
    each: bool = False


SMALL = Size(
    task=Dynamics(size=5, length=30, tokens="raw"),
    width=20,
    heads=2,
    key=10,
    depth=4,
    updates=900,
    batch=64,
    warmup=50,
    rates={"mesa": 5e-3, "linear": 5e-3, "softmax": 3e-3},
    init=Scheme("normal", 0.05, embedding=0.2, readout=0.2),
)

PAPER_SIZE = Size(
    task=Dynamics(tokens="raw"),
    width=40,
    heads=4,
    key=20,
    depth=7,
    updates=10_000,
    batch=256,
    warmup=1000,
    rates={"mesa": 3e-4, "linear": 8e-4, "softmax": 8e-4},
    init=Scheme("normal", 0.05),
    clip=1.0,
    decay=0.05,
    floor=0.0125,
    each=True,
)


def raw_model(size: Size, kind: str) -> Design:
    """Return a softmax layer that can copy, then a mesa or linear layer, or softmax ones."""
    first = Layer("softmax", size.heads, size.key)
    if kind == "mesa":
        rest: tuple[Layer, ...] = (Layer("mesa", size.heads, size.key, clip=size.clip),)
    elif kind == "linear":
        rest = (Layer("linear", size.heads, size.key),)
    else:
        rest = (Layer("softmax", size.heads, size.key),) * (size.depth - 1)
    return Design(
        size.task.size, size.width, size.task.size, (first, *rest),
        embed="linear", positions="sinusoid-qk", readout="linear",
    )  # fmt: skip


def learn(
    design: Design,
    task: Dynamics,
    plan: Plan,
    init: Scheme,
    activity: Activity,
    *,
    device: str = "cpu",
) -> dict[str, Tensor]:
    """Train a model from seed 0; returns its weights."""
    begin = initial(design, stream(0, "weights"), init)
    trainer = Trainer(design, task, plan, begin, stream(0, "training"), device)
    words = f"training {' + '.join(layer.kind for layer in design.layers)}"
    for update in range(plan.updates):
        activity.progress(update, plan.updates, words)
        trainer.update(poll=activity.check)
    return trainer.tensors


def _learn_raw(
    size: Size, kind: str, activity: Activity, device: str
) -> tuple[Design, dict[str, Tensor]]:
    design = raw_model(size, kind)
    plan = Plan(
        size.updates,
        size.batch,
        size.rates[kind],
        warmup=size.warmup,
        schedule="cosine",
        floor=size.floor,
        beta2=0.999,
        decay=size.decay,
        clip=1.0,
        clip_each=size.each,
    )
    return design, learn(design, size.task, plan, size.init, activity, device=device)


def _test_set(task: Dynamics, count: int, device: str = "cpu") -> Trajectories:
    return task.trajectories(Draws(stream(99, "test"), device), count)


def _worst(found: Tensor, wanted: Tensor) -> float:
    return float((found.double() - wanted.double()).abs().max())


def _solved(dtype: torch.dtype, lam: float, solver: str) -> tuple[float, float]:
    """Return the largest error of a solver, and the largest number of the solution."""
    draws = Draws(stream(1, "ridge"), dtype=torch.float64)
    q, k, v = (draws.normal((8, 50, 10)) for _ in range(3))
    pairs = Dynamics().pairs(Dynamics().trajectories(draws, 8).seen)
    worst = largest = 0.0
    for given in ((q, k, v), (pairs.queries, pairs.keys, pairs.values)):
        a, b, c = (one.to(dtype) for one in given)
        exact = ridge(a.double(), b.double(), c.double(), lam)
        worst = max(worst, _worst(mesa(a, b, c, lam, solver), exact))
        largest = max(largest, float(exact.abs().max()))
    return worst, largest


def _gradient_error() -> float:
    """Return the largest difference of the closed-form gradient and autograd's through ridge."""
    draws = Draws(stream(2, "gradient"), dtype=torch.float64)
    q, k, v = (draws.normal((4, 30, 6)).requires_grad_() for _ in range(3))
    lam = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    weight = draws.normal((4, 30, 6))
    found = [
        torch.autograd.grad((predicted * weight).sum(), [q, k, v, lam])
        for predicted in (mesa(q, k, v, lam), ridge(q, k, v, lam))
    ]
    return max(_worst(a, b) for a, b in zip(*found, strict=True))


def _hand_built() -> tuple[float, float]:
    """Return how far constructed weights are from gradient descent (float32) and ridge (64)."""
    task = Dynamics()
    errors = []
    for kind, dtype in (("linear", torch.float32), ("mesa", torch.float64)):
        seen = task.trajectories(Draws(stream(3, "built"), dtype=dtype), 64).seen
        pairs = task.pairs(seen)
        design = Design(40, 40, 10, (Layer("linear" if kind == "linear" else "mesa", 1, 20),))
        weights = tensors(construct(design, task, etas=[0.032], lam=1.0), dtype=dtype)
        out = forward(design, weights, task.encode(seen[:, :-1]))
        if kind == "linear":
            weight = 0.032 * (pairs.values[..., :, None] * pairs.keys[..., None, :]).cumsum(1)
            exact = (weight @ pairs.queries[..., None])[..., 0]
        else:
            exact = baselines.ridge_by_position(pairs, 1.0)
        errors.append(_worst(out, exact))
    return errors[0], errors[1]


_EXACT = ("exact", "cholesky", "sherman-morrison", "naive")


def equals(activity: Activity) -> Measurement:
    """Compare every solver, the gradient and weights by hand with explicit regression."""
    details: dict[str, Any] = {}
    passed = True
    precise = 0.0
    for lam in (1.0, 0.1, 1e-3):
        for solver in _EXACT:
            activity.check()
            worst, _ = _solved(torch.float64, lam, solver)
            precise = max(precise, worst)
            details[f"float64 {solver}, lam {lam:g}"] = worst
        for solver in _EXACT:
            activity.check()
            single, largest = _solved(torch.float32, lam, solver)
            details[f"float32 {solver}, lam {lam:g}"] = single
            bound = {1.0: 1e-5, 0.1: 1e-4}.get(lam, 1e-3 * largest)
            passed &= single < (bound if solver == "exact" else 3 * bound)
    for count in (5, 10, 15, 20):
        details[f"float64 {count} CG iterations, lam 1"] = _solved(
            torch.float64, 1.0, f"cg-{count}"
        )[0]
    details["gradient, closed form against autograd"] = gradient = _gradient_error()
    descent, built = _hand_built()
    details |= {"linear head by hand, GD": descent, "mesa head by hand, ridge": built}
    passed &= precise < 1e-10 and gradient < 1e-10 and descent < 1e-6 and built < 1e-7
    passed &= details["float64 5 CG iterations, lam 1"] > 1e-3  # half the iterations fail
    passed &= all(details[f"float64 {n} CG iterations, lam 1"] < 1e-10 for n in (15, 20))
    return Measurement(precise, passed, details)


def beats(activity: Activity) -> Measurement:
    """Train three kinds of models on the same task, and compare them by position."""
    device = pick_device()
    size = PAPER_SIZE if device == "cuda" else SMALL
    held = _test_set(size.task, 1024, device)
    pairs, tokens = size.task.pairs(held.seen), size.task.encode(held.seen[:, :-1])
    curves = {
        "zero": baselines.losses(torch.zeros_like(pairs.targets), pairs.targets),
        "one GD step": baselines.losses(
            baselines.descend(pairs, *baselines.descent_steps(pairs)), pairs.targets
        ),
        "ridge": baselines.losses(baselines.ridge_by_position(pairs, 1e-3), pairs.targets),
    }
    kinds = ("mesa", "linear", "softmax")
    for kind in kinds:
        design, weights = _learn_raw(size, kind, activity, device)
        with torch.no_grad():
            curves[kind] = baselines.losses(forward(design, weights, tokens), pairs.targets)
    means = {name: float(curve.mean()) for name, curve in curves.items()}
    marks = (10, 20, size.task.length)
    details: dict[str, Any] = {f"{name}, mean": round(mean, 4) for name, mean in means.items()}
    details |= {
        f"{name}, t = {t}": round(float(curves[name][t - 1]), 4) for name in curves for t in marks
    }
    details["size"] = f"D {size.task.size}, T {size.task.length}, {size.updates} updates, {device}"
    others = ("linear", "softmax")
    ordered = all(curves["mesa"][t - 1] <= curves[name][t - 1] for name in others for t in marks)
    below = all(means[name] < means["one GD step"] for name in kinds)
    ratio = means["mesa"] / min(means[name] for name in others)
    return Measurement(ratio, ordered and below and ratio < 1.0, details)


def _streams(
    design: Design, weights: Mapping[str, Tensor], tokens: Tensor
) -> tuple[Tensor, Capture]:
    capture = Capture()
    with torch.no_grad():
        forward(design, weights, tokens, capture=capture)
    return torch.stack(capture.residual), capture


def probed(activity: Activity) -> Measurement:
    """Train models and read off their streams what they hold."""
    size, details = SMALL, dict[str, Any]()
    held = _test_set(size.task, 1024)
    pairs, tokens = size.task.pairs(held.seen), size.task.encode(held.seen[:, :-1])
    at = [9, 19]
    learned: dict[str, list[float]] = {}
    for kind in ("mesa", "linear"):
        design, weights = _learn_raw(size, kind, activity, "cpu")
        residual, capture = _streams(design, weights, tokens)
        for name, wanted in (("s(t-1)", pairs.keys), ("s(t+1)", pairs.targets)):
            r2 = probe(residual, wanted, positions=at).r2
            learned[f"{kind} {name}"] = r2.mean(1).tolist()
            for place, t in enumerate(at):
                for layer, value in enumerate(r2[:, place].tolist()):
                    details[f"{kind}: R² of {name} after layer {layer}, t = {t + 1}"] = round(
                        value, 3
                    )
        copies = capture.attention[0].diagonal(-1, dim1=-2, dim2=-1).mean((0, 2)).max()
        details[f"{kind}: best attention t to t-1"] = round(float(copies), 3)
    inverse, target = _preconditioning(activity)
    for layer, (one, other) in enumerate(zip(inverse, target, strict=True)):
        details[f"linear x4: R² of H⁻¹ s(t) after layer {layer}, t = 20"] = round(one, 4)
        details[f"linear x4: error of s(t+1) after layer {layer}, t = 20"] = round(other, 4)
    after = learned["mesa s(t+1)"][2]
    passed = (
        learned["mesa s(t-1)"][0] < 0.2
        and learned["mesa s(t-1)"][1] > 0.95
        and learned["mesa s(t+1)"][1] < 0.3
        and after > 0.9
        and after > learned["linear s(t+1)"][2] + 0.05
        and inverse[0] < inverse[1] < inverse[2] < inverse[3]
        and inverse[3] > inverse[0] + 0.2
        and target[4] < 0.2 * target[0]
    )
    return Measurement(after, passed, details)


def _preconditioning(activity: Activity) -> tuple[list[float], list[float]]:
    """Probe a deep linear model on constructed tokens at t = 20, after every layer.

    Returns
    -------
    inverse : list of float
        R² of the preconditioned input, lam 0.1: the lam at which the error before the first layer
        is the published one.
    target : list of float
        Mean squared error of the next state.
    """
    task = Dynamics()
    design = Design(40, 40, 10, (Layer("linear", 2, 20, clip=4.0),) * 4)
    plan = Plan(1000, 64, 2e-3, warmup=50, schedule="cosine", floor=0.05, beta2=0.999, clip=1.0)
    weights = learn(design, task, plan, Scheme("normal", 0.02), activity)
    held = _test_set(task, 1024)
    residual, _ = _streams(design, weights, task.encode(held.seen[:, :-1]))
    wanted = targets_of(task.pairs(held.seen), 0.1)
    inverse = probe(residual, wanted["H⁻¹ s(t)"], positions=[19], filtered=True).r2
    target = probe(residual, wanted["s(t+1)"], positions=[19]).errors
    return inverse[:, 0].tolist(), target[:, 0].tolist()

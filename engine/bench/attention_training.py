"""Training steps of the attention laboratory's models, at the sizes of the papers.

A step draws sequences, goes forward and back and steps AdamW, as in the window. `icl-1` and
`icl-2` are arXiv 2212.07677 (linear layers, batches of 2048; the second shares its weights). `mesa`
is arXiv 2309.05858 on constructed tokens, D 10, T 50, batches of 256; its baseline is the same
training with the layer solved by the loop of Sherman and Morrison. The small suite on raw tokens
(D 5, T 30, batches of 64) has two layers or four; `induction` has two layers on 64 symbols.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.bench.harness import Row, Side, compare
from engine.core.activity import Activity
from engine.core.device import pick_device, threads

if TYPE_CHECKING:
    from engine.attention.training import Trainer

__all__ = ["MODELS", "bench", "trainer", "training"]

MODELS = ("icl-1", "icl-2", "mesa", "copy-mesa", "copy-linear", "softmax-4", "induction")
_WARM = 3
Work = Callable[[], float]


def trainer(model: str, device: str = "cpu", solver: str = "exact") -> Trainer:
    """Make ready to train a model of `MODELS`; `solver` is that of mesa layers."""
    from engine.attention.design import Design, Layer
    from engine.attention.induction import SCHEME, induction_design, induction_plan
    from engine.attention.initial import Scheme, initial
    from engine.attention.learners import paper_clip, paper_scheme, regression_design
    from engine.attention.tasks.dynamics import Dynamics
    from engine.attention.tasks.regression import LinearRegression
    from engine.attention.tasks.repeats import Repeats
    from engine.attention.training import Plan, Task, Trainer
    from engine.core import rng

    task: Task
    if model.startswith("icl-"):
        depth, task = int(model[-1]), LinearRegression()
        design, scheme = regression_design(task, depth=depth), paper_scheme(depth)
        plan = Plan(5000, 2048, 1e-3, clip=paper_clip(depth))
    elif model == "mesa":
        task, scheme = Dynamics(), Scheme("normal", 0.02)
        design = Design(40, 40, 10, (Layer("mesa", 1, 20, clip=4.0, solver=solver),))
        plan = Plan(5000, 256, 4e-4, decay=0.1, clip=1.0, clip_each=True)
    elif model == "induction":
        design, scheme, task = induction_design(), SCHEME, Repeats()
        plan = induction_plan()
    else:
        first = Layer("softmax", 2, 10)
        rest = {
            "copy-mesa": (Layer("mesa", 2, 10, solver=solver),),
            "copy-linear": (Layer("linear", 2, 10),),
            "softmax-4": (first,) * 3,
        }[model]
        task, scheme = Dynamics(5, 30, tokens="raw"), Scheme("normal", 0.05)
        design = Design(
            5, 20, 5, (first, *rest), embed="linear", positions="sinusoid-qk", readout="linear"
        )
        plan = Plan(900, 64, 5e-3, clip=1.0)
    weights = initial(design, rng.stream(0, "weights"), scheme)
    return Trainer(design, task, plan, weights, rng.stream(0, "training"), device)


def training(model: str, device: str = "cpu", solver: str = "exact") -> Work:
    """Training steps of a model."""
    import torch

    torch.set_num_threads(threads())
    ready = trainer(model, device, solver)

    def work() -> float:
        ready.update()  # waits for the device: it looks at the loss
        return 1.0

    for _ in range(_WARM):
        work()
    return work


def bench(name: str, device: str, activity: Activity) -> list[Row]:
    """Run `attention.train.MODEL`."""
    model = name.rpartition(".")[2]
    there = {"model": model, "device": pick_device(device)}
    ours, theirs, words = Side(__name__, "training", there), None, ""
    if model == "mesa":
        theirs = Side(__name__, "training", {**there, "solver": "sherman-morrison"})
        words = "the layer by a loop over positions"
    return [compare(name, "steps/s", ours, theirs, words, activity)]

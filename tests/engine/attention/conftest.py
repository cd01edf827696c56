"""A laboratory of attention as small as can be, for tests of what all of them share."""

from typing import ClassVar

import numpy as np
import pytest

from engine.attention.base import AttentionSystem
from engine.attention.constructions import of_steps
from engine.attention.descent import Steps
from engine.attention.design import Design, stack
from engine.attention.hooks import Basis, Labels
from engine.attention.parameters import TRAINING, AttentionParams
from engine.attention.tasks.regression import LinearRegression
from engine.attention.training import Plan
from engine.core.errors import BadInput
from engine.core.params import live, rebuild
from engine.core.spec import Spec
from engine.core.system import SystemInfo


class ToyParams(AttentionParams):
    """Regression in few dimensions."""

    dims: int = rebuild(3, "Numbers in x", ge=1, le=20)
    depth: int = rebuild(1, "Layers", ge=1, le=4)
    kind: str = rebuild("linear", "Kind of layer")
    shared: bool = rebuild(False, "Layers share their weights")
    eta: float = live(0.5, "Step of the construction", ge=0.0, le=4.0)
    learning_rate: float = live(5e-3, "Step", ge=1e-6, le=1e6, log=True, group=TRAINING)
    updates: int = rebuild(30, "Updates", ge=1, le=1000)
    batch: int = rebuild(16, "Sequences", ge=1, le=512)


class Toy(AttentionSystem):
    """Learns regression with linear heads."""

    info: ClassVar = SystemInfo("toy-attention", "Toy", "One head.", "nobody", "Attention")
    Params: ClassVar = ToyParams
    incidental: ClassVar = AttentionSystem.incidental | {"eta"}
    study_every: ClassVar = 5
    probe_size: ClassVar = 32
    task: LinearRegression

    @classmethod
    def design_of(cls, params):
        width = params.dims + 1
        return Design(
            width,
            width,
            1,
            stack(params.kind, params.depth, heads=1, width=width),
            shared=params.shared,
            causal=False,
            lookup="context",
            channel=params.dims,
            sign=-1.0,
            predict="last",
        )

    def make_task(self):
        return LinearRegression(dims=self.params.dims, points=5)

    def make_plan(self):
        p = self.params
        return Plan(p.updates, p.batch, p.learning_rate, clip=1.0)

    def constructed(self):
        if self.params.kind != "linear":
            return {}
        steps = Steps.same(self.params.eta, 0.0, self.design.depth)
        made = of_steps(self.design, steps)
        return {name: values.astype(np.float32) for name, values in made.items()}

    def read(self, prompt, cursor):
        return np.concatenate([prompt.tokens[:cursor], prompt.tokens[-1:]])

    def reading_length(self, prompt):
        return self.task.points

    def query(self, prompt, cursor):
        return cursor

    def labels(self, prompt, cursor):
        keys = tuple(f"x{i + 1}" for i in range(cursor))
        return Labels(keys, (*keys, "query"))

    def basis(self, layer, *, query=False):
        return Basis(("x", "y"), (0, self.params.dims))

    def gauge_slots(self, layer):
        return slice(0, self.params.dims)

    def references(self):
        return {"zero": self.task.naive}

    def study(self, weights, poll):
        poll()
        return {"size": float(weights["layers/0/wq"].norm())}

    def own_params_changed(self, name):
        if name == "eta":
            self.renew_construction()


@pytest.fixture
def toy():
    """Make a laboratory with some parameters."""

    def make(seed=3, **params):
        return Toy(Spec("toy-attention", params, seed=seed, device="cpu"))

    return make


@pytest.fixture
def refused():
    """Expect words in the message of a refusal."""

    def check(*words):
        return pytest.raises(BadInput, match=".*".join(words))

    return check

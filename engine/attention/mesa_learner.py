"""What the mesa laboratory trains, and what it is measured by: model, prompts, words, baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from engine.attention import baselines, mesa_memory, mesa_prompt
from engine.attention.base import AttentionSystem
from engine.attention.design import Design
from engine.attention.forward import Capture, forward
from engine.attention.history import crossing
from engine.attention.hooks import Basis, Labels
from engine.attention.initial import Scheme
from engine.attention.mesa_construction import construct, why_not
from engine.attention.mesa_parameters import INCIDENTAL, MesaParams, design_for, task_for
from engine.attention.pieces import pieces
from engine.attention.prompt_state import Prompt
from engine.attention.shown import Shown
from engine.attention.tasks import Draws
from engine.attention.tasks.dynamics import Dynamics, Pairs
from engine.attention.threads import one_thread
from engine.attention.training import Plan
from engine.core import rng
from engine.core.params import Params
from engine.core.system import Poll

__all__ = ["MesaLearner"]

Array = NDArray[Any]
Weights = dict[str, NDArray[np.float32]]

_STUDIED = 32  # sequences on which it is measured while it learns
COPIES = 0.3  # attention to the token before, from which a head is said to copy


class MesaLearner(AttentionSystem):
    """A transformer that predicts trajectories, as far as it has no pictures yet."""

    Params: ClassVar[type[Params]] = MesaParams
    params: MesaParams
    incidental: ClassVar[frozenset[str]] = INCIDENTAL
    task: Dynamics
    probe_size: ClassVar[int] = 128
    loss_curves: ClassVar[tuple[str, ...]] = ("loss", "fixed loss")
    logarithmic_loss: ClassVar[bool] = True

    def build(self) -> None:
        """Make the model, and forget the step sizes of the old one."""
        self._steps: tuple[float, ...] = ()
        self._fresh = True
        super().build()

    # The model and what it learns.

    @classmethod
    def design_of(cls, params: MesaParams) -> Design:
        """Return the model that parameters describe."""
        return design_for(params)

    def make_task(self) -> Dynamics:
        """Return the task that parameters describe."""
        return task_for(self.params)

    def make_plan(self) -> Plan:
        """Warm up for a while, then let the rate fall like a cosine to 5 percent."""
        p = self.params
        return Plan(
            p.updates, p.batch, p.learning_rate, warmup=min(50, p.updates // 10),
            schedule="cosine", floor=0.05, beta2=0.999, clip=1.0,
        )  # fmt: skip

    def make_scheme(self) -> Scheme:
        """Begin with a normal law; embedding and read-out are four times as wide."""
        wide = 4.0 * self.params.initial
        return Scheme("normal", self.params.initial, embedding=wide, readout=wide)

    def constructed(self) -> Mapping[str, NDArray[np.float32]]:
        """Return a copy layer and steps of gradient descent, or ridge, where they can be written.

        Constructed tokens need no copy layer.
        """
        if why_not(self.design, self.task):
            return {}
        etas = self.etas() if self.params.kind == "linear" else ()
        return construct(self.design, self.task, etas=etas, lam=self.params.lam)

    def etas(self) -> tuple[float, ...]:
        """Return the step size of every layer that learns: the chosen one, or the best ones."""
        count = self.params.depth
        if self.params.eta > 0:
            return (self.params.eta,) * count
        if len(self._steps) != count:
            drawn = self.task.trajectories(Draws(rng.stream(self.seed, "steps")), 256)
            self._steps = baselines.descent_steps(self.task.pairs(drawn.seen), count)
        return self._steps

    def blended(self, weights: Weights, alpha: float) -> Weights:
        """Mix weight by weight: a mesa head is no function of KQ and PV alone."""
        if self.params.kind == "linear" and self.params.tokens == "constructed":
            return super().blended(weights, alpha)
        made = self.construction
        return {
            name: np.asarray((1 - alpha) * own + alpha * made[name], np.float32)
            if name in made
            else own
            for name, own in weights.items()
        }

    def own_params_changed(self, name: str) -> None:
        """Follow what the construction and the prompt depend on."""
        if name in ("eta", "lam"):
            self.renew_construction()
        if name in ("eta", "lam", "newest"):
            self._results.pop(("references",), None)
        if name == "solver":
            self.design = self.trainer.design = design_for(self.params)
            self._changed()
        if name == "prompt":
            self.new_prompt()

    def vain(self) -> tuple[str, ...]:
        """Say what is asked for in vain."""
        p, words = self.params, list(super().vain())
        if p.tokens == "raw" and p.stacked > 1:
            words.append("raw tokens are not stacked: a layer has to do that")
        if p.kind != "mesa" and p.solver != "exact":
            words.append(f"{p.kind} layers solve nothing, whatever the solver")
        if not self.construction and (p.compare == "construction" or p.alpha > 0):
            words.append(why_not(self.design, self.task))
        return tuple(words)

    # The prompt.

    def start(self) -> None:
        """Draw a prompt; what separates examples is zero again."""
        self._fresh = True
        super().start()
        self._fresh = False

    def draw_prompt(self, draw: np.random.Generator) -> Prompt:
        """Draw a trajectory, or examples of a map."""
        separator = np.zeros(self.task.size, np.float32)
        if not self._fresh:
            separator = self.prompt.more["separator"]
        return mesa_prompt.draw(self.task, draw, self.params.prompt, separator)

    def restore_scene(self, arrays: Mapping[str, Array]) -> None:
        """Take a stored prompt, if it is what its story tells."""
        mesa_prompt.check(self.task, self.reading.restored(arrays, self.reading_length).prompt)
        super().restore_scene(arrays)

    def wanted(self, prompt: Prompt, cursor: int) -> tuple[Array, Array | None]:
        """Return what follows every token in use."""
        assert prompt.mask is not None
        return prompt.targets[: prompt.used], prompt.mask[: prompt.used]

    # Words.

    def labels(self, prompt: Prompt, cursor: int) -> Labels:
        """Name the tokens; a thin line marks the token before, which a copy layer looks at."""
        every, count = mesa_prompt.period(prompt.more), prompt.used
        if every == 1:
            names = [f"s{t + 1}" for t in range(count)]
        else:
            signs = ("x{}", "f(x{})", "|")
            names = [signs[t % every].format(t // every + 1) for t in range(count)]
        guide = tuple((t, t - 1) for t in range(1, count)) if self.params.tokens == "raw" else ()
        return Labels(tuple(names), guide=guide)

    def basis(self, layer: int, *, query: bool = False) -> Basis:
        """Name the blocks of constructed tokens, and where positions begin."""
        task = self.task
        if self.params.tokens == "raw":
            if query and layer == 0:
                return Basis(("stream", "positions"), (0, self.design.width))
            return Basis()
        deep = task.size * task.stacked
        where = (0, task.size, 2 * task.size, 2 * task.size + deep)
        return Basis(("out", "s(t)", "z(t)", "z(t-1)"), where)

    def roles(self, shown: Shown) -> tuple[tuple[tuple[str, ...], ...], dict[str, Array]]:
        """Name heads of the first layer that copy the token before."""
        design = shown.design
        most = max(layer.heads for layer in design.layers)
        scores = np.zeros((design.depth, most), np.float32)
        if design.layers[0].kind == "softmax":
            scores[0, : design.layers[0].heads] = _copying(torch.tensor(shown.attention(0)[None]))
        roles = tuple(
            tuple("previous" if scores[at, head] >= COPIES else "" for head in range(layer.heads))
            for at, layer in enumerate(design.layers)
        )
        return roles, {"previous": scores}

    # What it is measured by.

    def position_losses(self, outputs: Any, batch: Any) -> Any:
        """Return the loss of every position."""
        return self.task.by_position(outputs, batch.targets)

    def fixed_pairs(self) -> Pairs:
        """Pose the regression of the fixed sequences."""
        batch, d = self.probe(), self.task.size
        first = (
            batch.tokens[:, :1] if self.params.tokens == "raw" else batch.tokens[:, :1, d : 2 * d]
        )
        return self.task.pairs(torch.cat([first, batch.targets], 1))

    def position_references(self) -> dict[str, Array]:
        """Return what gradient descent, six Chebyshev iterations and ridge regression reach."""
        pairs, p = self.fixed_pairs(), self.params
        eta = p.eta if p.eta > 0 else baselines.descent_steps(pairs)[0]
        found = {
            "one GD step": baselines.descend(pairs, eta),
            "6 Chebyshev iterations": baselines.chebyshev(pairs, newest=p.newest),
            "ridge": baselines.ridge_by_position(pairs, p.lam, newest=p.newest),
        }
        return {
            name: baselines.losses(one, pairs.targets).cpu().numpy().astype(np.float64)
            for name, one in found.items()
        }

    def references(self) -> dict[str, float]:
        """Return the losses of predicting zero and of the baselines, mean over positions."""
        curves = self.remembered(("references",), self.position_references)
        zero = float(0.5 * self.probe().targets.square().sum(-1).mean())
        return {"predicting 0": zero} | {name: float(one.mean()) for name, one in curves.items()}

    def single_step(self) -> float:
        """Return the best size of a single step."""
        steps: tuple[float, ...] = self.remembered(
            ("single",), lambda: baselines.descent_steps(self.fixed_pairs())
        )
        return steps[0]

    # What is measured while it learns.

    def study(self, weights: Mapping[str, Any], poll: Poll) -> dict[str, float]:
        """Measure the loss on fixed sequences, how much the first layer copies, and every lam."""
        batch = self.probe()
        tokens, targets = batch.tokens[:_STUDIED], batch.targets[:_STUDIED]
        losses, copying, shares = [], [], []
        for cut in pieces(self.design, tokens.shape[1], len(tokens), self.device):
            capture = Capture()
            poll()
            with one_thread(), torch.no_grad():
                given = self.design, weights, tokens[cut]
                outputs = forward(*given, capture=capture, breathe=poll)
                losses.append(float(self.task.loss(outputs, targets[cut])))
            copying.append(_copying(capture.attention[0]))
            shares.append(len(outputs))
        found = {"fixed loss": float(np.average(losses, weights=shares))}
        if self.design.layers[0].kind == "softmax":
            scores = np.average(copying, axis=0, weights=shares)
            found["attention to the token before"] = float(scores.max())
        for index, layer in enumerate(self.design.layers):
            if layer.kind == "mesa":
                lams = mesa_memory.lams(weights[f"{self.design.prefix(index)}lam"])
                found |= {f"lam of head {index + 1}.{h + 1}": lam for h, lam in enumerate(lams)}
        return found

    def phases(self, curves: Mapping[str, tuple[Array, Array]]) -> tuple[tuple[float, str], ...]:
        """Mark where the first layer begins to copy."""
        if "attention to the token before" not in curves:
            return ()
        at = crossing(curves["attention to the token before"], COPIES)
        return () if at is None else ((at, "copies the token before"),)


def _copying(attention: torch.Tensor) -> NDArray[np.float32]:
    """Return how much every head attends to the token before, (heads,), of (B, H, T, T)."""
    scores = torch.diagonal(attention, -1, -2, -1).mean((0, 2))
    return np.asarray(scores.detach().cpu().numpy(), np.float32)

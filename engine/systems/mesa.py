"""Mesa-optimisation: attention that predicts trajectories learns each one's law on the way.

von Oswald et al., "Uncovering mesa-optimization algorithms in Transformers", arXiv 2309.05858.
Every sequence obeys a law that no other has; whoever predicts it well must find that law from what
was read. Linear layers do it by gradient descent, a mesa layer by ridge regression built in. A tick
reads one more token.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from engine.attention import baselines, mesa_charts, mesa_memory, mesa_prompt
from engine.attention.base import AttentionSystem
from engine.attention.design import Design
from engine.attention.forward import Capture, forward, tensors
from engine.attention.history import crossing
from engine.attention.hooks import Basis, Labels
from engine.attention.initial import Scheme
from engine.attention.lagging import Lagging
from engine.attention.mesa_construction import construct, why_not
from engine.attention.mesa_parameters import INCIDENTAL, MesaParams, design_for, task_for
from engine.attention.portraits import in_focus
from engine.attention.probes import probe, targets_of
from engine.attention.prompt_state import Prompt
from engine.attention.shown import Shown
from engine.attention.stand import key_of
from engine.attention.tasks import Draws
from engine.attention.tasks.dynamics import Dynamics, Pairs
from engine.attention.tasks.few_shot import FewShot, tune_separator
from engine.attention.training import Plan
from engine.core import rng
from engine.core.errors import BadInput
from engine.core.params import Params
from engine.core.system import Action, Poll, SystemInfo, ViewOffer
from engine.core.views import View, ViewRequest

__all__ = ["Mesa", "MesaParams"]

Array = NDArray[Any]
Arrays = dict[str, Array]
Weights = dict[str, NDArray[np.float32]]

COPIES = 0.3  # attention to the token before, from which a head is said to copy
PROBED = 256  # sequences that probes are fitted on and judged on
SHOTS = 128  # prompts of the curve of examples
LISTED = 8  # dimensions in the table


class PointArguments(BaseModel):
    """Where a point is put."""

    index: int = Field(0, ge=0, description="Which one, from 0")
    x: float = Field(0.0, ge=-1e6, le=1e6, allow_inf_nan=False, description="Its x")
    y: float = Field(0.0, ge=-100.0, le=100.0, allow_inf_nan=False, description="Its y")


class PlaceArguments(BaseModel):
    """Which token."""

    x: float = Field(
        16.0, ge=0.0, le=256.0, allow_inf_nan=False, title="Token",
        description="From 1 on; 0 for one law throughout",
    )  # fmt: skip


class SpikeArguments(BaseModel):
    """Noise on one token."""

    token: int = Field(10, ge=1, le=256, description="From 1 on")
    size: float = Field(
        1.0, ge=0.0, le=100.0, allow_inf_nan=False, description="Standard deviation"
    )


class TuneArguments(BaseModel):
    """How long a separator is looked for."""

    updates: int = Field(60, ge=1, le=500, description="Steps of Adam")


class Mesa(AttentionSystem):
    """A transformer predicts a trajectory, and learns its law while it reads."""

    info: ClassVar[SystemInfo] = SystemInfo(
        slug="mesa",
        title="Mesa-optimisation",
        summary="Trained to predict trajectories, attention becomes an optimiser that learns each "
        "one's law on the way.",
        paper="von Oswald et al., Uncovering mesa-optimization algorithms in Transformers, 2023, "
        "arXiv 2309.05858",
        family="Attention",
        tags=("transformer", "attention", "mesa layer", "ridge regression", "trainable"),
    )
    Params: ClassVar[type[Params]] = MesaParams
    params: MesaParams
    incidental: ClassVar[frozenset[str]] = INCIDENTAL
    task: Dynamics
    probe_size: ClassVar[int] = 128
    loss_curves: ClassVar[tuple[str, ...]] = ("loss", "fixed loss")
    logarithmic_loss: ClassVar[bool] = True
    prompt_title: ClassVar[str] = "Trajectory"

    def build(self) -> None:
        """Make the model, and forget what the old one was measured by."""
        self._steps: tuple[float, ...] = ()
        self._fresh = True
        self._probes: dict[str, Lagging[tuple[str, Array]]] = {}
        self._shots: Lagging[dict[str, Array]] = Lagging()
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

    def wanted(self, prompt: Prompt, cursor: int) -> tuple[Array, Array | None]:
        """Return what follows every token in use."""
        assert prompt.mask is not None
        return prompt.targets[: prompt.used], prompt.mask[: prompt.used]

    def seen(self) -> Array:
        """Return the tokens in use as observations, ``(T, D)``."""
        prompt = self.prompt
        return np.asarray(prompt.more["seen"][: prompt.used])

    def _law(self) -> Array | None:
        """Return W* at every token, ``(T, D, D)``; None where the law is no matrix of what is seen.

        Of examples it is their map.
        """
        prompt, task = self.prompt, self.task
        mode, switch = prompt.more["kind"].tolist()
        if not mode and (task.hidden or task.spectrum == "non-linear"):
            return None
        laws = prompt.more["maps" if mode else "laws"].astype(np.float64)
        # What follows token t is the law's that makes token t + 1; an example has one map.
        made = np.arange(1, prompt.used + 1) + (0 if mode else 1)
        later = made >= (switch or prompt.used + 2)
        return np.asarray(laws[later.astype(int)])

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

    # What is seen.

    def prompt_view(self, shown: Shown, request: ViewRequest) -> View:
        """Draw one dimension over time, with predictions and what runs free from the cursor."""
        return mesa_charts.time_chart(
            self.age(),
            self.prompt,
            self.cursor,
            min(self.params.first, self.task.size) - 1,
            predicted=shown.outputs,
            ridge=self._ridge_predictions(),
            free=self._free(shown),
        )

    def _ridge_predictions(self) -> Array:
        return np.asarray(np.einsum("tij,tj->ti", self._ridge_maps(), self.seen()))

    def _ridge_maps(self) -> Array:
        """Return W_t of ridge regression on the tokens, ``(T, D, D)``."""
        p = self.params
        key = ("ridge", p.lam, p.forgetting, self.reading.prompt)
        maps: Array = self.remembered(
            key, lambda: mesa_memory.ridge_maps(self.seen(), p.lam, p.forgetting)
        )
        return maps

    def _free(self, shown: Shown) -> Array:
        """Let the displayed model run on from the cursor; examples are not continued."""
        last = self.prompt.used + 1 if mesa_prompt.period(self.prompt.more) == 1 else 0
        key = ("free", key_of(self), self.reading)
        predict = partial(self._next, shown)
        path: Array = self.remembered(
            key, lambda: mesa_charts.continued(self.seen(), predict, self.cursor, last)
        )
        return path

    def _next(self, shown: Shown, path: Array) -> Array:
        """Return what the displayed model predicts after observations ``(t, D)``."""
        given = torch.from_numpy(np.ascontiguousarray(path[None], np.float32)).to(self.device)
        return np.asarray(self._predict(shown, self.task.encode(given))[0, -1].cpu().numpy())

    def _predict(self, shown: Shown, tokens: torch.Tensor) -> torch.Tensor:
        gates = None if shown.gates is None else torch.as_tensor(shown.gates, device=self.device)
        with torch.no_grad():
            return forward(shown.design, shown.weights, tokens, gates=gates)

    def token_table(self, shown: Shown) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
        """List the tokens, what is predicted to follow, and the loss of that."""
        prompt, count = self.prompt, min(LISTED, self.task.size)
        names = self.labels(prompt, self.cursor).keys
        targets, mask = self.wanted(prompt, self.cursor)
        assert mask is not None
        ridge = self._ridge_predictions()
        seen, rows = self.seen(), []
        for t, name in enumerate(names):
            numbers = [float(value) for value in seen[t, :count]]
            guess = [float(value) for value in shown.outputs[t, :count]]
            both = (shown.outputs[t], ridge[t])
            losses = [float(0.5 * np.square(one - targets[t]).sum()) for one in both]
            rows.append((name, *numbers, *guess, *(losses if mask[t] else ("", ""))))
        dims = range(1, count + 1)
        columns = ("token", *(f"s {d}" for d in dims), *(f"predicted {d}" for d in dims))
        return (*columns, "loss", "loss of ridge"), tuple(rows)

    def position_losses(self, outputs: Any, batch: Any) -> Any:
        """Return the loss of every position."""
        return self.task.by_position(outputs, batch.targets)

    def _fixed_pairs(self) -> Pairs:
        """Pose the regression of the fixed sequences."""
        batch, d = self.probe(), self.task.size
        first = (
            batch.tokens[:, :1] if self.params.tokens == "raw" else batch.tokens[:, :1, d : 2 * d]
        )
        return self.task.pairs(torch.cat([first, batch.targets], 1))

    def position_references(self) -> dict[str, Array]:
        """Return what gradient descent, six Chebyshev iterations and ridge regression reach."""
        pairs, p = self._fixed_pairs(), self.params
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

    # What is measured while it learns.

    def study(self, weights: Mapping[str, Any], poll: Poll) -> dict[str, float]:
        """Measure the loss on fixed sequences, how much the first layer copies, and every lam."""
        batch, capture = self.probe(), Capture()
        poll()
        with torch.no_grad():
            outputs = forward(self.design, weights, batch.tokens[:32], capture=capture)
            loss = self.task.loss(outputs, batch.targets[:32])
        poll()
        found = {"fixed loss": float(loss)}
        if self.design.layers[0].kind == "softmax":
            found["attention to the token before"] = float(_copying(capture.attention[0]).max())
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

    def own_metrics(self, shown: Shown) -> dict[str, float]:
        """Return how far W_t is from W* at the cursor, and how well ridge is conditioned."""
        found, at = {}, self.cursor - 1
        for name, curve in self._distances(shown).items():
            found[f"distance of W_t, {name}"] = float(curve[at])
        layer = mesa_memory.learning_layer(shown.design)
        if layer is not None and shown.design.layers[layer].kind == "mesa":
            memory = mesa_memory.head_memory(shown, layer, 0, at)
            found["condition number"] = memory.condition
        return found

    # What is its own.

    def own_views(self) -> tuple[ViewOffer, ...]:
        """Offer the plane, memory and eigenvalues, probes and the curve of examples."""
        return (
            ViewOffer("plane", "Plane", "chart", modes=("plane",), brushed=False),
            ViewOffer("memory", "Memory", "matrices", brushed=False),
            ViewOffer("probes", "Probes", "matrices", modes=("target",), brushed=False),
            ViewOffer("eigenvalues", "Eigenvalues", "chart", "panel", brushed=False),
            ViewOffer("distance", "Distance from the law", "chart", "panel", brushed=False),
            ViewOffer("shots", "Few-shot", "chart", "panel", brushed=False),
        )

    def own_view(self, name: str, request: ViewRequest) -> View | None:
        """Make one of them."""
        shown = self.shown()
        if name == "plane":
            return self._plane(shown)
        if name == "memory":
            return self._memory(shown, request)
        if name == "probes":
            return self._probe_map(shown)
        if name == "eigenvalues":
            spectrum = None
            if self._law() is not None and not self.prompt.more["kind"][0]:
                spectrum = self.prompt.more["spectrum"]
            maps = {n: one[self.cursor - 1] for n, one in self._maps(shown).items()}
            return mesa_charts.eigenvalue_chart(self.age(), spectrum, maps)
        if name == "distance":
            curves = self._distances(shown)
            dashed = tuple(n for n in curves if n in ("ridge", "one GD step"))
            return mesa_charts.distance_chart(self.age(), self.prompt, self.cursor, curves, dashed)
        if name == "shots":
            key = key_of(self), self.prompt.more["separator"].tobytes()
            curves = self._shots.get(key, partial(self._by_shot, shown))
            return mesa_charts.shots_chart(self.age(), curves, self.task.size / 6.0)
        return None

    def _plane(self, shown: Shown) -> View:
        p, size = self.params, self.task.size
        path = np.concatenate([self.seen(), self.prompt.targets[: self.prompt.used][-1:]])
        first, second = (min(axis, size) - 1 for axis in (p.first, p.second))
        chosen = mesa_charts.flat(path, first, second, principal=p.plane == "principal")
        steps = len(self._free(shown))
        running = [self.seen()[self.cursor - 1].astype(np.float64)]
        law = self._ridge_maps()[self.cursor - 1]
        while len(running) < steps:
            running.append(law @ running[-1])
        return mesa_charts.plane_chart(
            self.age(),
            self.prompt,
            self.cursor,
            chosen,
            predicted=shown.outputs,
            free=self._free(shown),
            free_ridge=np.clip(np.stack(running), -1e4, 1e4),
        )

    def _maps(self, shown: Shown) -> dict[str, Array]:
        """Return W_t for every token: of the model, of ridge regression and of gradient descent."""

        def made() -> dict[str, Array]:
            own = mesa_memory.model_maps(shown, self.task)
            eta = self.etas()[-1] if self.params.depth == 1 else self.params.eta or self._single()
            known = {"ridge": self._ridge_maps()}
            known["one GD step"] = mesa_memory.descent_maps(self.seen(), eta)
            if own is not None and np.isfinite(own).all():
                known = {"model": own} | known
            return known

        p = self.params
        key = ("maps", key_of(self), self.reading.prompt, p.lam, p.forgetting, p.eta)
        maps: dict[str, Array] = self.remembered(key, made)
        return maps

    def _single(self) -> float:
        """Return the best size of a single step."""
        steps: tuple[float, ...] = self.remembered(
            ("single",), lambda: baselines.descent_steps(self._fixed_pairs())
        )
        return steps[0]

    def _distances(self, shown: Shown) -> dict[str, Array]:
        law = self._law()
        if law is None:
            return {}
        return {n: mesa_memory.distances(one, law) for n, one in self._maps(shown).items()}

    def _memory(self, shown: Shown, request: ViewRequest) -> View:
        """Show the head in focus, or the first one that learns."""
        layer, head = in_focus(shown, request)
        if shown.design.layers[layer].kind == "softmax":
            layer, head = mesa_memory.learning_layer(shown.design) or 0, 0
        at, memory = self.cursor - 1, None
        if shown.design.layers[layer].kind != "softmax":
            memory = mesa_memory.head_memory(shown, layer, head, at)
        maps = self._maps(shown)
        first = next(iter(maps))
        found = {f"W_t of {first}": maps[first][at]}
        facts: tuple[tuple[str, float | str], ...] = ()
        law = self._law()
        if law is not None:
            found |= {"W*": law[at], "difference": maps[first][at] - law[at]}
            facts = tuple(
                (f"distance from W*, {n}", float(curve[at]))
                for n, curve in self._distances(shown).items()
            )
        where = f"head {layer + 1}.{head + 1} after token {self.cursor}"
        return mesa_charts.memory_view(self.age(), where, memory, found, facts)

    def _probe_map(self, shown: Shown) -> View:
        """Probe the displayed model on sequences of its own kind; lags while it learns."""
        wanted = self.params.target

        def made() -> tuple[str, Array]:
            drawn = self.task.trajectories(
                Draws(rng.stream(self.spec.seed, "probes"), self.device), PROBED
            )
            capture = Capture()
            with torch.no_grad():
                tokens = self.task.encode(drawn.seen[:, :-1])
                forward(shown.design, shown.weights, tokens, capture=capture)
            targets = targets_of(self.task.pairs(drawn.seen), 0.1)[wanted]
            filtered = wanted == "H⁻¹ s(t)"
            r2 = probe(torch.stack(capture.residual), targets, filtered=filtered).r2
            when = shown.name
            if shown.name == "learned":
                when += f" after update {max(self.updates_done, self.past.last):,}"
            return when, np.nan_to_num(r2.cpu().numpy(), nan=0.0, neginf=0.0)

        when, r2 = self._probes.setdefault(wanted, Lagging()).get(key_of(self), made)
        return mesa_charts.probe_view(self.age(), r2, wanted, when)

    def take_log(self) -> list[tuple[int, dict[str, float]]]:
        """Hand over nothing: there are only views that lag."""
        return []

    def log_pending(self) -> bool:
        """Whether a view shows an older model and waits for its time to be made anew."""
        return self._shots.waiting or any(one.waiting for one in self._probes.values())

    def _by_shot(self, shown: Shown) -> dict[str, Array]:
        """Return the displayed model's loss of example 1, 2, ..., by what separates them."""
        own = tuple(float(value) for value in self.prompt.more["separator"])
        ways: dict[str, tuple[float, ...] | None] = {"no separator": None}
        ways["zero separator"] = (0.0,) * self.task.size
        if any(own):
            ways["own separator"] = own
        found = {}
        for name, separator in ways.items():
            shots = self.task.length // (2 if separator is None else 3)
            task = FewShot(self.task, shots, separator)
            batch = task.draw(Draws(rng.stream(self.spec.seed, "shots"), self.device), SHOTS)
            outputs = self._predict(shown, batch.tokens)
            losses = task.by_shot(outputs, batch.targets).cpu().numpy()
            found[name] = np.nan_to_num(losses.astype(np.float64), posinf=1e9)
        return found

    # What the hand does.

    def own_actions(self) -> dict[str, Action]:
        """Change the law, a token or an eigenvalue; look for a separator."""
        return {
            "move-point": Action(
                "Move a token",
                PointArguments,
                target="point",
                help="Put the drawn number of a token elsewhere; the system itself goes on as it "
                "did. What separates examples moves everywhere",
            ),
            "spike": Action(
                "Add noise to a token",
                SpikeArguments,
                help="Add random noise to all numbers of one token",
            ),
            "change-law": Action(
                "Change the law half way",
                PlaceArguments,
                help="Let another law begin with a token, and watch what was learned be wrong",
            ),
            "move-eigenvalue": Action(
                "Move an eigenvalue",
                PointArguments,
                target="point",
                help="Put an eigenvalue of the law elsewhere; its conjugate goes with it",
            ),
            "tune-separator": Action(
                "Tune the separator",
                TuneArguments,
                help="Search for the token between examples with which the displayed model learns "
                "best",
            ),
        }

    def act(self, name: str, arguments: BaseModel | None) -> Any:
        """Do it; one head alone cannot be patched where tokens are embedded."""
        if name == "patch-head" and self.construction and self.design.embed == "linear":
            raise BadInput(
                "a constructed head writes in channels that only the constructed embedding fills",
                remedy="Patch all heads, or compare with the construction",
            )
        return super().act(name, arguments)

    def own_act(self, name: str, arguments: BaseModel | None) -> str:
        """Do one of them."""
        task, story = self.task, self.prompt.more
        if isinstance(arguments, PlaceArguments):
            at = round(arguments.x)
            made = mesa_prompt.changed_law(task, story, min(at, task.length))
            words = f"another law from token {at}" if at else "one law throughout"
            self.hold_prompt(made, words=words, key="law")
            return words
        if isinstance(arguments, SpikeArguments):
            return self._spike(arguments)
        if isinstance(arguments, TuneArguments):
            return self._tune(arguments.updates)
        assert isinstance(arguments, PointArguments)
        index = arguments.index
        if name == "move-eigenvalue":
            if self._law() is None or story["kind"][0]:
                raise BadInput(
                    "the law of this prompt has no eigenvalues to move",
                    remedy="Show a trajectory of a linear system that is fully seen",
                )
            made = mesa_prompt.moved_eigenvalue(task, story, index, arguments.x, arguments.y)
            words = f"moving eigenvalue {index + 1}"
        else:
            axis = min(self.params.first, task.size) - 1
            made = mesa_prompt.moved_token(task, story, index, axis, arguments.y)
            words = f"moving token {index + 1}"
        self.hold_prompt(made, words=words, key=f"{name} {index}")
        return words

    def _spike(self, arguments: SpikeArguments) -> str:
        story, at = self.prompt.more, arguments.token - 1
        if at >= self.prompt.used:
            raise BadInput(
                f"there is no token {arguments.token}", remedy=f"Choose 1 to {self.prompt.used}"
            )
        spikes = np.array(story["spikes"], np.float32)
        spikes[at] += arguments.size * self.world_rng.standard_normal(self.task.size)
        made = mesa_prompt.build(self.task, {**story, "spikes": spikes})
        self.hold_prompt(made, words=f"noise on token {at + 1}")
        return f"token {at + 1} has noise of {arguments.size:g}"

    def _tune(self, updates: int) -> str:
        """Look for a separator by the displayed model, and show the prompt with it."""
        shown, task = self.shown(), self.task
        start = tuple(float(value) for value in self.prompt.more["separator"])
        few = FewShot(task, max(1, task.length // 3), start)
        gates = None if shown.gates is None else torch.as_tensor(shown.gates, device=self.device)
        weights = tensors(shown.arrays, self.device)
        tuned, losses = tune_separator(
            lambda tokens: forward(shown.design, weights, tokens, gates=gates),
            few,
            self.world_rng,
            updates=updates,
            rate=0.01,
            batch=32,
            device=self.device,
        )
        assert tuned.separator is not None
        separator = np.array(tuned.separator, np.float32)
        made = mesa_prompt.separated(task, self.prompt.more, separator)
        self.hold_prompt(made, words="tuning the separator")
        early, late = float(losses[:10].mean()), float(losses[-10:].mean())
        length = float(np.linalg.norm(separator))
        return f"a separator of length {length:.3g}: loss {early:.3g} -> {late:.3g}"


def _copying(attention: torch.Tensor) -> NDArray[np.float32]:
    """Return how much every head attends to the token before, (heads,), of (B, H, T, T)."""
    scores = torch.diagonal(attention, -1, -2, -1).mean((0, 2))
    return np.asarray(scores.detach().cpu().numpy(), np.float32)

"""What the mesa laboratory shows: trajectories, what is held in memory, probes, examples."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from engine.attention import mesa_charts, mesa_memory, mesa_prompt
from engine.attention.forward import Capture, forward
from engine.attention.lagging import Lagging
from engine.attention.mesa_learner import MesaLearner
from engine.attention.portraits import in_focus
from engine.attention.probes import probe, targets_of
from engine.attention.shown import Shown
from engine.attention.stand import key_of
from engine.attention.tasks import Draws
from engine.attention.tasks.few_shot import FewShot
from engine.core import rng
from engine.core.system import ViewOffer
from engine.core.views import View, ViewRequest

__all__ = ["MesaSights"]

Array = NDArray[Any]

PROBED = 256  # sequences that probes are fitted on and judged on
SHOTS = 128  # prompts of the curve of examples
LISTED = 8  # dimensions in the table


class MesaSights(MesaLearner):
    """A transformer that predicts trajectories, and its pictures."""

    prompt_title: ClassVar[str] = "Trajectory"

    def build(self) -> None:
        """Make the model, and forget what was seen of the old one."""
        self._probes: dict[str, Lagging[tuple[str, Array]]] = {}
        self._shots: Lagging[dict[str, Array]] = Lagging()
        super().build()

    # The prompt as all pictures need it.

    def seen(self) -> Array:
        """Return the tokens in use as observations, ``(T, D)``."""
        prompt = self.prompt
        return np.asarray(prompt.more["seen"][: prompt.used])

    def law(self) -> Array | None:
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

    # What all laboratories show.

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
            ViewOffer("eigenvalues", "Eigenvalues", "chart", brushed=False),
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
            if self.law() is not None and not self.prompt.more["kind"][0]:
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
        seen, law = self.seen(), self.law()
        axes = min(p.first, size) - 1, min(p.second, size) - 1
        turning = law[self.cursor - 1] if law is not None and p.plane == "turning" else None
        principal = p.plane == "principal" or (p.plane == "turning" and law is None)
        chosen = mesa_charts.flat(seen, axes, principal=principal, law=turning)
        steps = len(self._free(shown))
        running = [self.seen()[self.cursor - 1].astype(np.float64)]
        ridge = self._ridge_maps()[self.cursor - 1]
        while len(running) < steps:
            running.append(ridge @ running[-1])
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
            eta = (
                self.etas()[-1] if self.params.depth == 1 else self.params.eta or self.single_step()
            )
            known = {"ridge": self._ridge_maps()}
            known["one GD step"] = mesa_memory.descent_maps(self.seen(), eta)
            if own is not None and np.isfinite(own).all():
                known = {"model": own} | known
            return known

        p = self.params
        key = ("maps", key_of(self), self.reading.prompt, p.lam, p.forgetting, p.eta)
        maps: dict[str, Array] = self.remembered(key, made)
        return maps

    def _distances(self, shown: Shown) -> dict[str, Array]:
        law = self.law()
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
        law = self.law()
        if law is not None:
            found |= {"W*": law[at], "difference": maps[first][at] - law[at]}
            facts = tuple(
                (f"distance from W*, {n}", float(curve[at]))
                for n, curve in self._distances(shown).items()
            )
        where = f"head {layer + 1}.{head + 1}, token {self.cursor}"
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

"""Mesa-optimisation: attention that predicts trajectories learns each one's law on the way.

von Oswald et al., "Uncovering mesa-optimization algorithms in Transformers", arXiv 2309.05858.
Every sequence obeys a law that no other has; whoever predicts it well must find that law from what
was read. Linear layers do it by gradient descent, a mesa layer by ridge regression built in. A tick
reads one more token.
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import BaseModel, Field

from engine.attention import mesa_prompt
from engine.attention.forward import forward, tensors
from engine.attention.mesa_parameters import MesaParams
from engine.attention.mesa_sights import MesaSights
from engine.attention.pieces import pieces
from engine.attention.tasks.few_shot import FewShot, tune_separator
from engine.attention.threads import one_thread
from engine.core import rng as streams
from engine.core.errors import BadInput
from engine.core.system import Action, SystemInfo

__all__ = ["Mesa", "MesaParams"]


_PROMPTS = 32  # of one step towards a better separator


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

    updates: int = Field(40, ge=1, le=200, description="Steps of Adam")


class Mesa(MesaSights):
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
            if self.law() is None or story["kind"][0]:
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
        run = partial(forward, shown.design, weights, gates=gates, breathe=self.poll)
        before = streams.snapshot(self.world_rng)
        try:
            with one_thread():
                tuned, losses = tune_separator(
                    run,
                    few,
                    self.world_rng,
                    updates=updates,
                    rate=0.01,
                    batch=_PROMPTS,
                    device=self.device,
                    parts=len(pieces(shown.design, few.length, _PROMPTS, self.device)),
                    poll=self.poll,
                )
        except BaseException:  # given up: nothing was drawn
            streams.restore(self.world_rng, before)
            raise
        assert tuned.separator is not None
        separator = np.array(tuned.separator, np.float32)
        made = mesa_prompt.separated(task, self.prompt.more, separator)
        self.hold_prompt(made, words="tuning the separator")
        early, late = float(losses[:10].mean()), float(losses[-10:].mean())
        length = float(np.linalg.norm(separator))
        return f"a separator of length {length:.3g}: loss {early:.3g} -> {late:.3g}"

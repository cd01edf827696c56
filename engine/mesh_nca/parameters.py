"""The parameters of a mesh automaton: what a new one is made of, and how it learns."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import model_validator

from engine.core.choices import OneOf
from engine.core.params import live, rebuild
from engine.core.spec import Asset
from engine.core.system import TargetOption
from engine.mesh_nca.plan import Dials, Motion, Plan
from engine.mesh_nca.rule import Aggregation, MeshRule
from engine.mesh_nca.surface_parameters import (
    FROM_FILE,
    LEARNING,
    NO_MODEL,
    SurfaceParams,
    models,
)
from engine.mesh_nca.targets import EXAMPLES, pixels_of

__all__ = [
    "MeshNcaParams",
    "kin",
    "options",
]

_PRACTISED = (0.7, 1.0, 1.4)
_WINDOW = 2.0 * math.pi / math.sqrt(3.0) * 1.001  # vertices per squared edge of a widest window


class MeshNcaParams(SurfaceParams):
    """What can be set of a mesh automaton: how it lives and how it learns."""

    replant: int = live(
        64,
        "While learning, the shown surface begins again after so many steps, so that one sees what "
        "the rule makes of nothing; 0 lets it run on",
        ge=0,
        le=10_000,
        unit="steps",
        expert=True,
        group=LEARNING,
    )
    learning_rate: float = live(
        2e-3,
        "Adam's step; it falls to 0.3 of it at half and again at 0.8 of the plan",
        ge=1e-5,
        le=2e-2,
        log=True,
        group=LEARNING,
    )
    steps_min: int = live(
        12,
        "Fewest steps from a start to the loss",
        ge=4,
        le=128,
        unit="steps",
        cost="time",
        group=LEARNING,
    )
    steps_spread: int = live(
        11,
        "Up to so many steps more, drawn anew for every update",
        ge=0,
        le=64,
        unit="steps",
        cost="time",
        group=LEARNING,
    )
    example: Annotated[str, OneOf(tuple(EXAMPLES))] = rebuild(
        "scales",
        "What is learnt where no picture was given: drawn in code",
        group=LEARNING,
    )
    ancestor: Annotated[str, OneOf((NO_MODEL, *models()))] = rebuild(
        NO_MODEL,
        "The shipped model whose weights it begins with: it learns faster, and what comes of it "
        "can be grafted with its kin",
        group=LEARNING,
    )
    longest_side: int = rebuild(
        128,
        "Size of the picture that is learnt: its features should be 12 to 24 pixels wide",
        ge=48,
        le=512,
        unit="px",
        group=LEARNING,
    )
    updates: int = rebuild(
        900,
        "Training updates planned; the learning rate falls on the way",
        ge=10,
        le=200_000,
        log=True,
        cost="time",
        group=LEARNING,
    )
    loss: Literal["patch-swd", "random-gram", "vgg-ot", "vgg-gram"] = rebuild(
        "patch-swd",
        "How likeness is measured: small patches at several scales, random filters, or VGG-16 "
        "with weights of your own",
        group=LEARNING,
    )
    prompt: str = rebuild(
        "",
        "What it should look like, in words. With CLIP weights of your own they are compared with "
        "the surface; without, a picture is drawn from the colours and patterns among them",
        max_length=300,
        group=LEARNING,
    )
    motion: Motion = rebuild(
        "none", "Which way the pattern should drift over the surface", group=LEARNING
    )
    motion_speed: float = rebuild(
        0.25,
        "How fast it should drift",
        ge=0.0,
        le=1.0,
        unit="edges/step",
        expert=True,
        group=LEARNING,
    )
    motion_weight: float = rebuild(
        0.1,
        "Weight of the motion beside the looks; it is reached after 100 updates",
        ge=0.0,
        le=10.0,
        expert=True,
        group=LEARNING,
    )
    train_on: Literal["sphere", "own mesh"] = rebuild(
        "sphere",
        "What it learns on: a sphere, which fits every mesh, or the very mesh that is shown",
        expert=True,
        group=LEARNING,
    )
    practise_scales: bool = rebuild(
        False,
        "Learn other scales from 0.7 to 1.4 in turn, so that the dial can go as far and further; "
        "learning takes longer",
        expert=True,
        group=LEARNING,
    )
    training_vertices: int = rebuild(
        5762,
        "Vertices of the sphere that is trained on",
        title="Vertices",
        ge=1442,
        le=163_842,
        log=True,
        cost="time",
        expert=True,
        group=LEARNING,
    )
    batch: int = rebuild(
        1, "States trained at once", ge=1, le=8, cost="time", expert=True, group=LEARNING
    )
    pool: int = rebuild(
        32,
        "Earlier results to start from; large pools starve short runs",
        ge=8,
        le=512,
        log=True,
        cost="memory",
        expert=True,
        group=LEARNING,
    )
    patches: int = rebuild(
        8,
        "Patches of the surface compared in an update",
        ge=1,
        le=16,
        cost="time",
        expert=True,
        group=LEARNING,
    )
    patch_pixels: int = rebuild(
        56,
        "Side of a patch",
        ge=32,
        le=128,
        unit="px",
        cost="time",
        expert=True,
        group=LEARNING,
    )
    pixels_per_edge: float = rebuild(
        2.0,
        "Pixels of the picture from vertex to vertex",
        ge=1.0,
        le=4.0,
        expert=True,
        group=LEARNING,
    )
    cached_patches: int = rebuild(
        48,
        "Patches that are prepared",
        title="Patches",
        ge=4,
        le=256,
        cost="memory",
        expert=True,
        group=LEARNING,
    )
    vgg_weights: str = rebuild(
        "",
        "A .safetensors file with torchvision's vgg16, for the two VGG losses",
        max_length=4096,
        expert=True,
        group=LEARNING,
    )
    clip_weights: str = rebuild(
        "",
        "A .safetensors file with CLIP ViT-B/32, its vocabulary beside it, for a prompt",
        max_length=4096,
        expert=True,
        group=LEARNING,
    )
    flow_weights: str = rebuild(
        "",
        "A .safetensors file with the two-stream optical flow network; without it motion is "
        "measured by moved pictures",
        max_length=4096,
        expert=True,
        group=LEARNING,
    )
    channels: int = rebuild(
        16,
        "Numbers in a vertex: colour, the maps of a material, hidden ones",
        ge=12,
        le=32,
        cost="time",
        expert=True,
        group=LEARNING,
    )
    hidden: int = rebuild(
        128,
        "Units of the network's hidden layer",
        ge=16,
        le=256,
        cost="time",
        expert=True,
        group=LEARNING,
    )
    degree: int = rebuild(
        1,
        "Largest degree of the spherical harmonics of its sight",
        ge=0,
        le=2,
        expert=True,
        group=LEARNING,
    )
    aggregation: Aggregation = rebuild(
        "mean6",
        "How neighbours are added up: mean6 and sum agree where a vertex has six of them; mean6 "
        "stands bad meshes, sum is as published, mean is six times weaker",
        expert=True,
        group=LEARNING,
    )

    @model_validator(mode="after")
    def _fit_together(self) -> MeshNcaParams:
        shipped = {self.graft_model, self.ancestor} - {NO_MODEL, FROM_FILE}
        if shipped and self.rule != _shipped_rule(self):
            raise ValueError(
                "the shipped models have 16 channels, 128 hidden units and degree 1: "
                "another shape can neither be grafted with them nor begin with one"
            )
        if self.batch > self.patches:
            raise ValueError(
                f"{self.batch} states at once need as many patches: each of them is looked at"
            )
        wide = self.patch_pixels / self.pixels_per_edge * max(self.plan().scales)
        sphere = 10 * self.plan().nu ** 2 + 2
        if self.train_on == "sphere" and wide**2 * _WINDOW > sphere:
            raise ValueError(
                f"a patch of {self.patch_pixels} pixels at {self.pixels_per_edge:g} to the edge "
                f"reaches too far around a sphere of {sphere:,} vertices"
            )
        return self

    @property
    def rule(self) -> MeshRule:
        """The fixed part of the automaton."""
        return MeshRule(self.channels, self.hidden, self.degree, self.aggregation)

    @property
    def by_language(self) -> bool:
        """Whether a language model judges, and not the likeness to a picture."""
        return bool(self.prompt.strip() and self.clip_weights)

    def plan(self) -> Plan:
        """Say what a trainer is made from."""
        return Plan(
            vertices=self.training_vertices,
            pool=self.pool,
            batch=self.batch,
            patches=self.patches,
            patch_pixels=self.patch_pixels,
            pixels_per_edge=self.pixels_per_edge,
            cached_patches=self.cached_patches,
            updates=self.updates,
            loss="text" if self.by_language else self.loss,
            weights=self.clip_weights if self.by_language else self.vgg_weights,
            prompt=self.prompt,
            motion=self.motion,
            motion_speed=self.motion_speed,
            motion_weight=self.motion_weight,
            flow_weights=self.flow_weights,
            train_on=self.train_on,
            scales=_PRACTISED if self.practise_scales else (1.0,),
        )

    def dials(self) -> Dials:
        """Say what may change from one update to the next."""
        return Dials(self.learning_rate, self.steps_min, self.steps_spread)


SECONDS_PER_UPDATE = 0.2  # of one 2.5 GHz core
BASE = "scales"  # the ancestor of all shipped models


def kin() -> dict[str, str]:
    """Return what makes a model kin to the shipped ones, which it learns from sooner."""
    return {"ancestor": BASE} if BASE in models() else {}


def options(target: Asset, device: str) -> tuple[TargetOption, ...]:
    """Offer trainings of a target with the minutes that they take, measured on one core."""
    plans = (
        ("small features", 96, 800),
        ("medium features", 128, 800),
        ("large features", 192, 800),
        ("patiently", 128, 2500),
    )
    given = kin()
    if pixels_of(target).shape[2] > 4:
        given |= {"shading": "pbr"}  # else its normals and roughness would not be seen
    return tuple(
        TargetOption(
            f"{side} px, {words}",
            {"longest_side": side, "updates": updates, "prompt": "", **given},
            None if device == "cuda" else updates * SECONDS_PER_UPDATE / 60.0,
            recommended=(side, updates) == (128, 800),
        )
        for words, side, updates in plans
    )


def _shipped_rule(params: MeshNcaParams) -> MeshRule:
    return MeshRule(aggregation=params.aggregation)

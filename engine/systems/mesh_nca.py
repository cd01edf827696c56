"""Mesh NCA: a local rule that textures any surface, learnt once on a sphere.

Pajouheshgar, Xu, Mordvintsev, Niklasson, Zhang, Suesstrunk, "Mesh Neural Cellular Automata", ACM
TOG 43(4), 2024, arXiv 2311.02820. Cells are the vertices of a mesh. Stepping needs no torch.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engine.core import rng
from engine.core.device import beside, pick_device
from engine.core.errors import BadInput
from engine.core.figures import TableView
from engine.core.params import Params
from engine.core.spec import Asset, Spec, check_seed
from engine.core.system import (
    Action,
    BrushTool,
    Export,
    Mark,
    Part,
    Poll,
    Row,
    System,
    SystemInfo,
    TargetOption,
    ViewOffer,
)
from engine.core.views import MeshView, Pick, Stroke, View, ViewRequest
from engine.mesh_nca import starting
from engine.mesh_nca.appearance import channel_names
from engine.mesh_nca.brushes import BRUSHES
from engine.mesh_nca.exports import Ahead, surface_exports
from engine.mesh_nca.fields import PaintedHand
from engine.mesh_nca.hand import ACTIONS
from engine.mesh_nca.inspection import QUALITY, nearest_vertex, quality_rows, vertex_rows
from engine.mesh_nca.living import Living
from engine.mesh_nca.look import Look, picture, views_of
from engine.mesh_nca.parameters import MeshNcaParams, kin, options
from engine.mesh_nca.rule import Controls, Weights
from engine.mesh_nca.second import first_weights
from engine.mesh_nca.sheets import batch_view, target_view
from engine.mesh_nca.surface_parameters import DRAWN
from engine.mesh_nca.targets import Target, target_of

if TYPE_CHECKING:
    from engine.mesh_nca.trainer import Trainer
    from engine.meshes.drawing import MeshPainter

__all__ = ["MeshNca"]

Arrays = dict[str, NDArray[Any]]


class MeshNca(System):
    """Vertices of a mesh that share one small network weave a texture over any surface."""

    info: ClassVar[SystemInfo] = SystemInfo(
        slug="mesh-nca",
        title="Mesh NCA",
        summary="A local rule learns one picture or material and covers any 3D surface with it.",
        paper="Pajouheshgar, Xu, Mordvintsev, Niklasson, Zhang, Süsstrunk, Mesh Neural Cellular "
        "Automata, ACM TOG 43(4), 2024, arXiv 2311.02820",
        family="Meshes",
        tags=("neural", "texture", "mesh", "3D", "material", "trainable", "picture"),
    )
    Params: ClassVar[type[Params]] = MeshNcaParams
    params: MeshNcaParams
    incidental: ClassVar[frozenset[str]] = DRAWN | {
        "learning_rate",
        "steps_min",
        "steps_spread",
    }
    bodies: ClassVar[frozenset[str]] = frozenset(("shape",))
    learns_on_mesh: ClassVar[Mapping[str, Any]] = {"train_on": "own mesh"}
    learns_from: ClassVar[Mapping[str, Any]] = kin()
    variants: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {"vertices": 642, "training_vertices": 1442, "patch_pixels": 32, "cached_patches": 4},
    )

    def __init__(self, spec: Spec) -> None:
        self._born = time.monotonic()
        super().__init__(spec)

    def build(self) -> None:
        """Prepare surface, network and fields."""
        p = self.params
        self.rule = p.rule
        self.device = pick_device(self.spec.device)
        self.weights = first_weights(p, rng.stream(self.seed, "weights"))
        self.surface = starting.surface(self.spec.mesh, p.shape, p.vertices, p.subdivisions)
        self._living = Living(self.surface, p, self.weights, self.device)
        self._asset, note = starting.target(self.spec.target, p)
        self.warnings += (note,) if note else ()
        self._maps = starting.makes_material(self._asset, p.example)
        self._trainer: Trainer | None = None
        self._lessons = self.seed  # a later seed of the world is none of the training
        self._learned: Target | None = None
        self._painter: MeshPainter | None = None
        self._quality: tuple[tuple[str, ...], ...] | None = None
        self._planted = 0
        self._chosen = False
        try:
            self._living.second.choose(p)
        except BadInput as error:
            self.warnings += (f"there is no graft model: {error}",)
        self._use()

    def start(self) -> None:
        """Begin from zeros and the fields as they were given."""
        self._living.start(self.params)

    def advance(self, poll: Poll) -> None:
        """Do one step with the weights of the last finished update."""
        self._living.step(self.seed, self.step_count, self.params, poll)

    def set_param(self, name: str, value: Any) -> None:
        """Replace one parameter; a graft file that somebody names again is read again."""
        self._chosen = name == "graft_file"
        try:
            super().set_param(name, value)
        finally:
            self._chosen = False

    def params_changed(self, name: str) -> None:
        """Follow dials."""
        if name in ("graft_model", "graft_file"):
            self._living.second.choose(self.params, again=self._chosen)
        if name in ("graft_model", "graft_file", "blend"):
            self._use()
        if name == "even_spacing" and self._trainer is not None:
            self._trainer.live_on(self._evened())
        self._living.changed()

    def _use(self) -> None:
        """Step on the weights of the last update, blended as wanted."""
        self._living.load(self.weights, self.params.blend)

    def vain(self) -> tuple[str, ...]:
        """Say where there is nothing to blend with."""
        alone = self.params.blend > 0 and self._living.second.weights is None
        return ("blend does nothing yet: there is no graft model, choose one",) if alone else ()

    # What is seen.

    def view_offers(self) -> tuple[ViewOffer, ...]:
        """Offer the surface, and what the training looks at."""
        return (
            ViewOffer("world", "Surface", "mesh", modes=("shown", "shading")),
            ViewOffer("batch", "Training patches", "image", brushed=False),
            ViewOffer("target", "Target", "image", brushed=False),
            ViewOffer("quality", "Mesh quality", "table", place="panel"),
        )

    def views(self, wanted: Mapping[str, ViewRequest]) -> dict[str, View]:
        """Make the views that are asked for."""
        made: dict[str, View] = {}
        if "world" in wanted:
            made["world"] = self._world(wanted["world"])
        age = self.step_count, time.monotonic() - self._born
        if "batch" in wanted:
            pictures, examples = self._patches()
            made["batch"] = batch_view(pictures, examples, wanted["batch"], *age)
        if "target" in wanted:
            made["target"] = target_view(self._target().pixels, wanted["target"], *age)
        if "quality" in wanted:
            if self._quality is None:
                self._quality = quality_rows(self.surface)
            made["quality"] = TableView(
                step=age[0], seconds=age[1], columns=QUALITY, rows=self._quality
            )
        return made

    def _target(self) -> Target:
        """Return what is learned; it is made when it is first looked at."""
        p = self.params
        if self._learned is None:
            self._learned = target_of(self._asset, p.example, p.longest_side)
        return self._learned

    def _patches(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the windows of the last update, none before the first, and the target."""
        if self._trainer is not None:
            return self._trainer.patches()
        side, pixels = self.params.patch_pixels, self._target().pixels
        none = np.zeros((0, side, side, pixels.shape[2]), np.float32)
        return none, pixels[None, :side, :side]

    def _mesh(self, request: ViewRequest) -> MeshView:
        living, p, age = self._living, self.params, time.monotonic() - self._born
        controls = living.controls(p)
        look = Look(self.surface, living.layers, living.change, controls, p, self._maps)
        return look.mesh(request, self.step_count, age)

    def _world(self, request: ViewRequest) -> View:
        mesh = self._mesh(request)
        if request.eye is None:
            return mesh
        if self._painter is None:
            from engine.meshes.drawing import MeshPainter

            self._painter = MeshPainter()
        return picture(self._painter, mesh, request)

    def inspect(self, pick: Pick) -> tuple[Row, ...]:
        """Describe the picked vertex."""
        vertex = nearest_vertex(self.surface, pick)
        if vertex is None:
            return ()
        return vertex_rows(
            self.surface,
            vertex,
            channel_names(self.rule.channels, self._maps),
            self._living.layers,
            self._living.outlook(vertex, self.params),
        )

    def metrics(self) -> dict[str, float]:
        """Measure how colourful the surface is, how far it leaves its bounds and how it moves."""
        return self._living.metrics()

    # What the hand does.

    def brushes(self) -> tuple[BrushTool, ...]:
        """Offer erase, graft, comb, density and freeze."""
        return BRUSHES

    def brush(self, stroke: Stroke) -> None:
        """Paint along the surface."""
        if stroke.tool not in {tool.name for tool in BRUSHES}:
            raise BadInput(f"{self.info.title} has no brush {stroke.tool!r}")
        self._living.paint(stroke)

    @property
    def gestures(self) -> int:
        """Number of the gesture that was remembered last."""
        return self._living.log.newest

    def give_hand(self) -> PaintedHand:
        """Give away what the hand did."""
        return self._living.log.give()

    def take_hand(self, kept: PaintedHand) -> None:
        """Know again what was given away."""
        self._living.log.take(kept)

    def undo_words(self) -> tuple[str, str]:
        """Say what would be undone and done again."""
        return self._living.log.words()

    def undo(self) -> None:
        """Take back the last gesture."""
        self._living.undo()

    def redo(self) -> None:
        """Do it again."""
        self._living.redo()

    def actions(self) -> dict[str, Action]:
        """Offer what is done to the whole surface at once."""
        return ACTIONS

    def act(self, name: str, arguments: BaseModel | None) -> None:
        """Do it as one gesture that can be undone."""
        self._living.act(name, arguments)

    def exports(self) -> tuple[Export, ...]:
        """Write the surface as it looks: textured, as coloured vertices, or as it goes on."""
        return surface_exports(lambda: self._mesh(ViewRequest()), self._ahead)

    def _ahead(self) -> Ahead:
        """Copy the present, to look at what would become of it."""
        future = self._living.future(self.seed, self.step_count, self.params)
        return partial(views_of, future, self._maps)

    # What it learns.

    def trainer(self, poll: Poll | None = None) -> Trainer:
        """Return optimiser, pool and windows; made when they are first asked for.

        What `poll` raises meanwhile leaves none: the next call begins again.
        """
        if self._trainer is None:
            self._trainer = beside(self._made_trainer, poll)
        return self._trainer

    def _made_trainer(self, breathe: Poll) -> Trainer:
        from engine.mesh_nca.trainer import Trainer

        target, plan = self._target(), self.params.plan()
        breathe()
        return Trainer(
            self.rule,
            self.weights,
            target,
            plan,
            seed=self._lessons,
            device=self.device,
            surface=self.surface,
            controls=self._evened(),
            poll=breathe,
        )

    def _evened(self) -> Controls:
        """Return what evens out the mesh that is learnt on, where that is wanted."""
        return Controls(local_scale=self._living.spacing if self.params.even_spacing else None)

    def train_step(self, poll: Poll) -> dict[str, float]:
        """Do one update of the weights: all of it, or none.

        Raises
        ------
        DivergedError
            If loss, gradients, states or weights left the finite numbers.
        BadInput
            If a file that the loss needs cannot be used.
        Cancelled
            If `poll` raised it.
        """
        before = rng.snapshot(self.train_rng)
        try:
            weights, scalars = self.trainer(poll).step(
                self.weights, self.train_rng, self.params.dials(), poll
            )
        except BaseException:
            rng.restore(self.train_rng, before)
            raise
        self.weights = weights
        self._use()
        self._replant()
        return scalars

    def train_progress(self) -> tuple[int, int]:
        """Return updates done and planned."""
        done = 0 if self._trainer is None else self._trainer.updates_done
        return done, self.params.updates

    def _replant(self) -> None:
        """Let the shown surface grow again when it has run long on rules that no longer are."""
        if self.step_count < self._planted:  # the world was reset
            self._planted = 0
        if 0 < self.params.replant <= self.step_count - self._planted:
            self._living.replant()
            self._planted = self.step_count

    @classmethod
    def target_kinds(cls) -> tuple[str, ...]:
        """Learn from pictures and from materials."""
        return ("image", "material")

    @classmethod
    def target_options(cls, target: Asset, device: str) -> tuple[TargetOption, ...]:
        """Offer sizes of the features with the minutes that a run takes, measured on one core."""
        return options(target, device)

    # What is kept.

    def finite(self) -> bool:
        """Tell whether the world still consists of finite numbers."""
        return self._living.finite()

    def get_arrays(self, part: Part) -> Arrays:
        """Return weights, cells and fields with the graft model, or optimiser and pool."""
        if part == "model":
            return dict(self.weights.arrays())
        if part == "world":
            return self._living.arrays()
        counts = {"planted": self._planted, "seed": self._lessons}
        numbers = {name: np.array([count], np.int64) for name, count in counts.items()}
        return {**self.trainer().arrays(), **numbers}

    def set_arrays(self, part: Part, arrays: Arrays) -> None:
        """Take weights, cells and fields, or optimiser and pool."""
        if part == "model":
            self.weights = Weights.from_arrays(self.rule, arrays)
        elif part == "world":
            self._living.restore(arrays)
        else:
            seed = check_seed(int(arrays["seed"][0]))
            if seed != self._lessons:
                self._lessons, self._trainer = seed, None
            self.trainer().restore(arrays)
            self._planted = int(arrays["planted"][0])
        self._use()

    def recall(self, marks: tuple[Mark, ...]) -> None:
        """Know again what the hand could take back at the moment that was jumped to."""
        self._living.recall(self.step_count)

    @classmethod
    def settles(cls) -> bool:
        """Live on a mesh of the user's, if there is one."""
        return True

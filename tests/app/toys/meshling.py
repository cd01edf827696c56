"""A world on a mesh, small and quick: its numbers say what was done to it."""

import time
from functools import partial

import numpy as np

from engine.core.errors import BadInput
from engine.core.params import Params, live, rebuild
from engine.core.spec import Asset
from engine.core.system import BrushTool, Export, Row, System, SystemInfo, ViewOffer
from engine.core.views import ImageView, MeshView
from engine.meshes.asset import unpack
from engine.meshes.surface import Surface

CORNERS = np.array(
    [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32
)
FACES = np.array(
    [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]
)


class MeshlingParams(Params):
    """One of each kind."""

    rate: float = live(0.5, "A number", ge=0.0, le=1.0)
    width: int = rebuild(3, "A size", ge=1, le=9)


class Meshling(System):
    """An octahedron, or the mesh that it was given; two channels on every vertex."""

    info = SystemInfo("meshling", "Meshling", "Two channels on a mesh", "none", "Toys")
    Params = MeshlingParams
    bodies = frozenset(("width",))

    def build(self):
        mesh = self.spec.mesh
        self.surface = unpack(mesh) if mesh is not None else Surface.of(CORNERS, FACES)
        self.weights = np.zeros(2, np.float32)
        self.start()

    def start(self):
        self.cells = np.zeros((len(self.surface.vertices), 2), np.float32)
        self.done, self.undone = [], []

    def advance(self, poll):
        self.cells[:, 1] += self.weights[0] + 1

    def get_arrays(self, part):
        return {"model": {"weights": self.weights}, "world": {"cells": self.cells}}.get(part, {})

    def set_arrays(self, part, arrays):
        if part == "model":
            self.weights = arrays["weights"]
        elif part == "world":
            self.cells = arrays["cells"]

    def view_offers(self):
        return (ViewOffer("world", "World", "mesh"),)

    def views(self, wanted):
        request = wanted.get("world")
        if request is None:
            return {}
        surface, shade = self.surface, np.clip(self.cells[:, :1] * 255, 0, 255)
        if request.eye is not None:
            width, height = request.size or (request.max_size, request.max_size)
            picture = np.zeros((height, width, 4), np.uint8)
            turned = round(request.eye.azimuth) % 256
            picture[height // 4 : -height // 4, width // 4 : -width // 4] = (turned, 90, 30, 255)
            whole = (0, 0, height, width)
            return {
                "world": ImageView(
                    step=self.step_count, data=picture, extent=(height, width), region=whole
                )
            }
        probed = tuple(p[0] for p in request.probes if p[0] < len(self.cells))
        return {
            "world": MeshView(
                step=self.step_count,
                topology=surface.topology,
                vertices=surface.vertices,
                normals=surface.normals,
                faces=surface.faces,
                spacing=surface.spacing,
                colours=np.repeat(shade, 3, axis=1).astype(np.uint8),
                channels=("ink", "age"),
                probes=self.cells[list(probed)].copy(),
                probed=probed,
            )
        }

    # What it can do.

    @classmethod
    def settles(cls):
        return True

    @classmethod
    def target_kinds(cls):
        return ("image", "material")

    @classmethod
    def target_options(cls, target: Asset, device: str):
        return ()

    def train_step(self, poll):
        time.sleep(0.002)
        poll()
        self.weights = self.weights + np.float32(0.5)
        return {"loss": float(np.exp(-self.weights[0]))}

    def train_progress(self):
        return round(2 * float(self.weights[0])), 1_000_000

    def brushes(self):
        return (BrushTool("ink", "Ink", "brush", "Blacken", radius=0.3),)

    def brush(self, stroke):
        corners = self.surface.faces[[int(face) for face, _, _ in stroke.points]]
        if not self.done or self.done[-1][0] != stroke.number:
            self.done.append((stroke.number, self.cells.copy()))
        self.undone = []
        self.cells[corners.ravel(), 0] = stroke.value

    def undo_words(self):
        return ("ink stroke" if self.done else "", "ink stroke" if self.undone else "")

    def undo(self):
        self._swap(self.done, self.undone)

    def redo(self):
        self._swap(self.undone, self.done)

    def _swap(self, source, sink):
        if not source:
            raise BadInput("there is nothing to take back")
        number, cells = source.pop()
        sink.append((number, self.cells.copy()))
        self.cells = cells

    def inspect(self, pick):
        face, u, v = pick.at
        corner = int(self.surface.faces[int(face)][np.argmax((1 - u - v, u, v))])
        return (Row("vertex", corner), Row("ink", float(self.cells[corner, 0])))

    def exports(self):
        return (Export.apart(".ply", "Mesh", lambda: partial(_write, self.step_count)),)


def _write(step, path, activity):
    """Write which step it was; a long file is never complete."""
    while path.stem.startswith("long"):
        activity.progress(1, 2)
        time.sleep(0.005)
    path.write_bytes(b"ply %d\n" % step)

"""Compile every kernel once, so that no newcomer waits: ``python -m engine.warm`` at set-up.

numba keeps what it compiled beside the sources; without this the first step of every system would
take several seconds. Each system is built small, stepped, drawn, asked, measured, exported, and
trained for one update.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from engine.core import registry
from engine.core.programs import Traceable
from engine.core.spec import Spec
from engine.core.system import Brushable, Exportable, Logged, System, Trainable, no_poll
from engine.core.views import Eye, Stroke, ViewRequest

__all__ = ["warm", "warm_files", "warm_mesa", "warm_pictures"]

SIDE: Final = 64
_LONGEST: Final = 60.0  # seconds to wait for what a small world measures
_PATIENCE: Final = 0.002


def warm(slug: str) -> None:
    """Use everything of a system that compiles."""
    kind = registry.system_class(slug)
    small: dict[str, Any] = {
        name: SIDE for name in ("width", "height") if name in kind.Params.model_fields
    }
    for variant in kind.variants:
        system = kind(Spec(slug, {**small, **variant}, device="cpu"))
        for _ in range(2):
            system.step()
        _look(system)
        if isinstance(system, Traceable):
            _ask(system)
            _look(system)  # what was found is set off
        if isinstance(system, Exportable):
            _export(system)
        if isinstance(system, Trainable):
            system.train_step(no_poll)


def _look(system: System) -> None:
    """Draw all views, and again when what was still being measured is known; paint on solids."""
    wanted = {offer.name: ViewRequest() for offer in system.view_offers()}
    system.views(wanted)
    heads = [offer.name for offer in system.view_offers() if offer.kind == "heads"]
    system.views({name: ViewRequest(max_size=2) for name in heads})  # reduced
    solid = [offer.name for offer in system.view_offers() if offer.kind == "mesh"]
    system.views({name: ViewRequest(eye=Eye(), size=(SIDE, SIDE)) for name in solid})
    if solid and isinstance(system, Brushable):
        for tool in system.brushes():
            system.brush(Stroke(solid[0], tool.name, ((0.0, 0.2, 0.2),), radius=tool.radius))
    if isinstance(system, Logged):
        _wait(system)
        system.views(wanted)
        _wait(system)


def _wait(system: Logged) -> None:
    """Wait for what is computed beside the run."""
    end = time.monotonic() + _LONGEST
    while system.log_pending():
        if time.monotonic() > end:
            raise TimeoutError(f"what it measures was not ready within {_LONGEST:.0f} s")
        system.take_log()
        time.sleep(_PATIENCE)


def _ask(system: Traceable) -> None:
    """Ask about the first program what can be asked about it."""
    code = system.program(0).code
    system.trace(code)
    system.score(code)
    system.disassemble(code)
    system.find(system.spell(code[:1]))


def _export(system: Exportable) -> None:
    """Write a file of each kind, and drop it."""
    with tempfile.TemporaryDirectory() as folder:
        for export in system.exports():
            export.write(Path(folder) / f"small{export.ending}")


def warm_files() -> None:
    """Take in a small mesh of each kind that is read by compiled loops, and outline a brush."""
    import numpy as np

    from engine.media.mesh_files import read_mesh
    from engine.meshes.geodesic import outline
    from engine.meshes.mend import mend
    from engine.meshes.quality import judge
    from engine.meshes.shapes import icosphere
    from engine.meshes.surface import Surface

    vertices, faces = icosphere(2)
    words = [f"v {x} {y} {z}\n" for x, y, z in vertices] + [
        f"f {a} {b} {c}\n" for a, b, c in faces + 1
    ]
    head = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {len(vertices)}\n"
        "property float x\nproperty float y\nproperty float z\n"
        f"element face {len(faces)}\nproperty list int int vertex_indices\nend_header\n"
    )
    rows = np.insert(faces, 0, 3, axis=1).astype("<i4").tobytes()
    off = [f"OFF\n{len(vertices)} {len(faces)}\n"]
    off += [line[2:] for line in words[: len(vertices)]] + [f"3 {a} {b} {c}\n" for a, b, c in faces]
    contents = {
        "small.obj": "".join(words).encode(),
        "small.off": "".join(off).encode(),
        "small.ply": head.encode() + vertices.astype("<f4").tobytes() + rows,
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, data in contents.items():
            path = Path(folder) / name
            path.write_bytes(data)
            mesh = read_mesh(path)
    mended = mend(mesh.vertices, mesh.faces)
    surface = Surface.of(mended.vertices, mended.faces)
    judge(surface)
    outline(surface, 0, 0.3, 0.3, 2 * surface.spacing)


def warm_pictures() -> None:
    """Draw a small mesh in every way, from one eye twice: edges are smoothed the second time."""
    import numpy as np

    from engine.core.views import MeshView, Shading
    from engine.meshes.ambience import shade_of
    from engine.meshes.bake import bake
    from engine.meshes.drawing import MeshPainter
    from engine.meshes.shapes import icosphere
    from engine.meshes.surface import Surface

    surface = Surface.of(*icosphere(2))
    count = len(surface.vertices)
    shadings: tuple[Shading, ...] = ("pbr", "phong", "flat", "plain")
    for shading in shadings:
        view = MeshView(
            step=0,
            topology=surface.topology,
            vertices=surface.vertices,
            normals=surface.normals,
            faces=surface.faces,
            spacing=surface.spacing,
            colours=np.zeros((count, 3), np.uint8),
            material=np.zeros((count, 6), np.uint8),
            shade=shade_of(surface),
            shading=shading,
        )
        painter = MeshPainter()
        for over in (False, True):
            painter.picture(view, Eye(), (SIDE, SIDE), wireframe=over, vertices=over)
    bake(view, SIDE * 2)


def warm_mesa() -> None:
    """Solve a small regression in both precisions: which one is needed turns up in a training."""
    import torch

    from engine.attention.mesa_layer import PRECISE, mesa

    for lam in (1.0, PRECISE / 2):
        q, k, v = (torch.ones(1, 2, 2, requires_grad=True) for _ in range(3))
        torch.autograd.grad(mesa(q, k, v, lam).sum(), (q, k, v))


def main() -> int:
    """Warm all systems; one that cannot be is said and left."""
    sys.stdout.write("compiling what reads, mends and draws meshes\n")
    sys.stdout.flush()
    warm_files()
    warm_pictures()
    sys.stdout.write("compiling the mesa layer\n")
    sys.stdout.flush()
    warm_mesa()
    for slug in registry.slugs():
        sys.stdout.write(f"compiling the kernels of {slug}\n")
        sys.stdout.flush()
        try:
            warm(slug)
        except Exception as error:  # noqa: BLE001 (a plugin must not end the set-up)
            sys.stdout.write(f"{slug} will compile when it is first used: {error}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

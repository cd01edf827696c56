"""Make the shipped meshes: ``python packaging/make_meshes.py [NAME ...]``; needs gpytoolbox.

The formula is sampled on a grid, its zero turned into triangles, these remeshed to even ones and
brought back onto the formula. Deterministic for given versions of gpytoolbox and scikit-image.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
from safetensors.numpy import save

from engine.meshes.shapes.bodies import BODIES
from engine.meshes.shapes.catalogue import LEVELS
from engine.meshes.shapes.fit import Field, project, relax

FOLDER = Path(__file__).parent.parent / "resources" / "meshes"
HALF, CELLS = 1.5, 120


def sampled(field: Field) -> tuple[np.ndarray, np.ndarray]:
    """Triangles of the zero of the field in the cube from -HALF to HALF, seen from outside."""
    from skimage.measure import marching_cubes

    line = np.linspace(-HALF, HALF, CELLS)
    grid = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)
    values = np.concatenate([field(part) for part in np.array_split(grid, 40)])
    values = values.reshape(CELLS, CELLS, CELLS)
    if min(face.min() for axis in range(3) for face in values.take((0, -1), axis).T) <= 0:
        raise SystemExit("the body does not fit into the cube")
    points, faces, _, _ = marching_cubes(values, 0.0, gradient_direction="ascent")
    points = points.astype(np.float64) / (CELLS - 1) * 2 * HALF - HALF
    faces = np.ascontiguousarray(faces, np.int32)
    a, b, c = (points[faces[:, k]] for k in range(3))
    volume = (a * np.cross(b, c)).sum()
    return points, faces if volume > 0 else np.ascontiguousarray(faces[:, ::-1])


def evened(
    field: Field, points: np.ndarray, faces: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Remesh to about `count` vertices of one spacing."""
    from gpytoolbox import remesh_botsch

    corners = points[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=1).sum() / 2
    length = float(np.sqrt(2 * area / (np.sqrt(3) * count)))
    for _ in range(4):  # the number is met by trial: the remesher takes a length
        v, f = remesh_botsch(points, faces, i=15, h=length, project=True)
        if abs(len(v) / count - 1) < 0.02:
            break
        length *= float(np.sqrt(len(v) / count))
    f = f.astype(np.int32)
    for _ in range(10):
        v = project(field, relax(v, f, 0.5), f, 1)
    return project(field, v, f, 3), f


def main() -> None:
    from engine.meshes.surface import Surface

    FOLDER.mkdir(exist_ok=True)
    for name in sys.argv[1:] or BODIES:
        field = BODIES[name][1]
        rough = sampled(field)
        arrays = {}
        for level in LEVELS:
            points, faces = evened(field, *rough, level)
            surface = Surface.of(points, faces)
            cv = surface.edge_lengths.std() / surface.spacing
            valence = surface.valence
            euler = len(points) - len(faces) // 2
            print(
                f"{name} {level}: {len(points)} vertices, Euler {euler}, CV {cv:.3f}, "
                f"valence 5-7 {np.isin(valence, (5, 6, 7)).mean():.3f}, "
                f"6 {(valence == 6).mean():.3f}, residual {np.abs(field(points)).max():.1e}"
            )
            arrays[f"vertices-{level}"] = np.ascontiguousarray(points, np.float32)
            arrays[f"faces-{level}"] = np.ascontiguousarray(faces, np.uint16)
        (FOLDER / f"{name}.safetensors").write_bytes(save(arrays))


if __name__ == "__main__":
    main()

"""Hostile meshes: any bytes are a mesh or a sentence, quickly and without a large allocation."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.errors import BadInput
from engine.media.mesh_files import MESH_ENDINGS, read_mesh

SEEDS = {
    ".obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    ".off": b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n",
    ".ply": b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\n"
    b"property float z\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n"
    b"0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n",
    ".stl": b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\n"
    b"endloop\nendfacet\nendsolid a\n",
}


@pytest.mark.parametrize("ending", SEEDS)
def test_the_seeds_are_sound(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    path.write_bytes(SEEDS[ending])
    mesh = read_mesh(path)
    assert mesh.faces.shape == (1, 3)
    assert np.isfinite(mesh.vertices).all()
    assert not mesh.closed


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    ending=st.sampled_from(sorted(SEEDS)),
    at=st.integers(0, 300),
    junk=st.one_of(
        st.binary(max_size=12), st.sampled_from([b"999999999", b"-1", b"1e400", b"nan"])
    ),
    cut=st.integers(0, 20),
)
def test_a_spoiled_mesh_is_read_or_refused(tmp_path, ending, at, junk, cut):
    data = SEEDS[ending]
    at = min(at, len(data))
    path = tmp_path / f"a{ending}"
    path.write_bytes(data[:at] + junk + data[at + cut :])
    try:
        mesh = read_mesh(path)
    except BadInput:
        return
    assert len(mesh.faces)
    assert mesh.faces.max() < len(mesh.vertices)
    assert np.isfinite(mesh.vertices).all()


@pytest.mark.parametrize("ending", [".ply", ".off", ".stl", ".glb"])
def test_a_lie_about_the_size_allocates_nothing(tmp_path, ending):
    lies = {
        ".ply": SEEDS[".ply"].replace(b"vertex 3", b"vertex 3000000000"),
        ".off": SEEDS[".off"].replace(b"3 1 0", b"3 2000000000 0"),
        ".stl": b"\0" * 80 + b"\xff\xff\xff\xff" + b"\0" * 50,
        ".glb": b"glTF\2\0\0\0\xff\xff\xff\xff" + b"\0" * 30,
    }
    path = tmp_path / f"a{ending}"
    path.write_bytes(lies[ending])
    tracemalloc.start()
    try:
        with pytest.raises(BadInput):
            read_mesh(path)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_other_endings_are_refused(tmp_path):
    path = tmp_path / "a.gltf"
    path.write_text("{}")
    with pytest.raises(BadInput, match=next(iter(MESH_ENDINGS))):
        read_mesh(path)

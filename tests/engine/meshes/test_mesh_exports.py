"""Files for other programs, read back by an independent reader."""

from __future__ import annotations

import io
import json
import os
import struct
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from engine.core.errors import BadInput
from engine.core.views import MeshView
from engine.meshes.atlas import Atlas
from engine.meshes.bake import bake
from engine.meshes.glb import encode_glb, write_glb
from engine.meshes.ply import ColourSequence, encode_ply, write_ply
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface, frame


@pytest.fixture(scope="module")
def view() -> MeshView:
    surface = Surface.of(*icosphere(7))  # an odd number of faces would do, too; see the atlas
    rng = np.random.default_rng(2)
    n = len(surface.vertices)
    normal = rng.normal((0, 0, 1), 0.3, (n, 3))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    rest = rng.integers(0, 256, (n, 3))
    return MeshView(
        step=0,
        topology=surface.topology,
        vertices=surface.vertices,
        normals=surface.normals,
        faces=surface.faces,
        spacing=surface.spacing,
        colours=rng.integers(0, 256, (n, 3)).astype(np.uint8),
        material=np.concatenate([np.round(normal * 127 + 128), rest], 1).astype(np.uint8),
        shading="pbr",
        bumpiness=0.05,
    )


def read(data: bytes) -> trimesh.Trimesh:
    loaded = trimesh.load(io.BytesIO(data), file_type="glb", process=False)
    (mesh,) = loaded.geometry.values()
    return mesh


def scene(data: bytes) -> dict:
    length = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + length])


def at_corners(mesh: trimesh.Trimesh, texture) -> np.ndarray:
    """The texels under the texture coordinates; the reader counts v from below."""
    pixels = np.asarray(texture.convert("RGB")).astype(int)
    side = len(pixels)
    x = np.floor(mesh.visual.uv[:, 0] * side).astype(int)
    y = np.floor((1 - mesh.visual.uv[:, 1]) * side).astype(int)
    return pixels[y, x]


def world_normals(view: MeshView, corners: np.ndarray) -> np.ndarray:
    stored = (view.material[:, :3].astype(float) - 128) / 127
    t1, t2 = frame(view.normals)
    world = stored[:, :1] * t1 + stored[:, 1:2] * t2 + stored[:, 2:] * view.normals
    return (world / np.linalg.norm(world, axis=1, keepdims=True))[corners]


def test_another_reader_finds_every_value_at_its_vertex(view, tmp_path):
    write_glb(tmp_path / "shape.glb", view, 256)
    mesh = read((tmp_path / "shape.glb").read_bytes())
    corners = view.faces.ravel()
    assert len(mesh.faces) == len(view.faces)
    height = view.material[:, 3:4] / 255
    places = view.vertices + view.normals * 0.05 * height**2
    np.testing.assert_allclose(mesh.vertices[mesh.faces.ravel()], places[corners], atol=1e-5)
    material = mesh.visual.material
    assert np.abs(at_corners(mesh, material.baseColorTexture) - view.colours[corners]).max() <= 2
    packed = at_corners(mesh, material.metallicRoughnessTexture)
    assert np.abs(packed[:, 0] - view.material[corners, 5]).max() <= 2  # occlusion
    assert np.abs(packed[:, 1] - view.material[corners, 4]).max() <= 2  # roughness
    assert packed[:, 2].max() == 0  # metal
    assert np.array_equal(at_corners(mesh, material.occlusionTexture), packed)


def tangent_attribute(data: bytes) -> np.ndarray:
    length = struct.unpack("<I", data[12:16])[0]
    scene = json.loads(data[20 : 20 + length])
    accessor = scene["accessors"][scene["meshes"][0]["primitives"][0]["attributes"]["TANGENT"]]
    start = 28 + length + scene["bufferViews"][accessor["bufferView"]]["byteOffset"]
    return np.frombuffer(data, "<f4", 4 * accessor["count"], start).reshape(-1, 4)


def test_normals_read_in_the_stored_tangent_space_are_those_of_the_world(view):
    data = encode_glb(view, 256)
    mesh = read(data)
    corners = view.faces.ravel()
    local = (at_corners(mesh, mesh.visual.material.normalTexture) - 128) / 127
    tangent = tangent_attribute(data).astype(float)
    n = view.normals[corners].astype(float)
    bitangent = np.cross(n, tangent[:, :3]) * tangent[:, 3:]
    found = local[:, :1] * tangent[:, :3] + local[:, 1:2] * bitangent + local[:, 2:] * n
    assert np.abs(found - world_normals(view, corners)).max() < 2 * 2 / 127


def test_the_stored_tangents_are_those_of_the_texture_coordinates(view):
    """As programs that ignore them work them out: along u, the bitangent upwards."""
    data = encode_glb(view, 256)
    mesh = read(data)
    tangent = tangent_attribute(data)[:, :3].reshape(-1, 3, 3).astype(float)
    p = mesh.vertices.reshape(-1, 3, 3)
    uv = mesh.visual.uv.reshape(-1, 3, 2)  # v upwards
    e1, e2, d1, d2 = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0], uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    area = d1[:, 0] * d2[:, 1] - d1[:, 1] * d2[:, 0]
    assert (area > 0).all()  # nothing is mirrored
    along = (e1 * d2[:, 1:] - e2 * d1[:, 1:]) / area[:, None]
    up = (e2 * d1[:, :1] - e1 * d2[:, :1]) / area[:, None]
    n = view.normals[view.faces].astype(float)
    along = along[:, None] - (along[:, None] * n).sum(-1, keepdims=True) * n
    along /= np.linalg.norm(along, axis=-1, keepdims=True)
    np.testing.assert_allclose(along, tangent, atol=1e-4)
    assert ((np.cross(n, tangent) * up[:, None]).sum(-1) > 0).all()


def test_without_a_material_there_is_a_texture_of_colours_only(view):
    mesh = read(encode_glb(replace(view, material=None, shading="phong"), 256))
    assert mesh.visual.material.normalTexture is None
    assert mesh.visual.material.metallicFactor == 0
    corners = view.faces.ravel()
    texels = at_corners(mesh, mesh.visual.material.baseColorTexture)
    assert np.abs(texels - view.colours[corners]).max() <= 2


def test_chunks_are_aligned_and_lengths_are_true(view):
    data = encode_glb(view, 256)
    magic, version, length = struct.unpack("<4sII", data[:12])
    assert (magic, version, length) == (b"glTF", 2, len(data))
    text = struct.unpack("<I", data[12:16])[0]
    assert text % 4 == 0
    assert struct.unpack("<I4s", data[20 + text : 28 + text]) == (len(data) - 28 - text, b"BIN\0")


@pytest.mark.parametrize(("faces", "side"), [(1, 16), (7, 64), (980, 128), (980, 256)])
def test_faces_of_an_atlas_keep_apart(faces, side):
    """Filtered reads within a face touch texels of that face only."""
    atlas = Atlas(faces, side)
    corners = atlas.corners()
    assert corners.min() >= 0
    assert corners.max() < side
    values = np.repeat(np.random.default_rng(0).integers(10, 250, (faces, 1, 3)), 3, axis=1)
    from engine.meshes.bake import _fill

    texture = _fill(atlas, values.reshape(-1, 3).astype(np.float32), None).astype(int)
    rng = np.random.default_rng(1)
    weights = rng.dirichlet((0.3, 0.3, 0.3), (faces, 40))
    places = (weights[..., None] * corners[:, None]).sum(axis=2)
    for x, y in (
        (np.floor, np.floor),
        (np.floor, np.ceil),
        (np.ceil, np.floor),
        (np.ceil, np.ceil),
    ):
        column = x(places[..., 0] - 1e-9).astype(int).clip(0)
        row = y(places[..., 1] - 1e-9).astype(int).clip(0)
        # at weight zero a neighbour may be named
        close = (np.abs(column - places[..., 0]) < 1 - 1e-6) & (
            np.abs(row - places[..., 1]) < 1 - 1e-6
        )
        found = texture[row, column]
        assert (found == values[:, :1]).all(axis=-1)[close].all()


def test_a_mesh_too_large_for_its_texture_is_told_which_would_do():
    with pytest.raises(BadInput, match="Choose a texture of 2048 pixels") as caught:
        Atlas(160_000, 1024)
    assert "160,000 faces" in str(caught.value)
    Atlas(160_000, 2048)
    with pytest.raises(BadInput, match="PLY"):
        Atlas(90_000_000, 2048)


def test_baking_can_be_stopped(view):
    def poll() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bake(view, 256, poll)


def test_ply_opens_elsewhere_with_colours_and_normals(view, tmp_path):
    write_ply(tmp_path / "shape.ply", view)
    mesh = trimesh.load(tmp_path / "shape.ply", process=False)
    height = view.material[:, 3:4] / 255
    places = view.vertices + view.normals * 0.05 * height**2
    np.testing.assert_allclose(mesh.vertices, places, atol=1e-6)
    np.testing.assert_array_equal(mesh.faces, view.faces)
    np.testing.assert_array_equal(mesh.visual.vertex_colors[:, :3], view.colours)
    np.testing.assert_allclose(mesh.vertex_normals, view.normals, atol=1e-6)


def test_a_sequence_is_a_folder_of_frames(view, tmp_path):
    sequence = ColourSequence(tmp_path / "film")
    other = replace(view, colours=255 - view.colours)
    sequence.add(view)
    sequence.add(other)
    assert not (tmp_path / "film").exists()
    assert sequence.close() == tmp_path / "film"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film"]
    assert (tmp_path / "film" / "frame_00001.ply").read_bytes() == encode_ply(view)
    assert (tmp_path / "film" / "frame_00002.ply").read_bytes() == encode_ply(other)
    assert sequence.frames == 2
    with pytest.raises(BadInput, match="exists already"):
        ColourSequence(tmp_path / "film")


def test_a_sequence_replaces_nothing_and_is_on_the_disk(view, tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(handle))
    sequence = ColourSequence(tmp_path / "film")
    sequence.add(view)
    sequence.add(view)
    sequence.close()
    assert len(synced) >= 2
    late = ColourSequence(tmp_path / "late")
    late.add(view)
    (tmp_path / "late").mkdir()  # as another program may
    with pytest.raises(BadInput, match="meanwhile"):
        late.close()
    assert list((tmp_path / "late").iterdir()) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film", "late"]


def test_a_cancelled_sequence_leaves_nothing(view, tmp_path):
    sequence = ColourSequence(tmp_path / "film")
    sequence.add(view)
    sequence.cancel()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BadInput, match="folder does not exist"):
        ColourSequence(tmp_path / "nowhere" / "film")


def test_only_what_shows_its_inside_has_two_sides(view):
    faces = view.faces[len(view.faces) // 4 :]
    (closed,), (opened,) = (
        scene(encode_glb(v, 256))["materials"] for v in (view, replace(view, faces=faces))
    )
    assert "doubleSided" not in closed
    assert opened["doubleSided"] is True

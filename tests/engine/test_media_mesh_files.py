"""Meshes: what every format says, and that any bytes are a mesh or a sentence, quickly."""

import base64
import json
import os
import struct
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.core.activity import Activity
from engine.core.errors import BadInput, Cancelled
from engine.media import gltf as reader
from engine.media.mesh_files import MESH_ENDINGS, read_mesh

PLY_HEAD = (
    b"ply\nformat %s 1.0\ncomment made by hand\nelement vertex 4\nproperty float x\n"
    b"property float y\nproperty float z\nproperty uchar red\nelement face 1\n"
    b"property list uchar int vertex_indices\nend_header\n"
)
CORNERS = [(0, 0, 0), (1, 0, 0), (1, 2, 0), (0, 2, 0)]


def ply(order):
    rows = b"".join(struct.pack(order + "fffB", *corner, 9) for corner in CORNERS)
    name = {"<": b"binary_little_endian", ">": b"binary_big_endian"}[order]
    return PLY_HEAD % name + rows + struct.pack(order + "Biiii", 4, 0, 1, 2, 3)


def stl(triangles):
    rows = b"".join(struct.pack("<12fH", 0, 0, 1, *np.ravel(t), 0) for t in triangles)
    return b"\0" * 80 + struct.pack("<I", len(triangles)) + rows


def numbers():
    """Four corners and two triangles, as a glTF's buffer."""
    corners = np.array(CORNERS, "<f4").tobytes()
    return corners + np.array([0, 1, 2, 0, 2, 3], "<u2").tobytes()


def scene(uri=None, **changes):
    buffer = {"byteLength": 60} | ({} if uri is None else {"uri": uri})
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 6, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": 48},
            {"buffer": 0, "byteOffset": 48, "byteLength": 12},
        ],
        "buffers": [buffer],
    } | changes


def gltf(**changes):
    data = "data:application/octet-stream;base64," + base64.b64encode(numbers()).decode()
    return json.dumps(scene(data, **changes)).encode()


def glb(**changes):
    text = json.dumps(scene(**changes)).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I", len(text)) + b"JSON" + text
    chunks += struct.pack("<I", 60) + b"BIN\0" + numbers()
    return b"glTF" + struct.pack("<II", 2, 12 + len(chunks)) + chunks


SEEDS = {
    "a.obj": b"# made by hand\nmtllib /etc/passwd\nv 0 0 0 1\nv 1 0 0\nv 1 2e0 0\nv 0 +2. -0\n"
    b"vt 0 0\nusemtl x\nf 1/1/1 2//1 3 \\\n-1\n",
    "a.off": b"OFF # four\n4 1 0\n0 0 0\n1 0 0 255 0 0\n\n# here\n1 2 0\n0 2 0\n"
    b"4 0 1 2 3 0.5 1 1\n",
    "text.ply": PLY_HEAD % b"ascii" + b"0 0 0 9\n1 0 0 9\n1 2 0 9\n0 2 0 9\n4 0 1 2 3\n",
    "little.ply": ply("<"),
    "big.ply": ply(">"),
    "a.stl": stl([CORNERS[:3], [CORNERS[k] for k in (0, 2, 3)]]),
    "words.stl": b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\n"
    b"vertex 1 2 0\nendloop\nendfacet\nfacet normal 0 0 1\n outer loop\n VERTEX 0 0 0\n"
    b"\tvertex 1 2 0\r\nvertex 0 2 0\nendloop\nendfacet\nendsolid a\n",
    "a.glb": glb(),
    "a.gltf": gltf(),
}


def write(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", SEEDS)
def test_every_format_says_the_same(tmp_path, name):
    mesh = read_mesh(write(tmp_path, name, SEEDS[name]))
    expected = np.array(CORNERS, float)[[(0, 1, 2), (0, 2, 3)]]
    assert np.array_equal(mesh.vertices[mesh.faces], expected)
    assert mesh.vertices.dtype == np.float64
    assert mesh.faces.dtype == np.int32
    assert not mesh.closed


def test_a_soup_that_is_closed_counts_as_closed(tmp_path):
    corners = np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)], float)
    faces = [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]
    assert read_mesh(write(tmp_path, "a.stl", stl([corners[list(f)] for f in faces]))).closed
    assert not read_mesh(
        write(tmp_path, "b.stl", stl([corners[list(f)] for f in faces[:3]]))
    ).closed


def test_the_fuzz_meets_every_ending():
    assert {"." + name.split(".")[1] for name in SEEDS} == set(MESH_ENDINGS)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(sorted(SEEDS)),
    at=st.floats(0, 1),
    junk=st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"999999999", b"-1", b"1e400", b"nan", b"null", b"[]", b"{}", b'"x"']),
    ),
    cut=st.integers(0, 20),
)
def test_a_spoiled_mesh_is_read_or_refused(tmp_path, name, at, junk, cut):
    data = SEEDS[name]
    place = int(at * len(data))
    path = write(tmp_path, name, data[:place] + junk + data[place + cut :])
    try:
        mesh = read_mesh(path)
    except BadInput as error:
        refused = error
    else:
        refused = None
    if refused is not None:
        assert refused.path == path
        return
    assert len(mesh.faces)
    assert mesh.faces.min() >= 0
    assert mesh.faces.max() < len(mesh.vertices)
    assert np.isfinite(mesh.vertices).all()


def test_a_scene_whose_numbers_are_missing_is_named_itself(tmp_path):
    path = write(tmp_path, "a.gltf", json.dumps(scene("data" + 300 * "x")).encode())
    with pytest.raises(BadInput, match="needs 'dataxxx") as caught:
        read_mesh(path)
    assert caught.value.path == path
    assert len(str(caught.value)) < 400


LIES = {
    "head.ply": SEEDS["text.ply"].replace(b"vertex 4", b"vertex 3000000000"),
    "faces.ply": SEEDS["big.ply"].replace(b"face 1", b"face 3000000000"),
    "list.ply": SEEDS["little.ply"][:-17] + b"\xff" + SEEDS["little.ply"][-16:],
    "few.ply": SEEDS["text.ply"].replace(b"face 1", b"face 3"),
    "a.off": SEEDS["a.off"].replace(b"4 1 0", b"4 2000000000 0"),
    "polygon.off": SEEDS["a.off"].replace(b"4 0 1 2", b"4000000000 0 1 2"),
    "a.stl": b"\0" * 80 + b"\xff\xff\xff\xff" + b"\0" * 50,
    "a.glb": b"glTF\2\0\0\0\xff\xff\xff\xff" + b"\0" * 30,
    "chunk.glb": SEEDS["a.glb"].replace(b"BIN\0", b"BIN\0")[:-4],
    "count.gltf": SEEDS["a.gltf"].replace(b'"count": 4', b'"count": 4000000000'),
    "view.gltf": SEEDS["a.gltf"].replace(b'"byteLength": 12', b'"byteLength": 8'),
    "nothing.gltf": SEEDS["a.gltf"]
    .replace(b'{"bufferView": 0, ', b"{")
    .replace(b'"count": 4', b'"count": 40000000'),
    "values.gltf": b'{"a": [' + b"0," * 2**21 + b"0]}",
    "copies.gltf": gltf(
        nodes=[{"mesh": 0}] * 10,
        scenes=[{"nodes": [0] * 10}],
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_about_the_size_allocates_nothing(tmp_path, name):
    path = write(tmp_path, name, LIES[name])
    with pytest.raises(BadInput):  # and compiles what it needs, which is not to be measured
        read_mesh(path)
    tracemalloc.start()
    try:
        with pytest.raises(BadInput):
            read_mesh(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n", "not there"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 -4\n", "not there"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 0 1 2\n", "line 4"),
        ("a.obj", b"v 0 0 0\nv nan 0 0\nv 0 1 0\nf 1 2 3\n", "not finite"),
        ("a.obj", b"v 0 0 0\nv -inf 0 0\nv 0 1 0\nf 1 2 3\n", "not finite"),
        ("a.obj", b"v 0 0 0\nv 1e999 0 0\nv 0 1 0\nf 1 2 3\n", "not finite"),
        ("a.obj", b"v 0 0 0\nv 1 0\nv 0 1 0\nf 1 2 3\n", "line 2"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "no faces"),
        ("a.obj", b"v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n", "single point"),
        ("a.obj", b"PK\x03\x04", "archive"),
        ("a.obj", b" \n", "empty"),
        ("a.off", b"nonsense", "no OFF header"),
        ("a.off", b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n", "not there"),
        ("a.off", b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 x\n3 0 1 2\n", "line 5"),
        ("a.ply", b"ply\nformat ascii 1.0\nend_header\n", "no faces"),
        ("a.ply", b"ply\nformat odd 1.0\nend_header\n", "known format"),
        ("a.gltf", b"{}", "no faces"),
        ("a.gltf", b"[" * 100_000, "no sound glTF"),
        ("a.gltf", gltf(nodes=[{"mesh": 0, "children": [0]}]), "two places"),
        ("a.gltf", gltf(extensionsRequired=["KHR_draco_mesh_compression"]), "compress"),
        ("a.fbx", b"x", ".obj, .ply, .stl, .off, .glb, .gltf"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, name, data, words):
    with pytest.raises(BadInput, match=words):
        read_mesh(write(tmp_path, name, data))


def test_meshes_of_a_scene_are_joined_where_their_nodes_put_them(tmp_path):
    nodes = [
        {"children": [1, 2], "translation": [10, 0, 0]},
        {"mesh": 0, "rotation": [0, 0, 2**-0.5, 2**-0.5]},  # a quarter turn about z
        {"mesh": 0, "matrix": [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 5, 1]},
    ]
    mesh = read_mesh(write(tmp_path, "a.glb", glb(nodes=nodes)))
    assert len(mesh.vertices) == 8
    corners = np.array(CORNERS, float)
    turned = np.stack([10 - corners[:, 1], corners[:, 0], corners[:, 2]], axis=1)
    assert np.allclose(mesh.vertices[:4], turned)
    assert np.allclose(mesh.vertices[4:], corners * (-1, 1, 1) + (10, 0, 5))
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()  # the mirrored one was turned over


def test_a_mesh_that_is_repeated_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.media.mesh_files.MOST_FACES", 1000)
    nodes = [{"mesh": 0}] * 1501
    many = gltf(nodes=nodes, scenes=[{"nodes": list(range(1501))}])
    with pytest.raises(BadInput, match="more than 1,000 faces"):
        read_mesh(write(tmp_path, "a.gltf", many))


def test_strips_and_fans_are_cut(tmp_path):
    def faces(mode, indices):
        part = {"attributes": {"POSITION": 0}, "indices": 1, "mode": mode}
        changed = json.loads(gltf(meshes=[{"primitives": [part]}]))
        changed["accessors"][1]["count"] = len(indices)
        data = np.array(CORNERS, "<f4").tobytes() + np.array(indices, "<u2").tobytes()
        changed["buffers"][0]["uri"] = "data:;base64," + base64.b64encode(data).decode()
        return read_mesh(write(tmp_path, "a.gltf", json.dumps(changed).encode())).faces.tolist()

    assert faces(5, [0, 1, 3, 2]) == [[0, 1, 3], [3, 1, 2]]
    assert faces(6, [0, 1, 2, 3]) == [[0, 1, 2], [0, 2, 3]]


def test_a_sparse_accessor_is_filled_in(tmp_path):
    changed = json.loads(gltf())
    changed["accessors"][0]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": 2, "componentType": 5121},
        "values": {"bufferView": 0, "byteOffset": 24},
    }
    changed["bufferViews"].append({"buffer": 0, "byteOffset": 50, "byteLength": 1})  # the 1
    mesh = read_mesh(write(tmp_path, "a.gltf", json.dumps(changed).encode()))
    assert mesh.vertices[1].tolist() == [1, 2, 0]


def test_numbers_beside_the_scene_are_read(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "the numbers.bin").write_bytes(numbers())
    text = json.dumps(scene("deep/the%20numbers.bin")).encode()
    assert len(read_mesh(write(tmp_path, "a.gltf", text)).faces) == 2


@pytest.mark.parametrize(
    "uri",
    [
        "../secret.bin",
        "deep/../../secret.bin",
        "%2e%2e/secret.bin",
        "..\\secret.bin",
        "link.bin",
        "folder/secret.bin",
        "{outside}/secret.bin",
        "file://{outside}/secret.bin",
        "https://example.org/secret.bin",
        "//example.org/secret.bin",
        "C:\\secret.bin",
        "~/secret.bin",
    ],
)
def test_numbers_outside_the_folder_are_not_opened(tmp_path, uri, monkeypatch):
    (tmp_path / "secret.bin").write_bytes(numbers())
    inside = tmp_path / "inside"
    (inside / "deep").mkdir(parents=True)
    (inside / "link.bin").symlink_to(tmp_path / "secret.bin")
    (inside / "folder").symlink_to(tmp_path)
    text = json.dumps(scene(uri.format(outside=tmp_path))).encode()
    path = write(inside, "a.gltf", text)
    opened = []
    whole = os.open
    monkeypatch.setattr(
        os, "open", lambda *args, **kw: opened.append(args[0]) or whole(*args, **kw)
    )
    with pytest.raises(BadInput, match="not in its folder"):
        read_mesh(path)
    assert [str(name) for name in opened] == [str(path)]


def test_a_pipe_beside_the_scene_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.bin")
    with pytest.raises(BadInput, match="pipe"):
        read_mesh(write(tmp_path, "a.gltf", json.dumps(scene("pipe.bin")).encode()))


def test_materials_of_an_obj_are_never_opened(tmp_path, monkeypatch):
    (tmp_path / "m.mtl").write_text("newmtl x\nmap_Kd a.png\n")
    path = write(tmp_path, "a.obj", SEEDS["a.obj"].replace(b"/etc/passwd", b"m.mtl"))
    opened = []
    whole = os.open
    monkeypatch.setattr(
        os, "open", lambda *args, **kw: opened.append(args[0]) or whole(*args, **kw)
    )
    read_mesh(path)
    assert [str(name) for name in opened] == [str(path)]


@pytest.mark.parametrize("name", SEEDS)
def test_reading_can_be_stopped(tmp_path, name):
    activity = Activity("reading")
    activity.cancel()
    with pytest.raises(Cancelled):
        read_mesh(write(tmp_path, name, SEEDS[name]), activity)


def test_numbers_are_read_as_python_reads_them(tmp_path):
    rng = np.random.default_rng(5)
    values = (rng.normal(size=(300, 3)) * 10.0 ** rng.integers(-30, 30, (300, 3))).round(40)
    rows = "".join(f"v {a!r} {b:.9e} {c:+.6f}\n" for a, b, c in values.tolist())
    mesh = read_mesh(write(tmp_path, "a.obj", (rows + "f 1 2 3\n").encode()))
    assert np.allclose(mesh.vertices[:, 0], values[:, 0], rtol=1e-14, atol=0)
    assert np.allclose(mesh.vertices[:, 1], values[:, 1], rtol=1e-8, atol=0)
    assert np.allclose(mesh.vertices[:, 2], values[:, 2], rtol=1e-14, atol=1e-6)


def shown(nodes, primitives, **accessor):
    """A glTF whose first triangle is in its only buffer, as text; accessor 0 may be another."""
    triangle = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()
    first = {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}
    uri = "data:application/octet-stream;base64," + base64.b64encode(triangle).decode()
    whole = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": 36, "uri": uri}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}],
        "accessors": [accessor or first],
        "meshes": [{"primitives": primitives}],
        "nodes": [{"mesh": 0}] * nodes,
        "scenes": [{"nodes": list(range(nodes))}],
    }
    return json.dumps(whole).encode()


def test_what_draws_nothing_is_looked_at_once_however_often_it_is_shown(tmp_path, monkeypatch):
    looked = []
    primitives = reader._Scene._primitives
    monkeypatch.setattr(
        reader._Scene, "_primitives", lambda *args: looked.append(1) or primitives(*args)
    )
    points = [{"mode": 0, "attributes": {"POSITION": 0}}] * 100
    with pytest.raises(BadInput, match="no faces"):
        read_mesh(write(tmp_path, "a.gltf", shown(300, points)))
    assert len(looked) == 1


def test_parts_without_end_are_refused(tmp_path):
    parts = [{"attributes": {"POSITION": 0}}] * 300
    with pytest.raises(BadInput, match="more than 65,536 parts"):
        read_mesh(write(tmp_path, "a.gltf", shown(300, parts)))


def test_rows_that_are_not_written_are_bounded_in_all(tmp_path):
    some = {"count": 1, "indices": {"bufferView": 0, "componentType": 5123}}
    sparse = {**some, "values": {"bufferView": 0}}
    claim = {"componentType": 5126, "count": 2**19, "type": "VEC3", "sparse": sparse}
    with pytest.raises(BadInput, match="claims numbers that are not there"):
        read_mesh(write(tmp_path, "a.gltf", shown(3, [{"attributes": {"POSITION": 0}}], **claim)))


def test_rows_without_use_do_not_grow_with_the_nodes(tmp_path):
    primitive = {"attributes": {"POSITION": 0}, "indices": 1}
    whole = json.loads(shown(20, [primitive]))
    rows = np.random.default_rng(0).normal(size=(500, 3)).astype("<f4").tobytes()
    body = rows + np.array([7, 9, 400], "<u4").tobytes()
    uri = "data:application/octet-stream;base64," + base64.b64encode(body).decode()
    whole["buffers"] = [{"byteLength": len(body), "uri": uri}]
    whole["bufferViews"] = [{"buffer": 0, "byteLength": len(body)}]
    whole["accessors"][0]["count"] = 500
    whole["accessors"].append(
        {
            "bufferView": 0,
            "byteOffset": len(rows),
            "componentType": 5125,
            "count": 3,
            "type": "SCALAR",
        }
    )
    mesh = read_mesh(write(tmp_path, "a.gltf", json.dumps(whole).encode()))
    assert (len(mesh.vertices), len(mesh.faces)) == (60, 20)
    np.testing.assert_array_equal(
        mesh.vertices[mesh.faces[0]], np.frombuffer(rows, "<f4").reshape(-1, 3)[[7, 9, 400]]
    )


def test_a_vertex_that_no_face_uses_may_be_anything(tmp_path):
    mesh = read_mesh(write(tmp_path, "a.obj", b"v 0 0 0\nv 1 0 0\nv nan 1 inf\nv 0 1 0\nf 1 2 4\n"))
    assert np.isfinite(mesh.vertices).all()
    assert len(mesh.faces) == 1


@pytest.mark.parametrize(
    "head",
    ["OFF\n3 1 0", "OFF 3 1 0", "3 1 0", "OFF\n3 1", "OFF\n3\n1\n0", "# a\nOFF\n3\n# b\n1 0"],
)
def test_the_counts_of_an_off_may_stand_as_they_like(tmp_path, head):
    mesh = read_mesh(write(tmp_path, "a.off", f"{head}\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n".encode()))
    assert mesh.faces.tolist() == [[0, 1, 2]]
    assert mesh.vertices.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]


def test_strips_of_a_ply_are_named(tmp_path):
    head = "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\n"
    head += "property float z\nelement tristrips 1\nproperty list int int vertex_indices\n"
    body = "end_header\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n4 0 1 2 3\n"
    with pytest.raises(BadInput, match="triangle strips"):
        read_mesh(write(tmp_path, "a.ply", (head + body).encode()))


def test_an_off_of_blanks_is_refused_at_once(tmp_path):
    before = time.thread_time()
    with pytest.raises(BadInput, match="no OFF header"):
        read_mesh(write(tmp_path, "a.off", b" \n" * 40_000 + b"x"))
    assert time.thread_time() - before < 1.0

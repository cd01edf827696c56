"""`primordia check`: pictures, meshes, models and what only looks like them."""

import json
import pickle
import shutil
import struct
import zipfile
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from app.commands.checking import LOOKERS
from engine import openers
from engine.core import checkpoint
from engine.core.spec import Spec
from engine.soup import reference_file
from engine.systems.growing_nca import GrowingNca
from engine.systems.life import Life

TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n"


@pytest.fixture
def good(home):
    """A folder of sound files."""
    Image.new("RGBA", (20, 10), (255, 0, 0, 128)).save(home / "picture.png")
    (home / "solid.obj").write_text(TETRAHEDRON)
    (home / "glider.rle").write_text("x = 3, y = 3, rule = B3/S23\nbob$2bo$3o!\n")
    checkpoint.save(
        Life(Spec("life", {"width": 64, "height": 64})), home / "w.safetensors", "world"
    )
    shutil.copy(home / "w.safetensors", home / "saved.life")
    reference_file.write(home / "0000000007.dat", np.full((4, 64), 7, np.uint8), 7)
    return home


@pytest.mark.parametrize(
    ("name", "kind", "facts"),
    [
        ("picture.png", "image", {"width": 20, "height": 10, "alpha": True, "format": "PNG"}),
        ("solid.obj", "mesh", {"vertices": 4, "faces": 4, "closed": True}),
        ("w.safetensors", "model", {"system": "life", "scope": "world"}),
        ("saved.life", "model", {"system": "life", "scope": "world"}),
        ("0000000007.dat", "model", {"system": "soup", "scope": "world", "step": 7, "weights": 0}),
        ("glider.rle", "pattern", {"population": 5, "rule": "B3/S23"}),
    ],
)
def test_sound_files(primordia, good, name, kind, facts):
    done = primordia("check", good / name, "--json")
    assert done.code == 0
    assert done.json["usable"] is True
    assert done.json["kind"] == kind
    assert facts.items() <= done.json.items()
    assert str(good / name) in primordia("check", good / name).out


def test_a_session_and_a_text_are_looked_at(primordia, tmp_path):
    text = tmp_path / "program.txt"
    text.write_text("[[{.>]-]")
    done = primordia("check", text, "--json")
    assert (done.code, done.json["kind"], done.json["characters"]) == (0, "program", 8)
    broken = tmp_path / "broken.primordia"
    broken.write_bytes(b"PK no archive")
    done = primordia("check", broken)
    assert done.code == 2
    assert "broken.primordia" in done.err


def test_whatever_can_be_opened_can_be_looked_at():
    kinds = set(get_args(openers.FileKind)) - {"other"}
    assert set(LOOKERS) == kinds


def test_a_world_says_what_was_assumed(primordia, good):
    done = primordia("check", good / "0000000007.dat")
    assert "world of Computational Life (soup), at step 7 of seed 0. The file names" in done.out
    assert len(done.out.splitlines()) == 1
    (note,) = primordia("check", good / "0000000007.dat", "--json").json["notes"]
    assert "neither language nor seed" in note
    assert primordia("check", good / "w.safetensors", "--json").json["notes"] == []


def test_a_picture_names_who_can_learn_it(primordia, good):
    assert "growing-nca" in primordia("check", good / "picture.png", "--json").json["target_for"]


@pytest.mark.parametrize("ending", [".stl", ".ply", ".off", ".glb", ".obj"])
def test_every_format_of_mesh(primordia, home, ending):
    import trimesh

    path = home / f"box{ending}"
    trimesh.creation.box().export(path)
    done = primordia("check", path, "--json")
    assert done.code == 0, done.err
    assert done.json["faces"] == 12
    assert done.json["low"] == [-0.5, -0.5, -0.5]


def stl(count, body=b""):
    return b"\0" * 80 + struct.pack("<I", count) + body


def ply(vertices, faces, rest=""):
    head = f"ply\nformat ascii 1.0\nelement vertex {vertices}\nproperty float x\nproperty float y\n"
    head += f"property float z\nelement face {faces}\nproperty list uchar int vertex_indices\n"
    return (head + "end_header\n" + rest).encode()


BAD = {
    "empty.png": b"",
    "text.png": b"not a picture at all",
    "cut.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "empty.obj": b"",
    "points.obj": b"v 0 0 0\nv 1 0 0\n",
    "nan.obj": b"v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
    "point.obj": b"v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n",
    "outside.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n",
    "zip.obj": b"PK\x03\x04" + b"\0" * 60,
    "zip.stl": b"PK\x03\x04" + b"\0" * 160,
    "lies.stl": stl(4_000_000_000),
    "short.stl": b"abc",
    "lies.ply": ply(4_000_000_000, 1),
    "nonsense.ply": b"ply\nrubbish",
    "outside.ply": ply(3, 1, "0 0 0\n1 0 0\n0 1 0\n3 0 1 7\n"),
    "lies.off": b"OFF\n4000000000 1 0\n0 0 0\n",
    "cut.glb": b"glTF\x02\0\0\0\xff\xff\0\0",
    "nonsense.glb": b"rubbish",
    "pickle.safetensors": pickle.dumps({"weights": [1.0]}),
    "cut.safetensors": struct.pack("<Q", 10**9) + b'{"a": 1}',
    "empty.safetensors": b"",
    "foreign.safetensors": struct.pack("<Q", 2) + b"{}",
    "nonsense.json": b'{"what": 1}',
    "broken.json": b"{",
    "empty.rle": b"",
    "bad.cells": b"what is this",
    "cut.dat": struct.pack("<QQQ", 1, 4, 7) + b"\0" * 255,
    "program.exe": b"MZ\x90\0",
    "noending": b"\x80\x04K\x01.",
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_used_says_why(primordia, home, name):
    path = home / name
    path.write_bytes(BAD[name])
    done = primordia("check", path)
    assert done.code == 2, done.out
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert name in done.err
    told = primordia("check", path, "--json")
    assert told.code == 2
    assert told.json["usable"] is False
    assert told.json["problem"]


def test_an_archive_of_a_mesh_is_refused(primordia, home):
    with zipfile.ZipFile(home / "solid.obj", "w") as archive:
        archive.writestr("solid.obj", TETRAHEDRON)
    done = primordia("check", home / "solid.obj")
    assert done.code == 2
    assert "archive" in done.err


def test_a_model_with_a_number_that_is_none_is_refused(primordia, home):
    data = np.array([1.0, np.nan], np.float32).tobytes()
    meta = {"schema": 1, "scope": "model", "slug": "life", "params": {}, "step": 0, "seed": 0}
    header = json.dumps(
        {
            "model/w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
            "__metadata__": {"primordia": json.dumps(meta)},
        }
    ).encode()
    path = home / "nan.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + data)
    done = primordia("check", path)
    assert done.code == 2
    assert "finite" in done.err


def remade(data, change):
    """Take the arrays of a checkpoint apart, change them or the metadata, and write it again."""
    from safetensors.numpy import load, save

    size = int.from_bytes(data[:8], "little")
    meta = json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["primordia"])
    arrays = load(data)
    change(arrays, meta)
    return save(arrays, {"primordia": json.dumps(meta)})


@pytest.fixture(scope="module")
def grown():
    small = {"width": 64, "height": 64, "target_size": 16}
    return checkpoint.dump(GrowingNca(Spec("growing-nca", small)), "model")


def test_a_model_that_its_system_can_use(primordia, home, grown):
    path = home / "fine.safetensors"
    path.write_bytes(grown)
    assert primordia("check", path).code == 0


@pytest.mark.parametrize("verb", [("check",), ("run", "--steps", "1", "--model")])
@pytest.mark.parametrize(("kind", "words"), [("shape", "model/w1"), ("system", "nonesuch")])
def test_a_model_that_nothing_can_use_is_refused_by_name(primordia, home, grown, verb, kind, words):
    def change(arrays, meta):
        if kind == "system":
            meta["slug"] = "nonesuch"
        else:
            arrays["model/w1"] = np.zeros((3, 5), np.float32)

    path = home / f"{kind}.safetensors"
    path.write_bytes(remade(grown, change))
    done = primordia(*verb, path)
    assert done.code == 2, done.out
    assert path.name in done.err
    assert words in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("verb", [("check",), ("run", "--steps", "1", "--model")])
@pytest.mark.parametrize("name", ["p.pth", "p.pt", "p.ckpt"])
def test_pickles_are_refused_with_the_two_lines_that_convert_them(primordia, home, verb, name):
    path = home / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p/data.pkl", pickle.dumps({"weights": [1.0]}))
    done = primordia(*verb, path)
    assert done.code == 2
    assert f"torch.load({name!r}, weights_only=True)" in done.err
    assert name in done.err.partition(". ")[0]


def test_weights_of_vgg_16_name_the_parameter_that_takes_them(primordia, home, monkeypatch):
    from safetensors.numpy import save_file

    from engine.style import vgg_weights

    # Layers as thin as can be: the real ones are 60 MB.
    monkeypatch.setattr(vgg_weights, "VGG16_CONVOLUTIONS", {0: (3, 4), 2: (4, 4)})
    arrays = {
        "features.0.weight": np.ones((4, 3, 3, 3), np.float32),
        "features.0.bias": np.ones(4, np.float32),
        "features.2.weight": np.ones((4, 4, 3, 3), np.float32),
        "features.2.bias": np.ones(4, np.float32),
    }
    path = home / "vgg16.safetensors"
    save_file(arrays, path)
    done = primordia("check", path)
    assert done.code == 0, done.err
    assert "VGG-16 weights, for the parameter vgg_weights of mesh-nca, texture-nca" in done.out
    save_file(arrays | {"features.2.bias": np.ones(9, np.float32)}, path)
    done = primordia("check", path)
    assert done.code == 2
    assert "features.2.bias" in done.err


def test_a_header_that_promises_too_much_is_damage(primordia, home):
    path = home / "lies.safetensors"
    path.write_bytes(struct.pack("<Q", 2**40) + b"{}")
    assert "its header promises more than the file holds" in primordia("check", path).err


def test_a_mesh_tells_how_far_it_is_and_can_be_stopped(primordia, home, monkeypatch):
    from engine.media import mesh_files

    (home / "a.obj").write_text(TETRAHEDRON)
    read, told = mesh_files.read_mesh, []

    def stopped(path, activity):
        activity.listen(told.append)
        mesh = read(path, activity)
        activity.cancel()
        return mesh

    monkeypatch.setattr(mesh_files, "read_mesh", stopped)
    done = primordia("check", home / "a.obj")
    assert done.code == 130
    assert done.out == ""
    assert told[-1].state == "cancelled"


def test_a_mesh_that_is_too_large_to_live_on_is_said_to_be(primordia, home, monkeypatch):
    from engine.mesh_nca import intake

    (home / "a.obj").write_text(TETRAHEDRON)
    assert "too large" not in primordia("check", home / "a.obj").out
    monkeypatch.setattr(intake, "MOST_FACES", 3)
    said = primordia("check", home / "a.obj").out
    assert "too large at more than 3 faces; make it even with --remesh" in said

"""Meshes on the command line: where to live, where from to look, what is refused."""

import av
import numpy as np
import pytest
from PIL import Image

from app.commands.options import eye_of
from engine.core import checkpoint
from engine.core.errors import BadInput
from engine.core.views import Eye
from engine.meshes.shapes import icosphere

TETRAHEDRON = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n"
SMALL = ("--set", "vertices=642", "--threads", 1)
WORLD = ("--system", "mesh-nca", "--preset", "from-scratch", *SMALL)


@pytest.fixture
def ball(home):
    """An even mesh of 812 vertices."""
    vertices, faces = icosphere(9)
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in faces]
    (home / "ball.obj").write_text("\n".join(lines))
    return home / "ball.obj"


def cells_of(path):
    return checkpoint.read(path).arrays["world/cells"]


def test_a_world_lives_on_the_mesh_and_its_save_remembers_it(primordia, home, ball):
    saved = home / "w.safetensors"
    done = primordia("run", *WORLD, "--mesh", ball, "--steps", 2, "--out", saved)
    assert done.code == 0, done.err
    assert len(cells_of(saved)) == 812
    again = home / "again.safetensors"
    assert primordia("run", "--model", saved, "--steps", 1, "--out", again).code == 0
    assert len(cells_of(again)) == 812
    assert checkpoint.read(again).step == 3


def test_a_picture_shows_the_solid_from_where_it_is_looked_at(primordia, home):
    pictures = []
    for eye in ("0,20", "90,20", "90,20"):
        out = home / f"{len(pictures)}.png"
        line = ("render", *WORLD, "--steps", 1, "--eye", eye, "--size", "96x64", "--out", out)
        done = primordia(*line)
        assert done.code == 0, done.err
        with Image.open(out) as image:
            assert image.size == (96, 64)
            pictures.append(np.asarray(image.convert("RGBA"), np.int32))
    assert pictures[0][0, 0, 3] == 0
    assert pictures[0][32, 48, 3] == 255
    np.testing.assert_array_equal(pictures[1], pictures[2])
    assert np.abs(pictures[0] - pictures[1]).max() > 30


def test_a_film_turns_from_frame_to_frame(primordia, home):
    out = home / "a.mp4"
    done = primordia(
        *("render", *WORLD, "--set", "fire_rate=0.05", "--set", "step_size=0.05"),
        *("--steps", 4, "--every", 2, "--turn", 60, "--size", "96x64", "--out", out, "--json"),
    )
    assert done.code == 0, done.err
    assert done.json["frames"] == 3
    with av.open(str(out)) as film:
        frames = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
    assert len(frames) == 3
    assert frames[0].shape == (64, 96)


@pytest.mark.parametrize("ending", [".glb", ".ply"])
def test_a_textured_mesh_is_written(primordia, home, ball, ending):
    out = home / f"a{ending}"
    done = primordia("render", *WORLD, "--mesh", ball, "--steps", 1, "--out", out)
    assert done.code == 0, done.err
    kinds = {".glb": b"glTF", ".ply": b"ply"}
    assert out.read_bytes().startswith(kinds[ending])


def test_training_on_a_mesh_saves_a_model(primordia, home, ball):
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (48, 48, 3), np.uint8)).save(
        home / "t.png"
    )
    out = home / "m.safetensors"
    done = primordia(
        *("train", "--system", "mesh-nca", "--target", home / "t.png", "--mesh", ball),
        *("--set", "training_vertices=1442", "--set", "patch_pixels=32", "--set", "patches=1"),
        *("--set", "cached_patches=4", "--set", "pool=8", "--set", "steps_min=4"),
        *("--set", "steps_spread=0", "--iterations", 1, "--threads", 1, "--out", out),
    )
    assert done.code == 0, done.err
    trained = checkpoint.read(out)
    assert (trained.scope, trained.params["train_on"]) == ("model", "own mesh")
    assert trained.params["ancestor"] == "scales"  # as in the window
    assert "learns on ball.obj" in done.err


def test_remeshing_and_what_is_said_of_poor_meshes(primordia, home):
    pytest.importorskip("gpytoolbox")
    mesh, saved = home / "solid.obj", home / "w.safetensors"
    mesh.write_text(TETRAHEDRON)
    done = primordia("run", *WORLD, "--mesh", mesh, "--steps", 1)
    assert done.code == 0, done.err
    assert "--remesh" in done.err
    line = ("--mesh", mesh, "--remesh", 700, "--keep-edges", "--steps", 1, "--out", saved)
    done = primordia("run", *WORLD, *line)
    assert done.code == 0, done.err
    assert 595 <= len(cells_of(saved)) <= 805
    assert "make it anew" not in done.err


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nope.obj", None, "no such file"),
        ("empty.obj", "", "empty"),
        ("nan.obj", "v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", ""),
        ("far.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 30\n", ""),
        ("mesh.xyz", "1 2 3", ".obj"),
    ],
)
def test_bad_meshes_give_one_sentence_and_write_nothing(primordia, home, name, content, words):
    path, out = home / name, home / "a.png"
    if content is not None:
        path.write_text(content)
    done = primordia("render", *WORLD, "--mesh", path, "--steps", 1, "--out", out)
    assert done.code == 2
    assert name in done.err
    assert words in done.err
    assert done.err.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("render --system life --eye 30,20 --out a.png", "flat"),
        ("render --system life --turn 3 --out a.mp4", "flat"),
        ("render --system mesh-nca --eye high --out a.png", "--eye 30,20"),
        ("render --system mesh-nca --turn nan --out a.mp4", "--turn 3"),
        ("render --system mesh-nca --out a.xyz", ".glb"),
        ("render --system mesh-nca --scale 3 --out a.png", "--size"),
        ("render --system mesh-nca --channel smell --out a.png", "hidden 1"),
        ("run --system mesh-nca --remesh 700", "--mesh FILE"),
        ("run --system life --mesh a.obj", "does not live on meshes"),
    ],
)
def test_options_that_do_not_fit(primordia, home, line, words):
    done = primordia(*line.split(), *(SMALL if "mesh-nca" in line else ()))
    assert done.code == 2
    assert words in done.err


def test_where_to_look_from():
    assert eye_of("") is None
    assert eye_of("-30,20") == Eye(330.0, 20.0)
    assert eye_of("30,-20,4.5") == Eye(30.0, -20.0, 4.5)
    for wrong in ("30", "30,91", "a,b", "1,2,3,4", "nan,2", "30,20,0", "inf,0"):
        with pytest.raises(BadInput):
            eye_of(wrong)


def test_check_tells_what_is_left_of_a_soup_of_corners(primordia, home):
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    halves = [half for a, b, c, d in quads for half in ((a, b, c), (a, c, d))]
    lines = ["v {} {} {}".format(*corners[place]) for half in halves for place in half]
    lines += [f"f {k + 1} {k + 2} {k + 3}" for k in range(0, 36, 3)]
    (home / "box.obj").write_text("\n".join(lines))
    told = primordia("check", home / "box.obj", "--json").json
    assert (told["vertices"], told["mended"]) == (36, {"vertices": 8, "faces": 12})
    text = primordia("check", home / "box.obj").out
    assert "8 vertices, 12 faces are left" in text
    assert "--remesh 10000 --keep-edges" in text


def test_check_reports_the_gate(primordia, home, ball):
    done = primordia("check", ball, "--json")
    assert done.json["quality"] == "usable"  # even, but small
    assert done.json["figures"]["Vertices"] == {
        "value": 812.0,
        "gate": "5,000 to 80,000, usable from 500 to 500,000",
        "verdict": "usable",
    }
    assert done.json["figures"]["Edge CV"]["verdict"] == "good"
    assert done.json["handles"] == 0
    text = primordia("check", ball).out
    assert "Share of valence 5 to 7" in text
    assert "to live on: usable" in text


def frames_of(path):
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="gray").astype(np.int32) for frame in film.decode(video=0)]


def test_a_film_of_no_steps_goes_once_around_what_stands_still(primordia, home):
    out = home / "a.mp4"
    line = ("render", *WORLD, "--size", "96x64", "--out", out, "--json")
    done = primordia(*line, "--steps", 0, "--turn", -87)
    assert done.code == 0, done.err
    assert (done.json["frames"], done.json["step"]) == (4, 0)
    done = primordia(*line, "--steps", 2, "--frames", 5)
    assert (done.json["frames"], done.json["step"]) == (5, 2)
    assert len(frames_of(out)) == 5


def test_every_frame_of_a_turn_is_a_picture_of_the_same_moment(primordia, home):
    film, still = home / "a.mp4", home / "a.png"
    line = ("render", *WORLD, "--set", "shape=knot", "--size", "96x64", "--steps", 3)
    assert primordia(*line, "--frames", 4, "--eye", "10,20", "--out", film).code == 0
    for number, frame in enumerate(frames_of(film)):
        eye = f"{10 + 90 * number},20"
        assert primordia(*line, "--eye", eye, "--out", still).code == 0
        with Image.open(still) as image:
            covered = np.asarray(image.getchannel("A"))
            ground = Image.new("RGBA", image.size, (15, 17, 21))
            ground.alpha_composite(image.convert("RGBA"))
            expected = np.asarray(ground.convert("L"), np.int32)
        inside = covered > 0
        assert frame[~inside].mean() < 40  # the ground of the dark window
        assert np.abs(frame - expected)[inside].mean() < 12


def test_frames_are_of_films_and_of_solids(primordia, home):
    wrong = primordia("render", *WORLD, "--frames", 4, "--out", home / "a.png")
    assert wrong.code == 2
    assert "only a film has --frames" in wrong.err
    flat = primordia("render", "--system", "life", "--frames", 4, "--out", home / "a.mp4")
    assert flat.code == 2
    assert "--frames out" in flat.err
    endless = ("render", *WORLD, "--steps", 0, "--turn", 0.001, "--out", home / "a.mp4")
    assert primordia(*endless).code == 2

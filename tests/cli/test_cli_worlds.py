"""run, render, export, train: what they print and what they leave behind."""

import numpy as np
import pytest
from PIL import Image

from engine.core import checkpoint
from engine.core.presets import RESOURCES

SMALL = ("--set", "width=64", "--set", "height=80")


def test_run_prints_where_the_world_is(primordia):
    done = primordia("run", "--system", "life", "--seed", 4, "--steps", 12, *SMALL, "--json")
    assert done.code == 0
    assert done.json["step"] == 12
    assert done.json["seed"] == 4
    assert done.json["params"]["width"] == 64
    assert done.json["metrics"]["population"] > 0
    assert not done.json["interrupted"]
    again = primordia("run", "--system", "life", "--seed", 4, "--steps", 12, *SMALL, "--json")
    assert again.json["metrics"] == done.json["metrics"]


def test_run_for_people(primordia):
    done = primordia("run", "--system", "life", "--steps", 3, *SMALL)
    assert "population" in done.out
    assert done.err == ""


def test_a_preset_brings_its_parameters(primordia):
    done = primordia("run", "--system", "life", "--preset", "gosper-gun", "--steps", 30, "--json")
    assert done.json["params"]["pattern"] == "gosper-gun"
    assert done.json["metrics"]["population"] == 36 + 5 + 7


def test_a_shipped_model_is_left_out_where_it_does_not_fit_unless_it_was_named(primordia):
    line = ("run", "--system", "growing-nca", "--set", "channels=12", "--steps", 1, "--json")
    done = primordia(*line)
    assert done.code == 0, done.err
    assert done.json["params"]["channels"] == 12
    assert "the weights begin anew; gecko.safetensors: 'model/w1'" in done.err
    named = primordia(*line, "--model", RESOURCES / "models" / "gecko.safetensors")
    assert named.code == 2
    assert "'model/w1'" in named.err
    wrong = primordia("run", "--system", "growing-nca", "--set", "channels=x")
    assert wrong.code == 2
    assert "begin anew" not in wrong.err


def test_a_saved_world_goes_on_to_the_bit(primordia, home):
    half, whole = home / "half.safetensors", home / "whole.safetensors"
    base = ("run", "--system", "gray-scott", "--set", "noise=0.001", *SMALL)
    assert primordia(*base, "--steps", 4, "--out", half).code == 0
    assert primordia(*base, "--steps", 9, "--out", whole).code == 0
    assert primordia("run", "--model", half, "--steps", 5, "--out", half).code == 0
    one, two = checkpoint.read(half), checkpoint.read(whole)
    assert one.step == two.step == 9
    for name in two.arrays:
        np.testing.assert_array_equal(one.arrays[name], two.arrays[name])


def test_the_scalars_of_every_kth_step(primordia, home):
    out = home / "a.csv"
    primordia("run", "--system", "life", "--steps", 10, "--every", 5, *SMALL, "--out", out)
    lines = out.read_text().splitlines()
    assert lines[0] == "step,population,births"
    assert [line.split(",")[0] for line in lines[1:]] == ["0", "5", "10"]


def test_a_picture_of_the_end(primordia, home):
    out = home / "a.png"
    line = ("render", "--system", "life", "--steps", 2, *SMALL, "--scale", 3, "--out", out)
    assert primordia(*line).code == 0
    with Image.open(out) as image:
        assert image.size == (192, 240)
    assert primordia(*line, "--channel", "alive").code == 0
    with Image.open(out) as image:
        assert len(image.getcolors()) == 2


@pytest.mark.parametrize("ending", [".mp4", ".gif"])
def test_a_film(primordia, home, ending):
    out = home / f"a{ending}"
    line = ("render", "--system", "life", "--steps", 6, "--every", 2, *SMALL, "--out", out)
    done = primordia(*line, "--size", "96x96", "--json")
    assert done.code == 0
    assert done.json["frames"] == 4
    assert out.stat().st_size > 500


def test_exports_of_the_systems_own_kind(primordia, home):
    out = home / "glider.rle"
    done = primordia(
        "export", "--system", "life", "--set", "pattern=glider", "--out", out, "--json"
    )
    assert done.code == 0
    assert "bo$2bo$3o!" in out.read_text()
    assert done.json["bytes"] == out.stat().st_size


def test_the_longest_ending_that_a_name_has_chooses_the_kind(primordia, home):
    line = ("run", "--system", "soup", "--set", "programs=64", "--steps", 3, "--out")
    assert primordia(*line, home / "a.metrics.csv").code == 0
    assert primordia(*line, home / "a.csv").code == 0
    assert primordia("export", *line[1:], home / "a.population.csv").code == 0
    heads = {name: (home / name).read_text().split(",")[:2] for name in ("a.csv", "a.metrics.csv")}
    assert heads == {
        "a.csv": ["step", "operations per pair\n0"],
        "a.metrics.csv": ["epoch", "operations_per_pair"],
    }
    assert (home / "a.population.csv").read_text().startswith("strain,program,copies")
    refused = primordia("export", *line[1:], home / "a.csv")
    assert refused.code == 2
    assert ".copies.csv" in refused.err


def test_a_checkpoint_of_the_reference_goes_on_as_a_world(primordia, home):
    path = home / "begun.dat"
    line = ("--system", "soup", "--set", "programs=64", "--out", path)
    assert primordia("export", *line, "--steps", 2).code == 0
    done = primordia("run", "--model", path, "--steps", 3, "--out", home / "on.dat", "--json")
    assert done.json["step"] == 5
    assert "names neither language nor seed" in done.err
    assert primordia("export", *line, "--steps", 5).code == 0
    assert (home / "on.dat").read_bytes() == path.read_bytes()
    path.write_bytes(path.read_bytes()[:-1])
    refused = primordia("run", "--model", path)
    assert refused.code == 2
    assert "begun.dat: is truncated" in refused.err


def test_what_a_run_writes_survives_a_bad_second_run(primordia, home):
    out = home / "a.png"
    primordia("run", "--system", "life", "--steps", 1, *SMALL, "--out", out)
    before = out.read_bytes()
    assert primordia("run", "--system", "life", "--set", "width=1", "--out", out).code == 2
    assert out.read_bytes() == before


def test_training_writes_a_model_that_runs(primordia, home):
    target, out = home / "dot.png", home / "dot.safetensors"
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[4:12, 4:12] = (200, 40, 40, 255)
    Image.fromarray(pixels).save(target)
    done = primordia(
        *("train", "--system", "growing-nca", "--target", target, "--iterations", 2),
        *("--set", "target_size=16", "--out", out, "--json"),
    )
    assert done.code == 0, done.err
    assert done.json["updates"] == 2
    assert done.json["loss"] > 0
    assert checkpoint.read(out).scope == "model"
    done = primordia("run", "--model", out, "--steps", 2, "--json")
    assert done.json["system"] == "growing-nca"
    wrong = primordia("run", "--system", "life", "--model", out)
    assert wrong.code == 2
    assert "growing-nca" in wrong.err


def test_training_may_be_limited_by_time(primordia, home):
    out = home / "a.safetensors"
    done = primordia(
        *("train", "--system", "growing-nca", "--minutes", 0.002, "--set", "target_size=16"),
        *("--out", out, "--json"),
    )
    assert done.code == 0, done.err
    assert 1 <= done.json["updates"] < 50


def test_a_published_figure(primordia):
    done = primordia("reproduce", "life.gosper-gun", "--json")
    assert done.code == 0
    assert done.json["passed"] is True
    assert done.json["measured"] == 30
    wanted = {"name", "paper", "claim", "expected", "tolerance", "measured", "passed", "seconds"}
    assert wanted <= done.json.keys()


def test_a_missed_figure_exits_with_1(primordia, monkeypatch):
    from engine import experiments
    from engine.core.experiment import Experiment, Measurement

    missed = Experiment(
        "a.b", "c", "p", "1", "0", 0.0, lambda activity, files: Measurement(2, False)
    )
    monkeypatch.setattr(experiments, "experiment", lambda name: missed)
    done = primordia("reproduce", "a.b", "--json")
    assert done.code == 1
    assert done.json["status"] == "missed"


def test_a_figure_without_its_file_is_skipped(primordia):
    done = primordia("reproduce", "growing.golden", "--json")
    assert done.code == 0
    assert done.json["status"] == "skipped"
    assert done.json["passed"] is None
    assert "published file" in done.json["note"]


def test_a_world_that_diverges_is_told_and_writes_nothing(primordia, home, monkeypatch):
    from engine.systems.gray_scott import GrayScott

    monkeypatch.setattr(GrayScott, "finite", lambda self: False)
    out = home / "a.png"
    done = primordia("run", "--system", "gray-scott", *SMALL, "--steps", 1, "--out", out)
    assert done.code == 2
    assert "finite" in done.err
    assert not out.exists()


def test_training_that_is_interrupted_or_diverges_saves_what_was_reached(
    primordia, home, monkeypatch
):
    from engine.core.errors import Cancelled, DivergedError
    from engine.systems.growing_nca import GrowingNca

    original = GrowingNca.train_step
    for error, code in ((Cancelled("x"), 130), (DivergedError("the loss is not finite"), 2)):

        def step(self, poll, error=error):
            if self.train_progress()[0] >= 2:
                raise error
            return original(self, poll)

        monkeypatch.setattr(GrowingNca, "train_step", step)
        out = home / f"{code}.safetensors"
        line = ("train", "--system", "growing-nca", "--set", "target_size=16", "--out", out)
        done = primordia(*line, "--iterations", 9)
        assert done.code == code
        assert checkpoint.read(out).slug == "growing-nca"


@pytest.fixture
def saved(primordia, home):
    """A world of Gray-Scott at step 4, its parameter `feed` as it was, and the file."""
    path = home / "saved.safetensors"
    base = ("run", "--system", "gray-scott", "--seed", 3, "--steps", 4, *SMALL)
    done = primordia(*base, "--out", path, "--json")
    assert done.code == 0, done.err
    return path, done.json


def test_live_parameters_act_on_a_saved_world_and_its_state_stays(primordia, saved):
    path, before = saved
    line = ("run", "--model", path, "--steps", 0, "--set", "feed=0.05", "--seed", 3, "--json")
    done = primordia(*line)
    assert done.code == 0
    assert done.err == ""
    assert done.json["step"] == 4
    assert done.json["params"]["feed"] == 0.05
    assert before["params"]["feed"] != 0.05
    assert done.json["metrics"] == before["metrics"]


@pytest.mark.parametrize(
    ("options", "words"), [(("--set", "width=96"), "width"), (("--seed", 5), "--seed 5")]
)
def test_what_needs_a_new_world_says_that_the_state_is_left(primordia, saved, options, words):
    path, _ = saved
    done = primordia("run", "--model", path, "--steps", 0, *options, "--json")
    assert done.code == 0
    assert done.json["step"] == 0
    assert len(done.err.splitlines()) == 1
    assert "saved state is left" in done.err
    assert words in done.err


def test_an_export_that_is_interrupted_writes_what_was_reached(primordia, home, monkeypatch):
    from engine.core.errors import Cancelled
    from engine.systems.life import Life

    original = Life.advance

    def advance(self, poll):
        if self.step_count == 3:
            raise Cancelled("x")
        original(self, poll)

    monkeypatch.setattr(Life, "advance", advance)
    out = home / "a.safetensors"
    line = ("export", "--system", "life", *SMALL, "--steps", 9, "--out", out)
    done = primordia(*line, "--json")
    assert done.code == 130
    assert done.json["interrupted"] is True
    assert checkpoint.read(out).step == 3


def test_a_model_of_a_system_without_weights_is_refused_before_the_work(
    primordia, home, monkeypatch
):
    from engine.systems.life import Life

    monkeypatch.setattr(Life, "advance", lambda self, poll: pytest.fail("it ran"))
    out = home / "a.safetensors"
    line = ("export", "--system", "life", *SMALL, "--steps", 9, "--out", out)
    done = primordia(*line, "--scope", "model")
    assert done.code == 2
    assert "no weights" in done.err
    assert not out.exists()


def test_a_run_can_save_the_model_alone(primordia, home):
    out = home / "a.safetensors"
    line = ("run", "--system", "life", *SMALL, "--steps", 1, "--out", out)
    assert primordia(*line, "--scope", "world").code == 0
    assert checkpoint.read(out).scope == "world"
    out.unlink()
    done = primordia(*line, "--scope", "model")
    assert done.code == 2
    assert "no weights" in done.err
    assert not out.exists()
    done = primordia(*line[:-1], home / "a.png", "--scope", "world")
    assert done.code == 2
    assert "--scope" in done.err


def test_steps_of_training_are_its_iterations(primordia, home):
    line = ("train", "--system", "growing-nca", "--steps", 1, "--set", "target_size=16")
    done = primordia(*line, "--out", home / "a.safetensors", "--json")
    assert done.code == 0, done.err
    assert done.json["updates"] == 1

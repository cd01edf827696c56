"""``primordia render SIDECAR``: a picture or a film is made once more."""

import json

SMALL = ("--set", "width=64", "--set", "height=72")


def test_a_picture_is_made_again_to_the_bit(primordia, home):
    out = home / "coral.png"
    line = ("run", "--system", "gray-scott", "--preset", "coral", "--seed", 3, "--steps", 9, *SMALL)
    assert primordia(*line, "--out", out).code == 0
    sidecar = home / "coral.png.json"
    assert json.loads(sidecar.read_text())["before"] == [{"ticks": 9}]
    done = primordia("render", sidecar, "--json")
    assert done.code == 0, done.err
    assert done.json["same"] is True
    assert (home / "coral-again.png").read_bytes() == out.read_bytes()


def test_a_film_is_made_again_where_it_is_wanted(primordia, home):
    out, other = home / "life.gif", home / "elsewhere.gif"
    line = ("render", "--system", "life", *SMALL, "--steps", 6, "--every", 2, "--scale", 2)
    assert primordia(*line, "--out", out).code == 0
    done = primordia("render", home / "life.gif.json", "--out", other, "--json")
    assert (done.code, done.json["frames"], done.json["same"]) == (0, 4, True)
    assert other.read_bytes() == out.read_bytes()


def test_a_world_that_goes_on_brings_its_state(primordia, home):
    half, out = home / "half.safetensors", home / "half.png"
    line = ("run", "--system", "gray-scott", *SMALL, "--steps", 4)
    assert primordia(*line, "--out", half).code == 0
    assert primordia("run", "--model", half, "--steps", 5, "--out", out).code == 0
    assert (home / "half.png.start.safetensors").is_file()
    done = primordia("render", home / "half.png.json", "--json")
    assert done.json["same"] is True


def test_another_picture_is_told_and_not_hidden(primordia, home):
    out = home / "life.png"
    assert primordia("run", "--system", "life", *SMALL, "--steps", 3, "--out", out).code == 0
    sidecar = home / "life.png.json"
    values = json.loads(sidecar.read_text())
    values["world"]["seed"] += 1
    sidecar.write_text(json.dumps(values))
    done = primordia("render", sidecar)
    assert done.code == 1
    assert "NOT the same" in done.out


def test_a_sidecar_may_be_left_out_and_what_is_none_is_refused(primordia, home):
    out = home / "life.png"
    line = ("run", "--system", "life", *SMALL, "--steps", 1, "--out", out)
    assert primordia(*line, "--no-sidecar").code == 0
    assert not (home / "life.png.json").exists()
    assert primordia("render", out).code == 2
    assert primordia("render").code == 2
    assert primordia("render", out, "--system", "life").code == 2

"""The verb that keeps the gallery current: one thumbnail may be drawn alone."""

import json

import pytest

from app import cli
from engine import thumbnails
from engine.core import registry


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Return a copy of a system's preset file, which the verb writes to instead."""
    copy = tmp_path / "life.json"
    content = json.loads(registry.preset_file("life").read_bytes())
    for preset in content["presets"]:
        preset["thumbnail"] = "before.png"
    copy.write_text(json.dumps(content))
    monkeypatch.setattr(registry, "preset_file", lambda slug: copy)
    monkeypatch.setattr(thumbnails, "draw", lambda slug, preset, activity: preset.id.encode())
    return copy


def test_one_thumbnail_is_drawn_alone(file):
    presets = json.loads(file.read_bytes())["presets"]
    chosen = presets[1]["id"]
    assert cli.main(["presets", "--system", "life", "--thumbnails", "--only", chosen]) == 0
    drawn = [*(file.parent / "thumbnails").iterdir()]
    assert [path.name for path in drawn] == [f"life.{chosen}.png"]
    assert drawn[0].read_bytes() == chosen.encode()
    presets[1]["thumbnail"] = drawn[0].name
    assert json.loads(file.read_bytes())["presets"] == presets


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--system", "life", "--thumbnails", "--only", "nowhere"], "no preset 'nowhere'"),
        (["--system", "life", "--only", "glider-gun"], "Add --thumbnails --system NAME"),
        (["--thumbnails", "--only", "glider-gun"], "Add --thumbnails --system NAME"),
    ],
)
def test_a_choice_that_draws_nothing_is_refused(file, capsys, words, problem):
    assert cli.main(["presets", *words]) != 0
    assert problem in capsys.readouterr().err
    assert not (file.parent / "thumbnails").exists()

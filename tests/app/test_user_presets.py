"""The user's presets on disk: kept whole, read forgivingly, never trusted."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.gallery.items import items, tags_of
from app.gallery.user_presets import Saved, UserPreset, UserPresets
from engine.core import checkpoint, registry
from engine.core.errors import BadInput, UserError
from engine.core.spec import Spec


@pytest.fixture
def own(tmp_path: Path) -> UserPresets:
    return UserPresets(tmp_path / "presets")


def life(**changes: Any) -> UserPreset:
    given: dict[str, Any] = {"name": "", "title": "Mine", "slug": "life", "params": {"width": 64}}
    return UserPreset(**(given | changes))


def test_a_preset_is_read_as_it_was_written(own: UserPresets) -> None:
    assert own.all() == ()
    kept = own.add(
        life(look="See it.", tags=("a", "b"), seed=7, speed=30.0, page={"front": "world"}),
        Saved(picture=b"png"),
    )
    assert UserPresets(own.folder).all() == (kept,)
    assert own.get(kept.name) == kept
    assert own.picture(kept.name) == own.folder / f"{kept.name}.png"
    spec, state = own.open(kept)
    assert (spec.slug, spec.params, spec.seed, state) == ("life", {"width": 64}, 7, None)


def test_titles_that_are_alike_get_names_of_their_own(own: UserPresets) -> None:
    names = [own.add(life(title=title), Saved()).name for title in ("Ä Æ", "Ä Æ", "a/../b", "A b")]
    assert len(set(names)) == 4
    assert all(Path(name).name == name for name in names)
    assert [preset.title for preset in own.all()] == ["A b", "a/../b", "Ä Æ", "Ä Æ"]


def test_a_whole_world_comes_back_to_the_bit(own: UserPresets) -> None:
    world = registry.system_class("life")(Spec("life", {"width": 64, "height": 64}, seed=3))
    for _ in range(5):
        world.step()
    captured = checkpoint.capture(world, "world")
    kept = own.add(life(state="world", seed=3, params={}), Saved(captured.encode()))
    spec, state = own.open(kept)
    assert state is not None
    assert isinstance(state.data, bytes)
    again = registry.system_class("life")(spec)
    loaded = checkpoint.parse(state.data, "x")
    again.load_state(loaded.arrays, loaded.scope)
    assert again.step_count == 5
    for name, array in world.state("world").items():
        assert np.array_equal(again.state("world")[name], array)


def test_words_change_and_files_stay(own: UserPresets) -> None:
    kept = own.add(life(), Saved(mesh=b"mesh"))
    changed = own.edit(kept.name, title="Other", look="Look", tags=("t",))
    assert changed.name == kept.name
    assert own.get(kept.name).title == "Other"
    spec, _ = own.open(changed)
    assert spec.mesh is not None
    assert spec.mesh.data == b"mesh"
    own.delete(kept.name)
    assert list(own.folder.iterdir()) == []
    own.delete(kept.name)  # twice does no harm


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 1}',
        '{"format": 2, "slug": "life"}',
        '{"format": 1, "slug": 3}',
        '{"format": 1, "slug": "../life"}',
        "[" * 100_000,
        '"\\ud800"',
    ],
)
def test_what_is_no_preset_is_left_out(
    own: UserPresets, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    own.add(life(), Saved())
    (own.folder / "broken.json").write_text(text)
    with caplog.at_level(logging.WARNING):
        assert [preset.title for preset in own.all()] == ["Mine"]
    assert "broken.json" in caplog.text
    with pytest.raises(BadInput):
        own.get("broken")


def test_what_has_the_wrong_type_takes_its_default(own: UserPresets) -> None:
    own.folder.mkdir()
    wrong = {
        "format": 1,
        "slug": "life",
        "title": 3,
        "look": ["x"],
        "tags": "abc",
        "params": [1],
        "seed": -1,
        "state": "pickle",
        "speed": True,
        "page": 7,
        "made": None,
        "more": "ignored",
    }
    (own.folder / "odd.json").write_text(json.dumps(wrong))
    assert own.all() == (UserPreset("odd", "odd", "life"),)


@pytest.mark.parametrize("name", ["../odd", "a/b", "/etc/passwd", ".."])
def test_a_name_leads_nowhere_else(own: UserPresets, tmp_path: Path, name: str) -> None:
    (tmp_path / "odd.json").write_text('{"format": 1, "slug": "life"}')
    for do in (own.get, own.delete):
        with pytest.raises(BadInput):
            do(name)
    assert (tmp_path / "odd.json").exists()


def test_a_checkpoint_of_another_system_or_a_pickle_is_refused(own: UserPresets) -> None:
    world = registry.system_class("life")(Spec("life", {"width": 64, "height": 64}))
    data = checkpoint.capture(world, "world").encode()
    other = own.add(life(slug="gray-scott", state="world"), Saved(data))
    with pytest.raises(BadInput, match="holds a world of life"):
        own.open(other)
    evil = own.add(life(state="model"), Saved(b"\x80\x04cos\nsystem\n"))
    with pytest.raises(BadInput, match="safetensors"):
        own.open(evil)
    missing = own.add(life(state="world"), Saved())
    with pytest.raises(BadInput, match="no such file"):
        own.open(missing)


def test_nothing_stays_of_what_could_not_be_written(
    own: UserPresets, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(preset: UserPreset) -> None:
        raise UserError("cannot be written: the disk is full")

    monkeypatch.setattr(own, "_write", full)
    with pytest.raises(UserError, match="full"):
        own.add(life(), Saved(b"checkpoint", b"mesh", b"png"))
    assert list(own.folder.iterdir()) == []


def test_their_tiles_stand_first_and_say_what_is_missing(own: UserPresets) -> None:
    own.add(life(tags=("spirals",)), Saved())
    own.add(life(title="Old", slug="gone-away"), Saved())
    first, second, *rest = items(own)
    assert (first.key, first.family, first.kind) == ("user:mine", "Mine", "user")
    assert "spirals" in first.words
    assert "not installed" in second.system
    assert all(item.kind == "preset" for item in rest)
    assert "spirals" not in tags_of((first, second, *rest))  # of one tile: it narrows nothing

"""What the gallery shows: presets that open as they are written, with their pictures."""

from __future__ import annotations

from collections import Counter

import pytest

from engine import openers
from engine.core import registry
from engine.core.params import load_stored
from engine.core.presets import USUAL_SPEED, Entry, Preset


def test_every_preset_that_lives_at_once_has_a_picture() -> None:
    bare = [
        f"{entry.info.slug}/{preset.id}"
        for entry in registry.catalogue()
        for preset in entry.presets
        if (preset.model is not None or not entry.trainable) and entry.thumbnail(preset) is None
    ]
    assert bare == []


def test_every_preset_is_read_as_it_is_written() -> None:
    for entry in registry.catalogue():
        kind = registry.system_class(entry.info.slug).Params
        for preset in entry.presets:
            params, warnings = load_stored(kind, preset.params)
            assert not warnings, f"{entry.info.slug}/{preset.id}"
            assert params.model_dump(mode="json").items() >= preset.params.items()


@pytest.mark.parametrize(
    ("slug", "preset"),
    [
        pytest.param(entry.info.slug, preset, id=f"{entry.info.slug}-{preset.id}")
        for entry in registry.catalogue()
        for preset in entry.presets
        if preset.view is not None
    ],
)
def test_the_view_that_a_preset_opens_with_is_offered(slug: str, preset: Preset) -> None:
    offers = openers.build(openers.spec_of(slug, preset.id)).view_offers()
    assert any(offer.is_called(preset.view or "") for offer in offers), preset.view


def test_a_story_that_is_told_in_a_view_opens_it() -> None:
    told = {
        f"{entry.info.slug}/{preset.id}": preset.view
        for entry in registry.catalogue()
        for preset in entry.presets
    }
    assert told["in-context/drag"] == "Prompt"
    assert told["in-context/two-layers"] == "Training"
    assert told["mesa/memory"] == "Memory"


def test_the_usual_speed_is_that_of_most_presets() -> None:
    speeds = Counter(preset.speed for entry in registry.catalogue() for preset in entry.presets)
    assert speeds.most_common(1)[0][0] == USUAL_SPEED
    entry = registry.entry("life")
    assert entry.speed == entry.presets[0].speed
    assert Entry(entry.info, entry.schema).speed == USUAL_SPEED


def test_no_two_presets_of_a_family_have_one_title() -> None:
    titles = Counter(
        (entry.info.family, preset.title)
        for entry in registry.catalogue()
        for preset in entry.presets
    )
    assert [title for title, count in titles.items() if count > 1] == []

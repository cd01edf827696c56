"""What the gallery shows: presets that open as they are written, with their pictures."""

from __future__ import annotations

from engine.core import registry
from engine.core.params import load_stored


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

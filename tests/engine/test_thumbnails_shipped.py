"""Every tile of the gallery that shows a trained or untrained-but-living world has its picture."""

from __future__ import annotations

from engine.core import registry


def test_every_preset_that_lives_at_once_has_a_picture() -> None:
    bare = [
        f"{entry.info.slug}/{preset.id}"
        for entry in registry.catalogue()
        for preset in entry.presets
        if (preset.model is not None or not entry.trainable) and entry.thumbnail(preset) is None
    ]
    assert bare == []

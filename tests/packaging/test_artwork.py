"""The committed pictures are what the committed scripts draw, and fit for training."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]
TARGETS = sorted((REPOSITORY / "resources/targets").glob("*.png"))


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "packaging" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _pixels(image: Image.Image) -> np.ndarray:
    assert image.mode == "RGBA"
    return np.asarray(image)


def test_every_target_has_its_picture() -> None:
    assert {path.stem for path in TARGETS} == set(_script("draw_targets").TARGETS)


@pytest.mark.parametrize("path", TARGETS, ids=lambda path: path.stem)
def test_a_target_is_a_body_on_clear_ground(path: Path) -> None:
    pixels = _pixels(Image.open(path))
    assert pixels.shape == (40, 40, 4)
    opaque = (pixels[..., 3] > 200).mean()
    assert 0.15 < opaque < 0.8
    assert (pixels[..., 3] == 0).mean() > 0.15


@pytest.mark.parametrize("name", ["gecko", "heart"])
def test_the_script_draws_the_committed_picture(name: str) -> None:
    drawn = _pixels(_script("draw_targets").draw(name)).astype(int)
    committed = _pixels(Image.open(REPOSITORY / f"resources/targets/{name}.png")).astype(int)
    # Versions of Pillow may round the edges of polygons differently.
    assert np.abs(drawn - committed).max() <= 8


def test_the_script_draws_the_committed_icon() -> None:
    script = _script("draw_icon")
    icons = REPOSITORY / "resources/icons"
    assert (icons / "primordia.svg").read_text(encoding="utf-8") == script.svg()
    committed = _pixels(Image.open(icons / "primordia-256.png")).astype(int)
    assert np.abs(_pixels(script.png()).astype(int) - committed).max() <= 8


def test_icons_take_the_theme_colour_and_one_stroke() -> None:
    icons = [p for p in (REPOSITORY / "resources/icons").glob("*.svg") if p.stem != "primordia"]
    assert len(icons) > 70
    for icon in icons:
        text = icon.read_text(encoding="utf-8")
        assert 'stroke="currentColor"' in text, icon.name
        assert 'stroke-width="1.5"' in text, icon.name
        assert "class=" not in text, icon.name

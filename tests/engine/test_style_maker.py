"""Style losses by name, and their gradients for automata that live in numpy."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from engine.core.errors import BadInput
from engine.style import StyleKind, make_style_loss
from engine.style.gradient import value_and_gradient
from engine.style.patch_swd import PatchSwd

EXAMPLE = np.random.default_rng(0).random((96, 96, 3))


@pytest.mark.parametrize("kind", ["patch-swd", "random-gram"])
def test_the_gradient_is_a_way_downhill(kind: StyleKind) -> None:
    style = make_style_loss(kind, EXAMPLE, grid=32)
    assert style.name == kind
    flat = np.random.default_rng(1).normal(0.5, 0.02, (2, 32, 40, 3)).astype(np.float32)
    loss, gradient = value_and_gradient(style, flat, 0)
    assert gradient.shape == flat.shape
    assert gradient.dtype == np.float32
    step = 0.01 * loss / np.square(gradient).sum()
    lower, _ = value_and_gradient(style, flat - step * gradient, 0)
    assert 0.98 * loss < lower < 0.995 * loss


def test_small_grids_get_fewer_levels() -> None:
    for grid, levels in ((None, 4), (48, 3), (96, 4), (500, 4)):
        style = make_style_loss("patch-swd", EXAMPLE, grid=grid)
        assert isinstance(style, PatchSwd)
        assert style.levels == levels


def test_unknown_kinds_and_missing_weights_are_refused() -> None:
    for kind in ("vgg-ot", "vgg-gram"):
        with pytest.raises(BadInput, match="needs weights"):
            make_style_loss(kind, EXAMPLE)
    with pytest.raises(BadInput, match="no style loss 'lpips'"):
        make_style_loss("lpips", EXAMPLE)  # type: ignore[arg-type]


def test_an_example_of_no_shape_at_all_is_refused() -> None:
    for broken in (np.zeros(()), np.zeros((0, 0, 3)), np.zeros((5, 5, 3)), np.zeros((64, 64))):
        with pytest.raises(BadInput):
            make_style_loss("patch-swd", broken)


def test_example_textures_do_not_wait_for_torch() -> None:
    code = "import sys, engine.style.textures; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

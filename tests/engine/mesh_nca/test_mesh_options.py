"""Ways to learn a target: what they set."""

from __future__ import annotations

import numpy as np
import pytest

from engine.core.spec import Asset
from engine.mesh_nca.parameters import options


@pytest.mark.parametrize(("channels", "shading"), [(4, None), (10, "pbr")])
def test_a_material_is_lit_by_its_own_maps(channels: int, shading: str | None) -> None:
    target = Asset("target", np.zeros((8, 8, channels), np.uint8))
    assert {option.params.get("shading") for option in options(target, "cpu")} == {shading}

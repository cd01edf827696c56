"""An open border must work: half a ring is no steep edge."""

import numpy as np
import pytest
import torch

from engine.mesh_nca.operator import Neighbourhood
from engine.mesh_nca.plain import Messages
from engine.mesh_nca.rule import Controls, MeshRule
from engine.meshes.shapes import icosphere
from engine.meshes.surface import Surface


def sheet(side: int = 9) -> Surface:
    """A flat piece of the triangular lattice."""
    row, column = np.divmod(np.arange(side * side), side)
    points = np.stack([column + row / 2, row * np.sqrt(0.75), 0 * row], axis=1)
    at = np.arange(side * side).reshape(side, side)
    a, b, c, d = (part.ravel() for part in (at[:-1, :-1], at[:-1, 1:], at[1:, :-1], at[1:, 1:]))
    return Surface.of(points, np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)]))


def test_the_border_is_where_an_edge_has_one_face():
    found = sheet().border.reshape(9, 9)
    assert found[[0, -1]].all()
    assert found[:, [0, -1]].all()
    assert not found[1:-1, 1:-1].any()
    assert not Surface.of(*icosphere(4)).border.any()


@pytest.mark.parametrize("form", ["fused", "plain"])
def test_an_even_border_perceives_the_plain_sum(form):
    surface = sheet()
    x = np.random.default_rng(0).normal(0, 1, (81, 4)).astype(np.float32)

    def perceived(aggregation):
        rule = MeshRule(channels=4, hidden=8, aggregation=aggregation)
        if form == "fused":
            return Neighbourhood.of(surface, rule, Controls()).perceive(x)
        return Messages(surface).perceive(rule, torch.from_numpy(x)).numpy()

    even = np.isin(surface.valence + 2 * surface.border, [6])  # all but two of the four corners
    assert even.sum() >= 77
    whole, plain = perceived("mean6"), perceived("sum")
    assert np.allclose(whole[even], plain[even], atol=1e-5)
    mean = perceived("mean")
    rim = surface.border & even
    assert np.allclose(mean[rim, :16] * 4, plain[rim, :16], atol=1e-5)  # as published

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.core.errors import Cancelled
from engine.nca.rule import GROWING, TEXTURE, Rule, Weights
from engine.nca.tensor_rollout import TensorRollout, make_rollout
from engine.nca.train import Settings


def case(rule: Rule) -> tuple[Weights, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    shapes = Weights.shapes(rule)
    arrays = {k: generator.normal(0, 0.1, s).astype(np.float32) for k, s in shapes.items()}
    start = generator.normal(0, 0.3, (2, 9, 8, rule.channels)).astype(np.float32)
    grad = generator.normal(size=start.shape).astype(np.float32)
    return Weights.from_arrays(rule, arrays), start, grad


@pytest.mark.parametrize(
    ("rule", "normalise"),
    [
        (dataclasses.replace(GROWING, hidden=24), False),
        (dataclasses.replace(TEXTURE, hidden=24), True),
    ],
)
def test_torch_and_the_fused_kernels_agree(rule: Rule, normalise: bool) -> None:
    weights, start, grad = case(rule)
    settings = Settings(seed=5)
    fused = make_rollout("cpu", rule, weights, start, 6, settings, normalise_state=normalise)
    torch = TensorRollout(
        rule, weights, start, 6, settings, device="cpu", normalise_state=normalise
    )
    np.testing.assert_allclose(torch.final, fused.final, atol=1e-5)
    found, expected = torch.backward(grad), fused.backward(grad)
    np.testing.assert_allclose(found.x0, expected.x0, atol=1e-5 * np.abs(expected.x0).max())
    for name, values in expected.weights.arrays().items():
        own = found.weights.arrays()[name]
        np.testing.assert_allclose(own, values, atol=1e-4 * np.abs(values).max())


def test_torch_can_be_stopped_between_steps() -> None:
    weights, start, _ = case(GROWING)
    calls = 0

    def poll() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        TensorRollout(GROWING, weights, start, 6, Settings(seed=1), poll, device="cpu")
    assert calls == 3

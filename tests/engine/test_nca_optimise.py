import numpy as np
import pytest

from engine.nca.optimise import Adam, all_finite, normalised, scheduled

WEIGHTS = {"w": np.ones((3, 2), np.float32), "b": np.zeros(2, np.float32)}


def gradients(seed: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    return {k: generator.normal(size=w.shape).astype(np.float32) for k, w in WEIGHTS.items()}


def test_each_tensor_is_divided_by_its_own_norm() -> None:
    found = normalised({"w": 7.0 * WEIGHTS["w"], "b": np.array([3e-3, 4e-3], np.float32)})
    assert np.linalg.norm(found["w"]) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(found["b"], [0.6, 0.8], atol=1e-5)
    assert not normalised({"w": np.zeros(3)})["w"].any()


def test_agrees_with_torch() -> None:
    torch = pytest.importorskip("torch")
    adam, weights = Adam(WEIGHTS), dict(WEIGHTS)
    tensors = {k: torch.tensor(w, requires_grad=True) for k, w in WEIGHTS.items()}
    theirs = torch.optim.Adam(tensors.values(), lr=2e-3)
    for seed in range(20):
        found = gradients(seed)
        weights, moments = adam.propose(weights, found, 2e-3)
        adam.commit(moments)
        for k, tensor in tensors.items():
            tensor.grad = torch.tensor(found[k])
        theirs.step()
    for k, tensor in tensors.items():
        np.testing.assert_allclose(weights[k], tensor.detach().numpy(), atol=2e-7)


def test_a_proposal_changes_nothing_until_it_is_taken() -> None:
    adam = Adam(WEIGHTS)
    first = {k: v.copy() for k, v in adam.arrays().items()}
    adam.propose(WEIGHTS, gradients(0), 1e-3)
    assert all(np.array_equal(v, first[k]) for k, v in adam.arrays().items())
    assert (WEIGHTS["w"] == 1.0).all()


def test_restored_moments_give_the_same_steps() -> None:
    one, two = Adam(WEIGHTS), Adam(WEIGHTS)
    for seed in range(3):
        one.commit(one.propose(WEIGHTS, gradients(seed), 1e-3)[1])
    two.restore(one.arrays())
    a, b = (adam.propose(WEIGHTS, gradients(9), 1e-3)[0] for adam in (one, two))
    assert all(np.array_equal(a[k], b[k]) for k in a)


def test_the_rate_falls_at_its_drops() -> None:
    rates = [scheduled(1.0, update, 100, (0.5, 0.8), 0.3) for update in (0, 49, 50, 79, 80, 500)]
    assert rates == pytest.approx([1.0, 1.0, 0.3, 0.3, 0.09, 0.09])


def test_finds_what_is_not_finite() -> None:
    assert all_finite(WEIGHTS)
    assert not all_finite({"w": np.array([1.0, np.nan])})
    assert not all_finite({"w": np.array([np.inf])})

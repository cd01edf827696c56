"""Training rollouts against autograd on the plain form."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from engine.core import device  # noqa: E402
from engine.core.errors import Cancelled  # noqa: E402
from engine.mesh_nca.plain import Messages, plain_step  # noqa: E402
from engine.mesh_nca.ring import spans  # noqa: E402
from engine.mesh_nca.rollout import MeshRollout, make_rollout  # noqa: E402
from engine.mesh_nca.rule import Controls, MeshRule, Weights  # noqa: E402
from engine.mesh_nca.stepper import make_stepper  # noqa: E402
from engine.mesh_nca.tensor import TensorRollout  # noqa: E402
from engine.meshes.shapes import icosphere  # noqa: E402
from engine.meshes.surface import Surface  # noqa: E402
from engine.nca.fire import fire_mask  # noqa: E402
from engine.nca.train import Overflow  # noqa: E402

STEPS, BATCH, SEED = 4, 2, 9
OVERFLOW = Overflow(limit=0.4, weight=0.1)


def made(surface, rule):
    rng = np.random.default_rng(0)
    shape = (BATCH, len(surface.vertices), rule.channels)
    x0, grad = rng.normal(0, 0.5, (2, *shape)).astype(np.float32)
    return Weights.initial(rule, rng), x0, grad


def by_autograd(surface, rule, weights, x0, grad, overflow):
    """The same loss in double: <final, grad> + <state 2, grad> + the overflow penalty."""
    tensors = {
        k: torch.from_numpy(v).double().requires_grad_() for k, v in weights.arrays().items()
    }
    first = torch.from_numpy(x0).double().requires_grad_()
    messages, wanted = Messages(surface), torch.from_numpy(grad).double()
    messages.points, messages.valence = messages.points.double(), messages.valence.double()
    loss, penalty, last = torch.zeros(()), torch.zeros(()), []
    for b in range(BATCH):
        x = first[b]
        for t in range(STEPS):
            mask = fire_mask(SEED, t, (BATCH, 1, len(x)), 0.6)[b, 0]
            x = plain_step(rule, messages, tensors, x, torch.from_numpy(mask))
            over = x - x.clamp(-overflow.limit, overflow.limit)
            cost = over.abs() if overflow.kind == "abs" else over * over
            penalty = penalty + overflow.weight * cost.sum()
            if t + 1 == 2:
                loss = loss + (x * wanted[b]).sum()
        loss = loss + (x * wanted[b]).sum()
        last.append(x.detach().numpy())
    found = torch.autograd.grad(loss + penalty, [first, *tensors.values()])
    return np.stack(last), [g.numpy() for g in found], float(penalty.detach())


@pytest.mark.parametrize("kind", [MeshRollout, TensorRollout])
@pytest.mark.parametrize(
    ("rule", "squared"),
    [
        (MeshRule(), False),
        (MeshRule(channels=12, hidden=96, aggregation="sum"), False),
        (MeshRule(degree=2, channels=20, hidden=33, aggregation="mean"), True),
        (MeshRule(degree=0, channels=3, hidden=1, output_bias=False), False),
    ],
)
def test_gradients_are_those_of_autograd(meshes, kind, rule, squared):
    surface = meshes.torus()
    overflow = Overflow(0.4, 0.1, "square" if squared else "abs")
    weights, x0, grad = made(surface, rule)
    final, expected, penalty = by_autograd(surface, rule, weights, x0, grad, overflow)
    options = {"device": "cpu"} if kind is TensorRollout else {}
    run = kind(surface, rule, weights, x0, STEPS, SEED, Controls(fire_rate=0.6), **options)
    assert abs(run.final - final).max() < 1e-5
    assert run.states.shape == (STEPS + 1, *x0.shape)
    found = run.backward(grad, inject={2: grad}, overflow=overflow)
    assert found.overflow == pytest.approx(penalty, rel=1e-5)
    for mine, theirs in zip((found.x0, *found.weights.arrays().values()), expected, strict=True):
        assert mine.shape == theirs.shape
        assert np.linalg.norm(mine - theirs) < 5e-7 * np.linalg.norm(theirs)


def test_gradients_with_every_control_are_those_of_differences(meshes):
    surface = meshes.torus()
    rule = MeshRule(channels=4, hidden=16)
    weights, x0, grad = made(surface, rule)
    rng = np.random.default_rng(2)
    count = len(surface.vertices)
    controls = Controls(
        rate=rng.uniform(0, 2, count).astype(np.float32),
        turn=rng.normal(0, 1, count).astype(np.float32),
        local_scale=rng.uniform(0.5, 1.5, count).astype(np.float32),
        step_size=0.7,
        axes="polar",
    )
    found = MeshRollout(surface, rule, weights, x0, 3, SEED, controls).backward(grad)
    direction = rng.normal(0, 1, x0.shape).astype(np.float32)

    def loss(at):
        run = MeshRollout(
            surface, rule, weights, x0 + np.float32(at) * direction, 3, SEED, controls
        )
        return float((run.final.astype(float) * grad).sum())

    slope = (loss(1e-3) - loss(-1e-3)) / 2e-3
    assert slope == pytest.approx(float((found.x0 * direction).sum()), rel=1e-2)


def test_both_devices_run_alike_with_every_control():
    surface = Surface.of(*icosphere(12))  # more than one block of work
    rule = MeshRule(degree=2)
    weights, x0, grad = made(surface, rule)
    count = len(surface.vertices)
    turn, rate = np.linspace(-2, 2, count, dtype="f4"), np.linspace(0, 2, count, dtype="f4")
    controls = Controls(rate=rate, turn=turn, angle=0.3, scale=1.1, step_size=0.9, axes="bipolar")
    fused = make_rollout("cpu", surface, rule, weights, x0, 3, 1, controls, step0=5)
    plain = TensorRollout(surface, rule, weights, x0, 3, 1, controls, device="cpu", step0=5)
    assert abs(fused.states - plain.states).max() < 1e-5
    mine, theirs = fused.backward(grad), plain.backward(grad)
    assert abs(mine.x0 - theirs.x0).max() < 1e-4


def test_the_same_bits_for_any_number_of_threads_and_as_the_stepper():
    surface = Surface.of(*icosphere(12))
    assert len(spans(len(surface.vertices))) > 2
    rule = MeshRule()
    weights, x0, grad = made(surface, rule)
    before, found = device._threads, []
    try:
        for count in (1, 4):
            device.set_threads(count)
            run = MeshRollout(surface, rule, weights, x0, STEPS, SEED)
            found.append((run, run.backward(grad, overflow=OVERFLOW)))
    finally:
        device.set_threads(before)
    (run, first), (_, second) = found
    assert (first.x0 == second.x0).all()
    for a, b in zip(first.weights.arrays().values(), second.weights.arrays().values(), strict=True):
        assert (a == b).all()
    stepper, x = make_stepper(surface, rule, weights, "cpu"), x0[0]
    for t in range(STEPS):
        x = stepper.step(x, SEED, t, Controls())
    assert (x == run.final[0]).all()
    assert (run.final[1] != run.final[0]).any()


def test_a_buffer_is_used_again(meshes):
    surface = meshes.torus()
    weights, x0, _ = made(surface, MeshRule())
    buffer = np.zeros((8, *x0.shape), np.float32)
    run = MeshRollout(surface, MeshRule(), weights, x0, 5, 0, buffer=buffer)
    assert np.shares_memory(run.states, buffer)
    other = MeshRollout(surface, MeshRule(), weights, x0, 9, 0, buffer=buffer)
    assert not np.shares_memory(other.states, buffer)


def test_bad_arguments_and_cancelling(meshes):
    surface = meshes.torus()
    rule = MeshRule()
    weights, x0, grad = made(surface, rule)
    for wrong in (x0[0], x0[:, 1:], x0.astype(float), x0[:0]):
        with pytest.raises(ValueError, match="first state"):
            MeshRollout(surface, rule, weights, wrong, 2, 0)
    with pytest.raises(ValueError, match="step"):
        MeshRollout(surface, rule, weights, x0, 0, 0)
    with pytest.raises(ValueError, match="clamp"):
        MeshRollout(surface, rule, weights, x0, 2, 0, Controls(clamp=1.0))
    run = MeshRollout(surface, rule, weights, x0, 2, 0)
    with pytest.raises(ValueError, match="gradient"):
        run.backward(grad[:1])

    def cancel():
        raise Cancelled

    with pytest.raises(Cancelled):
        MeshRollout(surface, rule, weights, x0, 2, 0, poll=cancel)
    with pytest.raises(Cancelled):
        run.backward(grad, poll=cancel)

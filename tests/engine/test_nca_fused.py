import itertools
import subprocess
import sys

import numpy as np
import pytest
import torch

from engine.core import device
from engine.core.errors import Cancelled
from engine.nca.autograd import eager, fused
from engine.nca.fire import fire_mask
from engine.nca.fused import FusedStepper
from engine.nca.reference import ReferenceStepper, fire_tensor
from engine.nca.rule import FILTERS, GROWING, TEXTURE, Rule, Weights
from engine.nca.train import Overflow, Rollout, Settings

VARIANTS = {
    "growing": GROWING,
    "growing-torus": Rule(border="wrap"),
    "texture": TEXTURE,
    "texture-minimal": Rule(
        12, 96, FILTERS, 1.0, border="wrap", alive=False, clip=None, output_bias=False
    ),
    "laplacian": Rule(16, 48, ("identity", "laplacian"), 1.0, border="zero", alive=False),
    "odd": Rule(5, 21, ("laplacian", "sobel_x", "sobel_y"), 0.125, border="zero", alive=True),
    "many-channels": Rule(20, 32, FILTERS, 0.125, border="zero", alive=True, clip=0.7),
    "edges-clipped": Rule(7, 24, FILTERS, 0.5, border="zero", alive=False, clip=0.5),
}


def make(rule: Rule, size: tuple[int, int, int] = (2, 9, 11), seed: int = 0, scale: float = 0.4):
    rng = np.random.default_rng(seed)
    drawn = Weights.initial(rule, rng).arrays()
    weights = Weights.from_arrays(
        rule,
        {
            k: (v if k == "w1" else rng.normal(0, 0.1, v.shape)).astype("f4")
            for k, v in drawn.items()
        },
    )
    state = rng.normal(0, scale, (*size, rule.channels)).astype("f4")
    if rule.alive:  # living islands, so that the life mask has something to cut
        state[..., 3] = rng.random(size) * (rng.random(size) < 0.15) * 0.4
        state *= rng.random((*size, 1)) < 0.6
    return weights, state


@pytest.mark.parametrize("name", VARIANTS)
def test_forward_is_the_eager_formulation(name):
    rule = VARIANTS[name]
    weights, state = make(rule)
    expected = ReferenceStepper(rule, weights).step(state.copy(), 6, seed=3, step0=4, angle=0.7)
    found = FusedStepper(rule, weights).step(state.copy(), 6, seed=3, step0=4, angle=0.7)
    assert np.abs(expected).max() > 0.01
    np.testing.assert_allclose(found, expected, atol=2e-5 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("size", [(1, 1, 1), (1, 1, 5), (1, 5, 1), (2, 2, 2), (1, 3, 2)])
@pytest.mark.parametrize("border", ["zero", "wrap"])
@pytest.mark.parametrize("alive", [True, False])
def test_tiny_grids(size, border, alive):
    rule = Rule(border=border, alive=alive)
    weights, state = make(rule, size)
    state[..., 3] += 0.2
    expected = ReferenceStepper(rule, weights).step(state.copy(), 3, seed=1)
    found = FusedStepper(rule, weights).step(state.copy(), 3, seed=1)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_mask_is_the_same_everywhere(rate):
    shape = (2, 13, 17)
    mask = fire_mask(5, 9, shape, rate)
    assert (fire_tensor(5, 9, shape, rate).numpy() == mask).all()
    rule = Rule(4, 8, alive=False)
    weights, state = make(rule, shape)
    moved = (
        FusedStepper(rule, weights).step(state.copy(), 1, seed=5, step0=9, fire_rate=rate) != state
    )
    assert (moved.any(-1) == mask).all()
    assert abs(mask.mean() - rate) < 0.06


def test_rate_is_met_and_steps_differ():
    a, b = (fire_mask(1, step, (1, 300, 300), 0.25) for step in (0, 1))
    assert abs(a.mean() - 0.25) < 0.01
    assert abs((a & b).mean() - 0.0625) < 0.005


def test_cells_that_grow_beside_the_living_revive_their_neighbours():
    # The corner where a cell without life around it grows alpha and keeps a dying neighbour.
    rule = Rule(4, 8)
    weights, _ = make(rule, seed=2)
    differ = 0
    for trial in range(40):
        rng = np.random.default_rng(trial)
        state = rng.normal(0, 1, (1, 8, 8, 4)).astype("f4")
        state[..., 3] = (rng.random((1, 8, 8)) < 0.05) * 0.11 + 0.05
        big = Weights(weights.w1 * 2, weights.b1, weights.w2 * 3, weights.b2)
        expected = ReferenceStepper(rule, big).step(state.copy(), 1, seed=trial)
        found = FusedStepper(rule, big).step(state.copy(), 1, seed=trial)
        np.testing.assert_allclose(found, expected, atol=1e-5)
        differ += int((expected != 0).any())
    assert differ > 10


@pytest.mark.parametrize("name", ["growing", "texture"])
def test_same_bits_for_any_number_of_threads(name):
    rule = VARIANTS[name]
    weights, state = make(rule, (2, 40, 33))
    grad = np.random.default_rng(1).normal(size=state.shape).astype("f4")
    runs = []
    try:
        for count in (1, 3):
            device.set_threads(count)
            world = FusedStepper(rule, weights).step(state.copy(), 5, seed=1)
            made = Rollout(rule, weights, state, 5, Settings(seed=1))
            found = made.backward(grad)
            runs.append([world, made.final.copy(), found.x0, *found.weights.arrays().values()])
    finally:
        device.set_threads(0)
    for one, many in zip(*runs, strict=True):
        assert (one == many).all()
    assert (runs[0][0] == runs[0][1]).all()


@pytest.mark.parametrize(
    ("name", "extra"), list(itertools.product(VARIANTS, ["plain", "overflow", "normalised"]))
)
def test_gradients_are_those_of_autograd(name, extra):
    rule = VARIANTS[name]
    weights, state = make(rule)
    settings = Settings(seed=2, step0=7, fire_rate=0.6, angle=0.4, step_size=0.8)
    options = {
        "plain": {},
        "overflow": {"overflow": Overflow(0.3, 0.2, "square" if rule.alive else "abs")},
        "normalised": {"overflow": Overflow(0.3, 0.01), "normalise_state": True},
    }[extra]
    weigh = torch.from_numpy(np.random.default_rng(5).normal(size=state.shape).astype("f4"))
    results = []
    for run in (eager, fused):
        tensors = {
            k: torch.from_numpy(v.copy()).requires_grad_() for k, v in weights.arrays().items()
        }
        x0 = torch.from_numpy(state.copy()).requires_grad_()
        last = run(rule, tensors, x0, 5, settings, **options)
        (last * weigh).sum().backward()
        results.append([last.detach(), x0.grad, *(t.grad for t in tensors.values())])
    for expected, found in zip(*results, strict=True):
        scale = float(expected.abs().max())
        assert scale > 0
        assert float((expected - found).abs().max()) < 1e-4 * scale


def test_injected_gradients_are_those_of_losses_on_states_between():
    rule = GROWING
    weights, state = make(rule)
    settings = Settings(seed=2)
    weigh = np.random.default_rng(5).normal(size=(2, *state.shape)).astype("f4")
    tensors = {k: torch.from_numpy(v.copy()).requires_grad_() for k, v in weights.arrays().items()}
    middle = eager(rule, tensors, torch.from_numpy(state), 2, settings)
    last = eager(rule, tensors, middle, 3, Settings(seed=2, step0=2))
    (
        (middle * torch.from_numpy(weigh[0])).sum() + (last * torch.from_numpy(weigh[1])).sum()
    ).backward()
    found = Rollout(rule, weights, state, 5, settings).backward(weigh[1], inject={2: weigh[0]})
    for key, array in found.weights.arrays().items():
        expected = tensors[key].grad.numpy()
        np.testing.assert_allclose(array, expected, atol=1e-4 * np.abs(expected).max())


def test_overflow_value():
    weights, state = make(TEXTURE)
    made = Rollout(TEXTURE, weights, state, 3, Settings(seed=0))
    found = made.backward(np.zeros_like(state), overflow=Overflow(0.3, 2.0))
    expected = 2 * (np.abs(made.states[1:]) - 0.3).clip(0).sum()
    assert found.overflow == pytest.approx(expected, rel=1e-4)
    assert expected > 1


@pytest.mark.parametrize("where", ["step", "forward", "backward"])
def test_cancelled_within(where):
    weights, state = make(GROWING, (3, 40, 40))
    calls = 0

    def poll():
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled

    if where == "step":
        world, same = state.copy(), state.copy()
        with pytest.raises(Cancelled):
            FusedStepper(GROWING, weights).step(world, 50, seed=0, poll=poll)
        for _ in range(4):
            if (world == same).all():
                break
            FusedStepper(GROWING, weights).step(same, 1, seed=0, step0=_)
        assert (world == same).all()
        return
    if where == "forward":
        with pytest.raises(Cancelled):
            Rollout(GROWING, weights, state, 40, Settings(seed=0), poll)
        return
    made = Rollout(GROWING, weights, state, 40, Settings(seed=0))
    with pytest.raises(Cancelled):
        made.backward(np.ones_like(state), poll=poll)


def test_a_world_on_the_cpu_needs_no_torch():
    code = (
        "import sys, numpy as np\n"
        "from engine.nca.rule import GROWING, Weights\n"
        "from engine.nca.stepper import make_stepper\n"
        "weights = Weights.initial(GROWING, np.random.default_rng(0))\n"
        "make_stepper(GROWING, weights).step(np.ones((1, 8, 8, 16), np.float32), seed=0)\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

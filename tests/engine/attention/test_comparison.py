"""How alike learners are, and how they fare far from home."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from engine.attention import comparison as c  # noqa: E402
from engine.attention.constructions import of_steps  # noqa: E402
from engine.attention.descent import Steps, descend, expected_loss  # noqa: E402
from engine.attention.design import Design, Layer  # noqa: E402
from engine.attention.forward import products  # noqa: E402
from engine.attention.tasks import Draws  # noqa: E402
from engine.attention.tasks.regression import LinearRegression  # noqa: E402
from engine.attention.tasks.sine import SineRegression  # noqa: E402
from engine.core import rng  # noqa: E402
from engine.core.errors import Cancelled  # noqa: E402

TASK = LinearRegression()
DESIGN = Design(
    tokens=11,
    width=11,
    outputs=1,
    layers=(Layer("linear", key=11),),
    causal=False,
    lookup="context",
    channel=10,
    sign=-1.0,
    predict="last",
)


def problems(count=32):
    return TASK.problems(Draws(rng.stream(4, "test"), dtype=torch.float64), count)


def made(eta=0.6):
    return {n: torch.tensor(w) for n, w in of_steps(DESIGN, Steps((eta,))).items()}


def test_a_constructed_model_is_aligned_with_its_steps():
    p, gd = problems(), c.of_descent(Steps((0.6,)))
    found = c.align(c.respond(c.of_model(DESIGN, made()), TASK, p), c.respond(gd, TASK, p))
    assert found.prediction < 1e-14
    assert found.model < 1e-13
    assert found.cosine == pytest.approx(1.0, abs=1e-12)


def test_sensitivity_is_the_map_that_descent_found():
    p, steps = problems(), Steps((1.0, 0.5), (0.1, 0.1))
    _, slope = c.respond(c.of_descent(steps), TASK, p)
    torch.testing.assert_close(slope, descend(p, steps), rtol=1e-10, atol=1e-12)


def test_differences_have_their_sizes():
    one = torch.tensor([1.0, 2.0]), torch.tensor([[3.0, 4.0], [1.0, 0.0]])
    two = torch.tensor([1.5, 2.0]), torch.tensor([[0.0, 0.0], [0.0, 1.0]])
    found = c.align(one, two)
    assert found.prediction == pytest.approx(0.25)
    assert found.model == pytest.approx((5 + math.sqrt(2)) / 2)
    assert found.cosine == pytest.approx(0.0)


def test_a_sweep_changes_what_it_names_and_follows_the_exact_law():
    gd = {"GD": c.of_descent(Steps((0.6,)))}
    found = dict(c.sweep(TASK, "input range", (0.5, 1.0), gd, count=20_000, seed=1))
    for r, losses in found.items():
        law = expected_loss(LinearRegression(input_range=r), 0.6)
        assert losses["GD"] == pytest.approx(law, rel=0.05)
    scales = dict(c.sweep(TASK, "weight scale", (1.0, 3.0), gd, count=50, seed=1))
    assert scales[3.0]["GD"] == pytest.approx(9 * scales[1.0]["GD"], rel=1e-4)


def test_more_examples_than_were_trained_for_hurt():
    gd = {"GD": c.of_descent(Steps((0.606,)))}
    found = dict(c.sweep(TASK, "examples", (10, 40), gd, count=4000, seed=1))
    assert found[40]["GD"] > 3 * found[10]["GD"]


@pytest.mark.parametrize("axis", ["noisy labels", "other law"])
def test_every_axis_moves_the_task(axis):
    assert c.moved(TASK, axis, 2) != TASK


def test_sine_waves_have_no_noisy_labels():
    assert c.moved(SineRegression(), "input range", 4.0).input_range == 4.0
    with pytest.raises(ValueError, match="sine"):
        c.moved(SineRegression(), "noisy labels", 2)


def test_what_overflows_is_infinite_and_never_zero():
    gd = {"GD": c.of_descent(Steps.same(9.0, 0.0, 60))}
    ((_, losses),) = c.sweep(TASK, "input range", (9.0,), gd, count=50, seed=1)
    assert losses["GD"] == math.inf


def test_a_layer_applied_again_makes_damped_steps():
    p = problems()
    kq, pv = products(DESIGN, made(), 0, 0)
    found = list(c.repeated(TASK.tokens(p), kq, pv, 4, dampening=0.75))
    wanted = [c.of_descent(Steps.same(0.75 * 0.6, 0.0, n))(TASK, p) for n in (1, 2, 3, 4)]
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_heads_together_are_applied_as_their_sum():
    p = problems()
    kq, pv = products(DESIGN, made(), 0, 0)
    halves = torch.stack((kq, kq)), torch.stack((pv, pv)) / 2
    (one,) = c.repeated(TASK.tokens(p), kq, pv, 1)
    (two,) = c.repeated(TASK.tokens(p), *halves, 1)
    torch.testing.assert_close(one, two)


def test_a_sweep_leaves_global_randomness_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    list(c.sweep(TASK, "input range", (1.0,), {"GD": c.of_descent(Steps((0.6,)))}, count=5, seed=1))
    assert torch.equal(torch.get_rng_state(), before)
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002


def test_pieces_make_no_difference_and_may_be_interrupted():
    p, model = problems(), c.of_model(DESIGN, made())
    cuts, polls = [slice(0, 5), slice(5, 30), slice(30, 32)], []
    whole, parts = (
        c.respond(model, TASK, p),
        c.respond(model, TASK, p, cuts, lambda: polls.append(0)),
    )
    for one, other in zip(whole, parts, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)
    assert c.loss_of(model, TASK, p, cuts) == pytest.approx(c.loss_of(model, TASK, p), rel=1e-12)
    assert len(polls) == len(cuts)

    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        c.loss_of(model, TASK, p, cuts, stop)


def test_heads_applied_again_and_again_add_up_and_large_ones_take_no_long():
    """Only second moments with a label change: all others are summed once."""
    draw = np.random.default_rng(0)

    def numbers(*shape):
        return torch.tensor(0.1 * draw.standard_normal(shape), dtype=torch.float64)

    tokens, kq, pv = numbers(2, 6, 4), numbers(3, 4, 4), numbers(3, 4, 4)
    expected = tokens.clone()
    for found in c.repeated(tokens, kq, pv, 3, dampening=0.7):
        moment = (expected[:, :-1].mT @ expected[:, :-1])[:, None]
        change = (expected[:, None] @ kq @ moment @ pv)[..., -1].sum(1)
        expected[..., -1] += 0.7 * change
        torch.testing.assert_close(found, -expected[:, -1, -1], rtol=1e-12, atol=1e-15)

    class Counted(TorchDispatchMode):
        largest = 0

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            made = function(*args, **(kwargs or {}))
            self.largest = max(self.largest, made.numel() if torch.is_tensor(made) else 0)
            return made

    with Counted() as counted:
        list(c.repeated(numbers(2, 60, 5), numbers(8, 5, 5), numbers(8, 5, 5), 2))
    assert counted.largest < 2 * 60 * 5 * 8  # no token is seen by each head apart

"""A layer with weights made by hand is a step of gradient descent, to float precision."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from engine.attention.constructions import (  # noqa: E402
    blend,
    can_construct,
    descent_layer,
    factors,
    gauge,
    of_steps,
)
from engine.attention.descent import Steps, answers, descend  # noqa: E402
from engine.attention.design import Design, Layer  # noqa: E402
from engine.attention.forward import forward, products  # noqa: E402
from engine.attention.tasks import Draws  # noqa: E402
from engine.attention.tasks.regression import LinearRegression  # noqa: E402
from engine.core import rng  # noqa: E402
from engine.core.errors import BadInput  # noqa: E402

TASK = LinearRegression()
LIMIT = {torch.float32: 2e-6, torch.float64: 1e-14}


def design(depth=1, *, heads=1, key=11, kind="linear", shared=True, **more):
    layers = (Layer(kind, heads=heads, key=key),) * depth
    return Design(
        tokens=11,
        width=11,
        outputs=1,
        layers=layers,
        causal=False,
        lookup="context",
        channel=10,
        sign=-1.0,
        predict="last",
        shared=shared,
        **more,
    )


def tensors(arrays, dtype=torch.float64):
    return {name: torch.tensor(array, dtype=dtype) for name, array in arrays.items()}


def problems(count=64, dtype=torch.float64):
    return TASK.problems(Draws(rng.stream(2, "test"), dtype=dtype), count)


def answer(d, weights, p, dtype=torch.float64):
    return forward(d, tensors(weights, dtype), TASK.tokens(p))[:, 0, 0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("depth", [1, 2, 5, 20])
def test_the_same_layer_again_is_the_next_step(depth, dtype):
    p = problems(64, dtype)
    steps = Steps.same(0.5, 0.0, depth)
    found = answer(design(depth), of_steps(design(depth), steps), p, dtype)
    assert float((found - answers(p, descend(p, steps))).abs().max()) < LIMIT[dtype]


@pytest.mark.parametrize("depth", [1, 5])
def test_it_may_start_from_weights_that_are_not_zero(depth):
    """The query's y begins as -W0 x."""
    p, start = problems(), np.random.default_rng(0).standard_normal(10)
    steps = Steps.same(0.5, 0.0, depth)
    weights = of_steps(design(depth), steps, start)
    tokens = TASK.tokens(p)
    tokens[:, -1, -1] = -(p.query @ torch.tensor(start))
    found = forward(design(depth), tensors(weights), tokens)[:, 0, 0]
    wanted = answers(p, descend(p, steps, torch.tensor(start)))
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-13)


def test_separate_layers_take_separate_steps_of_gd_plus_plus():
    p, steps = problems(), Steps((1.0, 0.7, 0.5), (0.2, 0.1, 0.0))
    d = design(3, shared=False)
    torch.testing.assert_close(
        answer(d, of_steps(d, steps), p), answers(p, descend(p, steps)), rtol=0, atol=1e-13
    )


@pytest.mark.parametrize("changed", [{"heads": 3}, {"key": 10}, {"dampening": 0.5}])
def test_heads_short_keys_and_dampening_are_made_up_for(changed):
    p, steps = problems(), Steps.same(0.6, 0.0, 2)
    d = design(2, **changed)
    torch.testing.assert_close(
        answer(d, of_steps(d, steps), p), answers(p, descend(p, steps)), rtol=0, atol=1e-13
    )


def test_the_answer_is_minus_what_the_query_holds():
    p = problems()
    d = design()
    weights = of_steps(d, Steps((0.6,)))
    plus = answer(replace(d, sign=1.0), weights, p)
    assert torch.equal(plus, -answer(d, weights, p))


def test_a_query_that_is_a_key_too_is_something_else():
    p, d = problems(), design()
    weights = tensors(of_steps(d, Steps((0.6,))))
    start = torch.full((10,), 0.5, dtype=torch.float64)
    tokens = TASK.tokens(p)
    tokens[:, -1, -1] = -(p.query @ start)
    apart = forward(d, weights, tokens)
    assert not torch.allclose(forward(replace(d, lookup="all"), weights, tokens), apart)


def test_keys_that_are_too_short_are_refused():
    with pytest.raises(BadInput, match="keys of 9"):
        descent_layer(11, 9, 1, 0.6)
    with pytest.raises(BadInput, match="keys of 10"):
        descent_layer(11, 10, 1, 0.6, 0.1)
    assert not can_construct(design(key=9))


@pytest.mark.parametrize("kind", ["softmax", "mesa"])
def test_other_kinds_of_attention_have_no_such_weights(kind):
    with pytest.raises(BadInput):
        of_steps(design(kind=kind), Steps((0.6,)))


def test_steps_must_be_as_many_as_layers_and_alike_where_shared():
    with pytest.raises(BadInput):
        of_steps(design(2), Steps((0.6,)))
    with pytest.raises(BadInput):
        of_steps(design(2), Steps((0.6, 0.5)))


@pytest.mark.parametrize("c", [0.01, 3.0, -3.0])
def test_the_gauge_undoes_a_factor_that_changes_nothing(c):
    kq, pv = products(design(), of_steps(design(), Steps((0.6,))), 0, 0)
    own = gauge(kq * c, slice(0, 10))
    np.testing.assert_allclose(kq * c / own, kq)
    np.testing.assert_allclose(pv / c * own, pv)
    assert gauge(np.zeros((11, 11)), slice(0, 10)) == 1.0


def test_products_factor_back_and_short_keys_lose_the_least():
    generator = np.random.default_rng(1)
    kq, pv = generator.standard_normal((2, 6, 6))
    w = factors(kq, pv, 8)
    np.testing.assert_allclose(w["wq"] @ w["wk"].T, kq, atol=1e-12)
    np.testing.assert_allclose(w["wv"] @ w["wp"], pv, atol=1e-12)
    short = factors(kq, pv, 5)
    sizes = np.linalg.svd(kq, compute_uv=False)
    lost = np.linalg.norm(short["wq"] @ short["wk"].T - kq)
    assert lost == pytest.approx(sizes[-1])


def test_a_blend_of_one_model_in_two_gauges_is_that_model():
    """Also when both products of one of them are negative."""
    p, d = problems(), design()
    made = of_steps(d, Steps((0.6,)))
    other = dict(made)
    other["layers/0/wq"] = made["layers/0/wq"] * -4.0
    other["layers/0/wp"] = made["layers/0/wp"] / -4.0
    mixed = blend(d, other, made, 0.5)
    torch.testing.assert_close(answer(d, mixed, p), answer(d, made, p), rtol=0, atol=1e-12)


def test_a_blend_ends_at_its_two_models():
    p, d = problems(), design()
    generator = np.random.default_rng(3)
    made = of_steps(d, Steps((0.6,)))
    learned = {n: w + 0.1 * generator.standard_normal(w.shape) for n, w in made.items()}
    for part, model in ((0.0, learned), (1.0, made)):
        found = answer(d, blend(d, learned, made, part), p)
        torch.testing.assert_close(found, answer(d, model, p), rtol=0, atol=1e-11)
        kq, _ = products(d, blend(d, learned, made, part), 0, 0)
        np.testing.assert_allclose(kq, products(d, model, 0, 0)[0], atol=1e-12)


def test_what_is_not_constructed_stays():
    d = design(2, shared=False)
    learned = of_steps(d, Steps((0.6, 0.5)))
    some = {n: w for n, w in of_steps(d, Steps((0.1, 0.1))).items() if n.startswith("layers/1")}
    mixed = blend(d, learned, some, 1.0)
    np.testing.assert_array_equal(mixed["layers/0/wp"], learned["layers/0/wp"])
    assert not np.allclose(
        mixed["layers/1/wv"] @ mixed["layers/1/wp"], learned["layers/1/wv"] @ learned["layers/1/wp"]
    )

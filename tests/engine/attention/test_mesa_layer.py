"""The mesa layer equals ridge regression at every position, in every form, with its gradient."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from engine.attention import mesa_layer, mesa_solves
from engine.attention.mesa_layer import attention_map, mesa, preconditioned, ridge

EXACT = ("exact", "cholesky", "sherman-morrison", "naive")
EVERY = (*EXACT, "cg-15")


def batch(
    *shape: int, values: int = 0, seed: int = 0, kind: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    q, k, v = (
        torch.randn(*shape[:-1], size, generator=generator, dtype=kind)
        for size in (shape[-1], shape[-1], values or shape[-1])
    )
    return q, k, v


@pytest.mark.parametrize("solver", EVERY)
@pytest.mark.parametrize("lam", [1.0, 0.1, 1e-2, 1e-3])
def test_every_position_is_ridge_regression_in_float64(solver: str, lam: float) -> None:
    q, k, v = batch(2, 50, 10)
    torch.testing.assert_close(mesa(q, k, v, lam, solver), ridge(q, k, v, lam), rtol=0, atol=1e-10)


@pytest.mark.parametrize("solver", EXACT)
@pytest.mark.parametrize(
    ("lam", "absolute", "relative"), [(1.0, 1e-5, 0), (0.1, 1e-4, 0), (1e-3, 0, 1e-3)]
)
def test_float32_keeps_the_accuracy_the_sheet_asks_for(
    solver: str, lam: float, absolute: float, relative: float
) -> None:
    q, k, v = batch(4, 50, 10)
    truth = ridge(q, k, v, lam)
    found = mesa(q.float(), k.float(), v.float(), lam, solver)
    assert found.dtype == torch.float32
    error = (found - truth).abs().max()
    assert error < absolute + relative * truth.abs().max()


def test_the_kernels_do_not_drift_over_long_sequences() -> None:
    q, k, v = batch(2, 600, 12)
    found = mesa(q.float(), k.float(), v.float(), 1.0)
    assert (found - ridge(q, k, v, 1.0)).abs().max() < 1e-5


@pytest.mark.parametrize("solver", [*EXACT, "cg-6"])
@pytest.mark.parametrize("values", [1, 3])
def test_gradients_of_all_inputs_are_those_of_finite_differences(solver: str, values: int) -> None:
    q, k, v = (one.requires_grad_() for one in batch(2, 2, 4, 2, values=values))
    lam = torch.tensor([0.2, 1.3], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda *args: mesa(*args, solver), (q, k, v, lam))


@pytest.mark.parametrize(
    "shape", [(1, 37, 4), (3, 64, 5), (4, 130, 20), (17, 21, 3), (40, 9, 7), (2, 1, 2)]
)
def test_the_kernels_agree_with_autograd_through_the_definition(shape: tuple[int, ...]) -> None:
    """Shapes with idle lanes, several blocks, and sequences cut into chunks of uneven length."""
    inputs = [one.requires_grad_() for one in batch(*shape, values=shape[-1] + 1)]
    lam = torch.linspace(0.05, 2, shape[0], dtype=torch.float64, requires_grad=True)
    weight = torch.randn(*shape[:2], shape[-1] + 1, dtype=torch.float64)
    results = []
    for form in (mesa, ridge):
        out = form(*inputs, lam)
        results.append([out, *torch.autograd.grad((out * weight).sum(), [*inputs, lam])])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.attention import mesa_fused

    q, k, v = (one.float().requires_grad_() for one in batch(50, 30, 6))
    runs = []
    for count in (1, 3):
        monkeypatch.setattr(mesa_fused, "threads", lambda count=count: count)
        out = mesa(q, k, v, 1.0)
        runs.append([out, *torch.autograd.grad(out.square().sum(), (q, k, v))])
    for one, other in zip(*runs, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("back", [False, True])
def test_chunked_linear_attention_is_the_masked_product(back: bool) -> None:
    a, b, c = batch(3, 150, 4, values=6)
    scores = a @ b.mT
    whole = (scores.triu() if back else scores.tril()) @ c
    torch.testing.assert_close(mesa_solves.causal(a, b, c, back=back), whole)


def test_matrices_that_do_not_fit_at_once_are_factored_in_chunks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    q, k, v = batch(3, 40, 5)
    whole = mesa(q, k, v, 0.5, "cholesky")
    monkeypatch.setattr(mesa_solves, "_BUDGET", 3 * 5 * 5 * 7)
    torch.testing.assert_close(mesa(q, k, v, 0.5, "cholesky"), whole)


def test_the_attention_map_predicts_the_output_and_looks_at_no_later_token() -> None:
    q, k, v = batch(2, 3, 20, 4)
    lam = torch.tensor([0.1, 1.0, 3.0], dtype=torch.float64)
    scores = attention_map(q, k, lam)
    assert torch.equal(scores, scores.tril())
    torch.testing.assert_close(scores @ v, ridge(q, k, v, lam))


def test_few_iterations_are_not_the_solution() -> None:
    q, k, _ = batch(2, 50, 10)
    exact, few = preconditioned(q, k, 1e-3), preconditioned(q, k, 1e-3, "cg-5")
    assert (exact - few).abs().max() > 0.1


def test_more_iterations_than_needed_do_no_harm() -> None:
    q, k, _ = batch(2, 30, 4, kind=torch.float32)
    found = preconditioned(q, k, 1.0, "cg-200")
    torch.testing.assert_close(found, preconditioned(q, k, 1.0), rtol=1e-4, atol=1e-5)


def test_without_forgetting_the_gated_layer_is_the_layer() -> None:
    q, k, v = batch(2, 3, 15, 4)
    kept = mesa(q, k, v, 0.5, gamma=torch.ones(15, dtype=torch.float64))
    torch.testing.assert_close(kept, ridge(q, k, v, 0.5))


def test_a_gate_of_zero_forgets_everything_before() -> None:
    q, k, v = batch(2, 12, 4)
    gates = torch.ones(12, dtype=torch.float64)
    gates[5] = 0
    found = mesa(q, k, v, 0.5, gamma=gates)
    torch.testing.assert_close(found[:, 5:], ridge(q[:, 5:], k[:, 5:], v[:, 5:], 0.5))


def test_small_lam_and_gates_keep_float32_accurate() -> None:
    q, k, v = batch(2, 40, 8)
    truth = ridge(q, k, v, 1e-3)
    found = mesa(q.float(), k.float(), v.float(), 1e-3, gamma=torch.ones(40))
    assert found.dtype == torch.float32
    assert (found - truth).abs().max() < 1e-3 * truth.abs().max()


def test_the_gradient_of_the_gates_is_that_of_finite_differences() -> None:
    inputs = [one.requires_grad_() for one in batch(2, 4, 2)]
    gates = torch.full((2, 4), 0.7, dtype=torch.float64, requires_grad=True)

    def gated(*args: Tensor) -> Tensor:
        return mesa(*args[:3], 0.5, gamma=args[3])

    assert torch.autograd.gradcheck(gated, (*inputs, gates))


def test_lam_stays_positive_whatever_its_parameter() -> None:
    lam = mesa_layer.regularisation(torch.tensor([-1e4, 0.0, 50.0]))
    assert lam[0] == pytest.approx(mesa_layer.FLOOR)
    assert lam[2] == pytest.approx(50)
    for wanted in (1e-3, 1.0, 30.0):
        start = torch.tensor(mesa_layer.theta(wanted))
        assert float(mesa_layer.regularisation(start)) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lam": 0.0}, "above 0"),
        ({"solver": "magic"}, "unknown solver"),
        ({"solver": "cg-0"}, "unknown solver"),
        ({"k": torch.zeros(2, 9, 3)}, "do not fit"),
        ({"v": torch.zeros(2, 8, 3, dtype=torch.float64)}, "all be float32"),
        ({"lam": -1.0, "gamma": torch.ones(8)}, "above 0"),
    ],
)
def test_what_cannot_be_solved_is_refused(change: dict[str, object], words: str) -> None:
    q, k, v = batch(2, 8, 3, kind=torch.float32)
    with pytest.raises(ValueError, match=words):
        mesa(**{"q": q, "k": k, "v": v, "lam": 1.0, **change})  # type: ignore[arg-type]


def test_what_is_not_a_number_shows_in_the_output() -> None:
    q, k, v = batch(2, 8, 3)
    k[0, 3] = torch.nan
    out = mesa(q, k, v, 1.0)
    assert out[0, 3:].isnan().all()
    assert out[1].isfinite().all()


def test_setting_up_compiles_what_any_sequences_and_lam_will_call() -> None:
    from engine.attention import mesa_kernels
    from engine.warm import warm_mesa

    warm_mesa()
    kernels = [
        mesa_kernels.pack,
        mesa_kernels.forward,
        mesa_kernels.backward,
        mesa_kernels.retreat,
        mesa_kernels.unpack,
    ]
    before = [len(kernel.signatures) for kernel in kernels]
    assert min(before) == 2
    for kind, lam in ((torch.float32, 1.0), (torch.float32, 1e-3), (torch.float64, 0.1)):
        q, k, v = (one.requires_grad_() for one in batch(2, 3, 40, 4, values=2, kind=kind))
        torch.autograd.grad(mesa(q, k, v[..., :1], lam).sum(), (q, k, v))
    assert [len(kernel.signatures) for kernel in kernels] == before

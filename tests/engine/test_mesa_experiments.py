from dataclasses import replace

import pytest
import torch

from engine.attention.design import count
from engine.core.activity import null_activity
from engine.core.experiment import reproduce
from engine.experiments import experiment, mesa_runs
from engine.experiments.mesa_runs import PAPER_SIZE, SMALL, learn, raw_model


def test_models_have_the_sheets_numbers_of_weights():
    counts = [count(raw_model(SMALL, kind)) for kind in ("mesa", "linear", "softmax")]
    assert counts == [4202, 4200, 7400]
    deep = raw_model(PAPER_SIZE, "softmax")
    assert [layer.kind for layer in deep.layers] == ["softmax"] * 7
    assert raw_model(PAPER_SIZE, "mesa").layers[1].clip == 1.0


def test_equality_with_ridge_is_reproduced():
    outcome = reproduce(experiment("mesa.equals-ridge"), null_activity())
    assert outcome.status == "passed", outcome.details
    assert outcome.details["float64 5 CG iterations, lam 1"] > 1e-3


def test_a_wrong_solver_is_found_out(monkeypatch):
    right = mesa_runs.mesa
    monkeypatch.setattr(mesa_runs, "mesa", lambda q, k, v, lam, *_: right(q, k, v, 1.001 * lam))
    assert reproduce(experiment("mesa.equals-ridge"), null_activity()).status == "missed"


@pytest.mark.parametrize(
    ("which", "kind"), [("cg-15", torch.float64), ("sherman-morrison", torch.float32)]
)
def test_every_solver_that_is_said_to_be_exact_has_to_be(monkeypatch, which, kind):
    right = mesa_runs.mesa

    def worse(q, k, v, lam, solver="exact", **more):
        found = right(q, k, v, lam, solver, **more)
        return found + 1e-3 if solver == which and q.dtype == kind else found

    monkeypatch.setattr(mesa_runs, "mesa", worse)
    assert reproduce(experiment("mesa.equals-ridge"), null_activity()).status == "missed"


def test_a_training_can_be_stopped_within_an_update(monkeypatch):
    """A batch takes 50 ms and more: between updates alone nobody would be asked in time."""
    asked = []
    activity = null_activity()
    monkeypatch.setattr(type(activity), "check", lambda self: asked.append(1))
    mesa_runs._learn_raw(replace(SMALL, updates=2, batch=8, warmup=1), "mesa", activity, "cpu")
    assert len(asked) >= 2 * 4


def test_learning_begins_the_same_way_every_time():
    size = replace(SMALL, updates=3, batch=8, warmup=1)
    first, second = (
        mesa_runs._learn_raw(size, "mesa", null_activity(), "cpu")[1] for _ in range(2)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("kind", ["mesa", "softmax"])
def test_the_papers_size_can_be_trained(kind):
    size = replace(PAPER_SIZE, updates=1, batch=4, warmup=0)
    design, weights = mesa_runs._learn_raw(size, kind, null_activity(), "cpu")
    assert weights["embed"].shape == (10, 40)
    assert all(bool(one.isfinite().all()) for one in weights.values())
    assert design.depth == (2 if kind == "mesa" else 7)


def test_untrained_models_miss_both_figures(monkeypatch):
    monkeypatch.setattr(mesa_runs, "SMALL", replace(SMALL, updates=1, batch=4, warmup=0))
    monkeypatch.setattr(mesa_runs, "pick_device", lambda: "cpu")
    assert reproduce(experiment("mesa.beats-linear"), null_activity()).status == "missed"

    def few(design, task, plan, init, activity, *, device="cpu"):
        return learn(design, task, replace(plan, updates=1), init, activity, device=device)

    monkeypatch.setattr(mesa_runs, "learn", few)
    assert reproduce(experiment("mesa.probe"), null_activity()).status == "missed"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mesa.beats-linear", "mesa.probe"])
@pytest.mark.timeout(600)
def test_trained_models_reproduce_the_figures(name):
    outcome = reproduce(experiment(name), null_activity())
    assert outcome.status == "passed", outcome.details

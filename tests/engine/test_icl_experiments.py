"""The figures of in-context learning can be measured, and can be missed."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from engine.attention import constructions, descent  # noqa: E402
from engine.attention.comparison import of_descent  # noqa: E402
from engine.attention.descent import Steps  # noqa: E402
from engine.attention.learners import regression_design  # noqa: E402
from engine.attention.tasks.regression import LinearRegression  # noqa: E402
from engine.attention.training import Plan  # noqa: E402
from engine.core.activity import Activity, null_activity  # noqa: E402
from engine.core.errors import Cancelled  # noqa: E402
from engine.core.experiment import reproduce  # noqa: E402
from engine.experiments import experiment, icl, icl_runs  # noqa: E402

DESIGN = regression_design(LinearRegression())


def test_the_construction_is_gradient_descent():
    outcome = reproduce(experiment("icl.construction-is-gd"), null_activity())
    assert outcome.status == "passed"
    assert 0 < outcome.details["float64"] < outcome.details["float32"]


def test_another_construction_is_not(monkeypatch):
    """A sign that is forgotten is seen."""
    original = constructions.descent_layer

    def wrong(*arguments):
        made = original(*arguments)
        return made | {"wp": -made["wp"]}

    monkeypatch.setattr(constructions, "descent_layer", wrong)
    assert reproduce(experiment("icl.construction-is-gd"), null_activity()).status == "missed"


def test_a_training_of_a_few_updates_is_measured_and_is_no_gradient_descent(monkeypatch):
    monkeypatch.setattr(icl, "plan_for", lambda *_: Plan(4, 8, 1e-3))
    monkeypatch.setattr(icl_runs, "TASKS", 200)
    outcome = reproduce(experiment("icl.trained-matches-gd"), null_activity())
    assert outcome.status == "missed"
    assert outcome.measured > 0.5
    assert outcome.details["cosine"] < 0.9


def test_a_model_of_a_few_updates_fails_otherwise_than_gradient_descent(monkeypatch):
    monkeypatch.setattr(icl, "plan_for", lambda *_: Plan(4, 8, 1e-3))
    monkeypatch.setattr(icl, "TASKS", 100)
    monkeypatch.setattr(icl_runs, "TASKS", 100)
    outcome = reproduce(experiment("icl.ood-curves"), null_activity())
    assert outcome.status == "missed"
    assert set(outcome.details["examples"]) == set(icl.EXAMPLES)


def test_constructed_weights_are_not_apart_from_themselves():
    steps = Steps((0.6,))
    made = constructions.of_steps(DESIGN, steps)
    weights = {n: torch.tensor(-3.0 * w if n.endswith("wq") else w) for n, w in made.items()}
    weights["layers/0/wp"] /= -3.0
    found = icl_runs.weights_apart(icl_runs.Trained(DESIGN, weights, ()), steps)
    assert found["y entry of PV"] == pytest.approx(-0.6)
    assert found["rms off KQ's diagonal"] == pytest.approx(0.0, abs=1e-12)
    assert found["largest of KQ's x diagonal"] == pytest.approx(1.0)


def test_problems_are_the_same_every_time():
    one, two = icl_runs.problems("judging", count=3), icl_runs.problems("judging", count=3)
    assert torch.equal(one.x, two.x)
    assert not torch.equal(one.x, icl_runs.problems("tuning", count=3).x)


def test_training_can_be_stopped():
    activity = Activity("")
    activity.cancel()
    with pytest.raises(Cancelled):
        icl_runs.train(DESIGN, Plan(2, 4, 1e-3), "cpu", activity)


def test_the_path_has_its_marks(monkeypatch):
    monkeypatch.setattr(icl_runs, "TASKS", 50)
    trained = icl_runs.train(DESIGN, Plan(7, 4, 1e-3), "cpu", null_activity(), marks=3)
    assert [update for update, _ in trained.path] == [2, 4, 6, 7]
    assert np.isfinite([loss for _, loss in trained.path]).all()


def test_likeness_is_measured_on_the_way(monkeypatch):
    monkeypatch.setattr(icl_runs, "TASKS", 50)
    steps = Steps((0.6,))
    beside = {"GD": of_descent(steps), "none": of_descent(Steps((0.0,)))}
    plan = Plan(6, 4, 1e-3)
    trained = icl_runs.train(DESIGN, plan, "cpu", null_activity(), marks=3, beside=beside)
    assert [len(cosines) for cosines in trained.cosines.values()] == [3, 3]
    assert set(trained.cosines["none"]) == {0.0}
    assert 0.0 not in trained.cosines["GD"]


@pytest.mark.parametrize(
    ("plain", "curved", "met"),
    [
        ((0.1, 0.99, 0.96, 0.95), (0.2, 0.96, 0.97, 0.99), (20, 0.99, 0.96)),
        ((0.1, 0.97, 0.99, 0.95), (0.0, 0.98, 0.96, 0.99), (10, 0.1, 0.0)),  # too late
        ((0.1, 0.97, 0.98, 0.99), (0.2, 0.98, 0.99, 1.0), None),  # never nearer
    ],
)
def test_a_model_has_met_descent_where_it_is_not_yet_nearer_to_the_other(plain, curved, met):
    path = tuple((update, 0.1) for update in (10, 20, 30, 40))
    trained = icl_runs.Trained(DESIGN, {}, path, {"GD": plain, "GD++": curved})
    assert icl_runs.first_met(trained) == met


def test_a_model_that_never_met_descent_is_none_that_left_it(monkeypatch):
    """All that is asked of the end is there, but not the way."""
    far = {"loss": 0.11, "loss of the other": 0.157, "gap": -0.3, "cosine": 0.95}
    near = {"loss": 0.11, "loss of the other": 0.11, "gap": 0.0, "cosine": 0.9997}
    replies = iter([near, far] * 4)
    monkeypatch.setattr(descent, "tune", lambda *_, **__: (Steps((0.6,), (0.1,)), 0.1))
    monkeypatch.setattr(icl, "judge", lambda *_: next(replies))
    monkeypatch.setattr(icl, "plan_for", lambda *_: Plan(4, 4, 1e-3))
    monkeypatch.setattr(icl_runs, "TASKS", 50)
    run = experiment("icl.gd-plus-plus")
    assert reproduce(run, null_activity()).status == "missed"
    monkeypatch.setattr(icl, "first_met", lambda *_: (300, 0.993, 0.957))
    assert reproduce(run, null_activity()).status == "passed"

"""Tests of the model on which induction heads form, its probe and its published figure."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.attention.ablation import Ablation
from engine.attention.design import count
from engine.attention.forward import Capture, forward, tensors
from engine.attention.induction import SCHEME, Probe, induction_design, induction_plan
from engine.attention.initial import initial
from engine.attention.scores import head_scores
from engine.attention.tasks.repeats import Repeats
from engine.attention.training import Trainer
from engine.core.activity import null_activity
from engine.core.errors import BadInput, DivergedError
from engine.core.rng import stream
from engine.core.system import no_poll
from engine.experiments.induction import EXPERIMENTS
from engine.experiments.induction_runs import Run, learn, rise


def test_the_model_has_the_sheet_s_45440_weights() -> None:
    assert count(induction_design()) == 45_440
    assert count(induction_design(heads=1, width=32)) == 14_528


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(BadInput, match="64 channels cannot be shared evenly by 5 heads"):
        induction_design(heads=5)


def test_before_training_every_symbol_is_as_likely() -> None:
    design = induction_design()
    weights = tensors(initial(design, np.random.default_rng(0), SCHEME))
    seen = Probe(64, 64).look(design, weights, no_poll)
    assert seen.curve.shape == (64,)
    assert float(seen.curve.mean()) == pytest.approx(np.log(64), abs=0.02)
    assert seen.roles == (("diffuse", "diffuse"), ("diffuse", "diffuse"))
    assert seen.scores["copying"].shape == (2, 2)


def test_probe_repeats_a_segment_of_half_its_length_once() -> None:
    probe = Probe(64, 32)
    rows = probe.batch.tokens
    assert probe.segment == 16
    assert torch.equal(rows[:, :16], rows[:, 16:])
    assert all(len(set(row.tolist())) == 16 for row in rows)
    assert torch.equal(rows, Probe(64, 32).batch.tokens)
    assert Probe(8, 64).segment == 8


def test_probe_in_pieces_sees_what_one_pass_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    design = induction_design(vocabulary=16, length=16, width=8, heads=2)
    drawn = initial(design, np.random.default_rng(0), SCHEME)
    weights = tensors({name: 3.0 * array for name, array in drawn.items()})
    probe = Probe(16, 16)
    polls: list[int] = []
    monkeypatch.setattr("engine.attention.induction._PIECE", 25 * design.depth * 2 * 16**2)
    seen = probe.look(design, weights, lambda: polls.append(1))
    capture = Capture()
    forward(design, weights, probe.batch.tokens, capture=capture)
    whole = head_scores(torch.stack(capture.attention, 1).numpy(), 8)
    # Before each of three pieces, after each layer forward and before it is scored; then before
    # the circuits of each layer.
    assert len(polls) == 3 * (1 + 2 + 2) + 2
    for name, scores in whole.items():
        np.testing.assert_allclose(seen.scores[name], scores, atol=1e-5)


def test_plan_warms_up_and_stays() -> None:
    plan = induction_plan()
    assert [plan.share(update) for update in (0, 24, 49, 50, 399)] == [0.02, 0.5, 1.0, 1.0, 1.0]


def test_a_short_run_is_told_in_full() -> None:
    """Two updates: too few to learn anything, enough to measure everything."""
    run = learn(2, 0, no_poll, updates=2)
    assert run.updates == [0]
    assert run.last("repeat loss") == pytest.approx(np.log(64), abs=0.03)
    assert rise(run, 0.5) == float("inf")
    assert len(run.ablations) == 7
    assert run.without((1, 0), (1, 1)) == run.ablations[-1].measured
    assert run.induction == ()
    assert sorted(run.lengths) == [4, 8, 16, 24, 32]
    assert max(run.lengths.values()) < 0.2


@pytest.mark.slow
def test_phase_change_is_reproduced() -> None:
    from engine.core.activity import Activity
    from engine.core.experiment import reproduce

    (experiment,) = EXPERIMENTS
    outcome = reproduce(experiment, Activity("test"))
    assert outcome.passed, outcome.details["holds"]


def test_a_loss_far_beyond_guessing_is_told_as_divergence() -> None:
    """A cross-entropy of 41 where guessing gives 4.16 is ten times that, not twenty."""
    design = induction_design(vocabulary=8, length=16)
    weights = initial(design, stream(0, "weights"), SCHEME)
    task = Repeats(8, 16, 2, 4)
    plan = induction_plan(batch=8, rate=1.0)
    trainer = Trainer(design, task, plan, weights, stream(0, "training"))
    losses = []
    with pytest.raises(DivergedError, match="the loss rose to"):
        losses.extend(trainer.update()["loss"] for _ in range(100))
    assert max(losses, default=0.0) <= 3 * task.naive


@pytest.mark.parametrize(("late", "holds"), [(0, True), (5, False)])
def test_heads_have_to_form_when_repeats_come_to_be_known(
    monkeypatch: pytest.MonkeyPatch, late: int, holds: bool
) -> None:
    """The claim ties the two; `late` are rows of the table by which heads come after."""
    updates = list(range(0, 401, 20))
    known = [0.05 if update < 190 else 1.0 for update in updates]
    scores = [0.01] * late + known[: len(known) - late]
    curves = {"accuracy": known, "induction": scores, "in context": [-3.0] * len(updates)}
    curves |= {"repeat loss": [0.01] * len(updates)}
    both = {0: 0.02, 1: 0.02}
    rows = [Ablation("", ((i, 0), (i, 1)), {"accuracy": lost}) for i, lost in both.items()]
    rows += [Ablation("", ((1, head),), {"accuracy": 0.99}) for head in (0, 1)]
    run = Run(updates, curves, tuple(rows), (0, 0), ((1, 0),), {4: 1.0})
    monkeypatch.setattr("engine.experiments.induction_runs.learn", lambda *_: run)
    (experiment,) = EXPERIMENTS
    found = experiment.run(null_activity(), {}).details["holds"]
    assert found["heads form when repeats come to be known"] is holds
    assert found["heads of layer 2 match prefixes"]

"""The figures of the mesa layer: it is ridge regression, it learns in context, probes see how.

von Oswald et al., "Uncovering mesa-optimization algorithms in Transformers", arXiv 2309.05858. On
the CPU models are small (5 dimensions, 30 tokens); where there is a GPU they have the paper's size.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.core.activity import Activity
from engine.core.experiment import Experiment, Measurement

__all__ = ["EXPERIMENTS"]

PAPER = "von Oswald et al., Uncovering mesa-optimization algorithms in Transformers, 2309.05858"

# Torch is imported by what runs, not by the list of experiments.


def _equals(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    from engine.experiments.mesa_runs import equals

    return equals(activity)


def _beats(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    from engine.experiments.mesa_runs import beats

    return beats(activity)


def _probe(activity: Activity, files: Mapping[str, Path]) -> Measurement:
    from engine.experiments.mesa_runs import probed

    return probed(activity)


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        name="mesa.equals-ridge",
        claim="At every position a mesa layer predicts what ridge regression on all tokens so far "
        "does; hand-built heads are one step of gradient descent, or ridge",
        paper=f"{PAPER}, section 4 and Proposition 1",
        expected="equal: error 0",
        tolerance="exact solvers under 1e-10 in float64 at lam 1 to 0.001; float32 under 1e-5 at "
        "lam 1, 1e-4 at 0.1, relative 1e-3 at 0.001, three times that in its other forms; gradient "
        "under 1e-10; 15 and 20 CG iterations under 1e-10, 5 fail",
        minutes=0.1,
        run=_equals,
    ),
    Experiment(
        name="mesa.beats-linear",
        claim="With a layer that copies in front, a mesa layer predicts better than a linear one "
        "and than a deeper stack of softmax layers, at every position compared",
        paper=f"{PAPER}, figure 5",
        expected="hybrid mesa 0.198 against 0.230 of seven softmax layers (ratio 0.86) at the "
        "paper's size; small size: order mesa, linear, softmax",
        tolerance="ratio of mean losses, mesa to the best of the others, under 1; the same order "
        "at t = 10, 20 and the last; all below one step of gradient descent",
        minutes=0.6,
        run=_beats,
    ),
    Experiment(
        name="mesa.probe",
        claim="The first layer copies the token before, the mesa layer makes the next one "
        "readable; linear layers precondition on the way",
        paper=f"{PAPER}, figures 3 and 4",
        expected="R² of s(t-1) about 0 before and 1 after the copy layer, of s(t+1) 0.96 to 0.98 "
        "after the mesa layer; the preconditioned input grows readable with depth",
        tolerance="R² under 0.2 and over 0.95; over 0.9, and 0.05 more than a linear layer's; that "
        "of the preconditioned input rises with each of three linear layers, by 0.2 in all",
        minutes=1.5,
        run=_probe,
    ),
)

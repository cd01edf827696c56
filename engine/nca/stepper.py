"""The front of the cell step: one interface, fused on the CPU, torch on CUDA."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.nca.rule import FloatArray, Rule, Weights

__all__ = ["Stepper", "make_stepper"]


class Stepper(Protocol):
    """Advances worlds of one rule; see `engine.nca.fused.FusedStepper` for the arguments."""

    rule: Rule
    device: str

    def load(self, weights: Weights) -> None:
        """Use other weights from the next step on."""

    def step(
        self,
        state: FloatArray,
        n: int = 1,
        *,
        seed: int,
        step0: int = 0,
        fire_rate: float = 0.5,
        angle: float = 0.0,
        threshold: float = 0.1,
        step_size: float = 1.0,
        poll: Callable[[], None] | None = None,
    ) -> FloatArray:
        """Advance a (B, H, W, C) float32 array by `n` steps in place and return it."""
        ...


def make_stepper(rule: Rule, weights: Weights, device: str = "cpu") -> Stepper:
    """Make a stepper for "cpu" (no torch needed) or "cuda", as `pick_device` named it."""
    if device == "cpu":
        from engine.nca.fused import FusedStepper

        return FusedStepper(rule, weights)
    from engine.nca.reference import ReferenceStepper

    return ReferenceStepper(rule, weights, device)

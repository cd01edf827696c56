"""In-context regression of sine waves: amplitude and phase are new in every prompt.

von Oswald et al., arXiv 2212.07677, section 4 (after Finn et al., "Model-agnostic meta-learning",
arXiv 1703.03400): y = a sin(x + p), x ~ U(-5, 5), a ~ U(0.1, 0.5), p ~ U(0, pi), 10 examples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.attention.tasks import Batch, Draws
from engine.attention.tasks.regression import Prompts, squared_loss
from engine.core.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SineRegression"]

AMPLITUDES = (0.1, 0.5)


@dataclass(frozen=True)
class SineRegression:
    """A family of sine waves of one variable.

    Attributes
    ----------
    points : int
        Examples in a prompt.
    input_range : float
        x ~ U(-r/2, r/2); the paper's is 10.
    weight_scale : float
        Amplitudes are those of the paper times this.
    tied : bool
        Whether amplitude and phase come from one random number (a = 0.1 + 0.4 u, p = pi u), as in
        the released generator, which uses one key for both: a family of one dimension, not two.
    """

    points: int = 10
    input_range: float = 10.0
    weight_scale: float = 1.0
    tied: bool = True

    dims = 1
    width = 2
    label = 1

    def __post_init__(self) -> None:
        if self.points < 1:
            raise BadInput("a prompt needs at least one example")

    @property
    def length(self) -> int:
        """Tokens in a prompt, the query included."""
        return self.points + 1

    @property
    def naive(self) -> float:
        """Loss of answering 0, over whole waves: a quarter of the mean square amplitude."""
        low, high = (value * self.weight_scale for value in AMPLITUDES)
        return 0.25 * (low * low + low * high + high * high) / 3.0

    def waves(self, draws: Draws, batch: int) -> Tensor:
        """Draw amplitude and phase of waves, (B, 2)."""
        import torch

        low, high = (value * self.weight_scale for value in AMPLITUDES)
        first = draws.uniform(0.0, 1.0, (batch,))
        second = first if self.tied else draws.uniform(0.0, 1.0, (batch,))
        return torch.stack((low + (high - low) * first, math.pi * second), -1)

    def problems(self, draws: Draws, batch: int) -> Prompts:
        """Draw problems of this family."""
        return self.taught(draws, batch)[0]

    def taught(self, draws: Draws, batch: int) -> tuple[Prompts, Tensor]:
        """Draw problems, and the laws (amplitude, phase) (B, 2) behind them."""
        waves = self.waves(draws, batch)
        half = self.input_range / 2
        x = draws.uniform(-half, half, (batch, self.points + 1))
        y = waves[:, :1] * (x + waves[:, 1:]).sin()
        return Prompts(x[:, :-1, None], y[:, :-1], x[:, -1:], y[:, -1]), waves

    def truth(self, law: Tensor, x: Tensor) -> Tensor:
        """Return the right answers (B,) of a law (2,) for inputs (B, 1)."""
        return law[0] * (x[:, 0] + law[1]).sin()

    def tokens(self, prompts: Prompts) -> Tensor:
        """Write problems as tokens (x, y), the query (x, 0) last: (B, N + 1, 2)."""
        tokens = prompts.x.new_zeros((len(prompts.x), prompts.x.shape[1] + 1, 2))
        tokens[:, :-1, :1], tokens[:, :-1, 1] = prompts.x, prompts.y
        tokens[:, -1, :1] = prompts.query
        return tokens

    def prompts(self, tokens: Tensor, target: Tensor) -> Prompts:
        """Read back the problems of tokens that `tokens` wrote."""
        return Prompts(tokens[:, :-1, :1], tokens[:, :-1, 1], tokens[:, -1, :1], target)

    def draw(self, draws: Draws, batch: int) -> Batch:
        """Draw tokens (B, N + 1, 2) and the right answers (B,)."""
        problems = self.problems(draws, batch)
        return Batch(self.tokens(problems), problems.target)

    def loss(self, outputs: Tensor, targets: Tensor, mask: Tensor | None = None) -> Tensor:
        """Half the mean squared error of the answer, which is the last token's only output."""
        return squared_loss(outputs[:, -1, 0], targets)

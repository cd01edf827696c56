"""In-context linear regression: examples (x, y) of a law that is new in every prompt, and a query.

von Oswald et al., "Transformers learn in-context by gradient descent", ICML 2023, arXiv 2212.07677,
section 2 and the released configuration: x ~ U(-r/2, r/2)^D with r = 1, w ~ N(0, I), y = w . x,
without noise; N = 10 examples and one query of the same law. The loss counts the query only:
1/2 mean (prediction - y)^2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from engine.attention.tasks import Batch, Draws
from engine.core.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Law", "Layout", "LinearRegression", "Prompts", "squared_loss"]

Layout = Literal["pairs", "turns"]
Law = Literal["uniform", "exponential", "normal", "laplace", "mixed"]

LAWS: tuple[Law, ...] = ("exponential", "normal", "laplace")


@dataclass(frozen=True, eq=False)
class Prompts:
    """Regression problems, not yet written as tokens, or read back from them.

    Attributes
    ----------
    x : Tensor
        ``(B, N, D)``: inputs of the examples.
    y : Tensor
        ``(B, N)``: their labels.
    query : Tensor
        ``(B, D)``: the input that is asked about.
    target : Tensor
        ``(B,)``: the right answer.
    """

    x: Tensor
    y: Tensor
    query: Tensor
    target: Tensor

    def few(self, count: int) -> Prompts:
        """Keep the first problems only."""
        return Prompts(self.x[:count], self.y[:count], self.query[:count], self.target[:count])

    def part(self, cut: slice) -> Prompts:
        """Keep some problems only."""
        return Prompts(self.x[cut], self.y[cut], self.query[cut], self.target[cut])

    def first(self, examples: int) -> Prompts:
        """Keep the first examples only."""
        return replace(self, x=self.x[:, :examples], y=self.y[:, :examples])


@dataclass(frozen=True)
class LinearRegression:
    """A family of linear problems.

    Attributes
    ----------
    dims : int
        D, numbers in x.
    points : int
        N, examples in a prompt.
    input_range : float
        r: x ~ U(-r/2, r/2); of other laws the Frobenius norm of a prompt's inputs.
    weight_scale : float
        Standard deviation of w.
    noisy : int
        Labels of a prompt that are replaced by N(0, 1).
    layout : "pairs" or "turns"
        A token holds x and y together, or x and y are tokens in turn.
    law : str
        Law of the inputs; "mixed" draws one of exponential, normal and Laplace for every prompt,
        and all three are divided by the Frobenius norm of the prompt's inputs (the paper's test out
        of distribution).
    """

    dims: int = 10
    points: int = 10
    input_range: float = 1.0
    weight_scale: float = 1.0
    noisy: int = 0
    layout: Layout = "pairs"
    law: Law = "uniform"

    def __post_init__(self) -> None:
        if self.dims < 1 or self.points < 1:
            raise BadInput("a prompt needs at least one dimension and one example")
        if not 0 <= self.noisy <= self.points:
            raise BadInput(
                f"{self.noisy} labels of {self.points} cannot be noisy",
                remedy=f"Use 0 to {self.points}",
            )

    @property
    def width(self) -> int:
        """Numbers in a token."""
        return self.dims + 1 if self.layout == "pairs" else self.dims

    @property
    def length(self) -> int:
        """Tokens in a prompt, the query included."""
        return self.points + 1 if self.layout == "pairs" else 2 * self.points + 1

    @property
    def label(self) -> int:
        """Channel of a token that holds y: the prediction is read there, with a minus."""
        return self.dims if self.layout == "pairs" else self.dims - 1

    @property
    def naive(self) -> float:
        """Loss of answering 0: 1/2 E |w|^2 E x^2, the paper's D / 24."""
        uniform = self.law == "uniform"
        square = self.input_range**2 / (12.0 if uniform else self.points * self.dims)
        return 0.5 * self.dims * square * self.weight_scale**2

    def problems(self, draws: Draws, batch: int) -> Prompts:
        """Draw problems of this family."""
        return self.taught(draws, batch)[0]

    def taught(self, draws: Draws, batch: int) -> tuple[Prompts, Tensor]:
        """Draw problems, and the laws w (B, D) behind them."""
        inputs = self._inputs(draws, batch)
        weights = draws.normal((batch, self.dims)) * self.weight_scale
        labels = (inputs * weights[:, None]).sum(-1)
        y = labels[:, :-1].clone()
        if self.noisy:
            which = draws.order(batch, self.points)[:, : self.noisy]
            y.scatter_(1, which, draws.normal((batch, self.noisy)))
        x, query = inputs[:, :-1].contiguous(), inputs[:, -1].contiguous()
        return Prompts(x, y, query, labels[:, -1]), weights

    def truth(self, law: Tensor, x: Tensor) -> Tensor:
        """Return the right answers (B,) of a law (D,) for inputs (B, D)."""
        return x @ law

    def _inputs(self, draws: Draws, batch: int) -> Tensor:
        """Draw x of all examples and of the query: (B, N + 1, D)."""
        import torch

        shape = (batch, self.points + 1, self.dims)
        if self.law == "uniform":
            return draws.uniform(-self.input_range / 2, self.input_range / 2, shape)
        kinds = {
            "exponential": draws.exponential,
            "normal": draws.normal,
            "laplace": draws.laplace,
        }
        if self.law == "mixed":
            which = draws.integers(0, len(LAWS), (batch,))[:, None, None]
            drawn = torch.stack([kinds[law](shape) for law in LAWS])
            inputs = torch.take_along_dim(drawn, which[None], 0)[0]
        else:
            inputs = kinds[self.law](shape)
        norm = inputs[:, :-1].flatten(1).norm(dim=1)[:, None, None]
        scaled: Tensor = inputs / norm * self.input_range
        return scaled

    def tokens(self, prompts: Prompts) -> Tensor:
        """Write problems as tokens (B, T, width); the query comes last, its y is 0.

        In turns: x_1, y_1, ..., x_N, y_N, x_query, each of D numbers (y in the last, the others
        0). The model adds channels for their positions.
        """
        x, y, query = prompts.x, prompts.y, prompts.query
        batch, points, dims = x.shape
        if self.layout == "pairs":
            tokens = x.new_zeros((batch, points + 1, dims + 1))
            tokens[:, :-1, :dims], tokens[:, :-1, dims], tokens[:, -1, :dims] = x, y, query
            return tokens
        tokens = x.new_zeros((batch, 2 * points + 1, dims))
        tokens[:, 0:-1:2] = x
        tokens[:, 1:-1:2, -1] = y
        tokens[:, -1] = query
        return tokens

    def prompts(self, tokens: Tensor, target: Tensor) -> Prompts:
        """Read back the problems of tokens that `tokens` wrote."""
        d = self.dims
        if self.layout == "pairs":
            x, y = tokens[:, :-1, :d], tokens[:, :-1, d]
        else:
            x, y = tokens[:, 0:-1:2, :d], tokens[:, 1:-1:2, d - 1]
        return Prompts(x, y, tokens[:, -1, :d], target)

    def draw(self, draws: Draws, batch: int) -> Batch:
        """Draw tokens (B, T, width) and the right answers (B,)."""
        problems = self.problems(draws, batch)
        return Batch(self.tokens(problems), problems.target)

    def loss(self, outputs: Tensor, targets: Tensor, mask: Tensor | None = None) -> Tensor:
        """Half the mean squared error of the answer, which is the last token's only output."""
        return squared_loss(outputs[:, -1, 0], targets)


def squared_loss(predictions: Tensor, targets: Tensor) -> Tensor:
    """Half the mean of squares, the paper's loss; float32 sums of 10^4 tasks are exact to 1e-6."""
    return 0.5 * (predictions - targets).square().mean()

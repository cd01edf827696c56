"""Few-shot learning by a model that was only ever trained to continue trajectories.

The prompt x_1, f(x_1), x_2, f(x_2), ... is no trajectory: f(x_i) is not followed by f(f(x_i)) but
by an unrelated x_{i+1}, which teaches the model pairs that are not there. A separator between the
examples breaks them (von Oswald et al., arXiv 2309.05858, section 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.attention.tasks import Batch, Draws
from engine.attention.tasks.dynamics import Dynamics, orthogonal
from engine.core.errors import BadInput, DivergedError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FewShot", "tune_separator"]


@dataclass(frozen=True)
class FewShot:
    """Examples of unseen orthogonal maps f, x ~ U(-1, 1).

    Attributes
    ----------
    dynamics : Dynamics
        What the model was trained on; says dimensions D and how tokens are made.
    shots : int
        Examples n in a prompt.
    separator : tuple of float, optional
        D numbers that follow each example; None for no separator, zeros break the false pairs.
    switch : int
        Example, from 1 on, at which another f begins; 0 for never.

    Raises
    ------
    BadInput
        If there is no example, or the separator has another size.
    """

    dynamics: Dynamics
    shots: int = 10
    separator: tuple[float, ...] | None = None
    switch: int = 0

    def __post_init__(self) -> None:
        if self.shots < 1 or not 0 <= self.switch <= self.shots:
            raise BadInput(
                f"{self.shots} examples with a change at number {self.switch} make no prompt",
                remedy="Use at least one example, and a change among them or 0 for none",
            )
        if self.separator is not None and len(self.separator) != self.dynamics.size:
            raise BadInput(
                f"a separator of {len(self.separator)} numbers does not fit tokens of "
                f"{self.dynamics.size}",
                remedy=f"Give {self.dynamics.size} numbers",
            )

    @property
    def period(self) -> int:
        """Tokens from one x to the next."""
        return 2 if self.separator is None else 3

    @property
    def naive(self) -> float:
        """Loss of predicting zero."""
        return self.dynamics.size / 6.0

    @property
    def length(self) -> int:
        """Tokens of a prompt."""
        return self.shots * self.period

    def examples(self, draws: Draws, batch: int) -> tuple[Tensor, Tensor]:
        """Draw x and f(x), each ``(B, shots, D)``."""
        import torch

        size = self.dynamics.size
        x = draws.uniform(-1.0, 1.0, (batch, self.shots, size))
        y = x @ orthogonal(draws, batch, size).mT
        if self.switch:
            other = x @ orthogonal(draws, batch, size).mT
            y = torch.cat([y[:, : self.switch - 1], other[:, self.switch - 1 :]], 1)
        return x, y

    def join(self, x: Tensor, y: Tensor, separator: Tensor | None = None) -> Tensor:
        """Lay examples out as observations ``(B, T, D)``.

        `separator` ``(D,)`` stands for the task's own where it is being tuned.
        """
        import torch

        parts = [x, y]
        if self.separator is not None:
            own = separator if separator is not None else x.new_tensor(self.separator)
            parts.append(own.expand_as(x))
        return torch.stack(parts, 2).reshape(x.shape[0], self.length, x.shape[2])

    def draw(self, draws: Draws, batch: int) -> Batch:
        """Draw prompts; `mask` ``(B, T)`` is 1 where the last token read is an x."""
        x, y = self.examples(draws, batch)
        return self.batch(x, y)

    def batch(self, x: Tensor, y: Tensor, separator: Tensor | None = None) -> Batch:
        """Make a batch of given examples; see `join`."""
        tokens = self.dynamics.encode(self.join(x, y, separator))
        targets = y.repeat_interleave(self.period, dim=1)
        mask = x.new_zeros(x.shape[0], self.length)
        mask[:, :: self.period] = 1.0
        return Batch(tokens, targets, mask)

    def loss(self, outputs: Tensor, targets: Tensor, mask: Tensor | None = None) -> Tensor:
        """Half the squared error of f(x), summed over dimensions, mean over examples."""
        return self.dynamics.loss(outputs, targets, mask)

    def by_shot(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Loss of example 1, 2, ..., ``(shots,)``, mean over prompts."""
        errors = self.dynamics.by_position(outputs, targets)
        return errors[:: self.period]


def tune_separator(
    model: Callable[[Tensor], Tensor],
    task: FewShot,
    rng: np.random.Generator,
    *,
    updates: int = 300,
    rate: float = 1e-3,
    batch: int = 64,
    device: str = "cpu",
    parts: int = 1,
    poll: Callable[[], None] = lambda: None,
) -> tuple[FewShot, NDArray[np.float64]]:
    """Find the separator with which a frozen model learns best from few examples.

    Parameters
    ----------
    model : callable
        Tokens ``(B, T, width)`` to predictions ``(B, T, D)``, differentiable in the tokens.
    task : FewShot
        Its separator is where the search starts; zeros if it has none.
    rng : numpy.random.Generator
        Examples are drawn from it.
    updates, rate, batch : int, float, int
        Steps of Adam, its learning rate, prompts per step.
    parts : int
        Pieces in which the prompts of a step go through the model.
    poll : callable
        Called before every piece and on its way back; what it raises ends the search.

    Returns
    -------
    task : FewShot
        With the separator that was found.
    losses : ndarray
        Loss before every update.

    Raises
    ------
    DivergedError
        If the loss leaves the finite numbers.
    """
    import torch

    from engine.attention.adam import Adam, Moments

    start = task.separator if task.separator is not None else (0.0,) * task.dynamics.size
    task = replace(task, separator=start)
    separator = torch.tensor(start, device=device, requires_grad=True)
    adam, moments = Adam(beta2=0.999), Moments.of(separator.detach())
    losses = np.zeros(updates)
    for update in range(updates):
        slope = torch.zeros_like(moments.first)
        x, y = task.examples(Draws(rng, device), batch)
        for inputs, values in zip(x.chunk(parts), y.chunk(parts), strict=True):
            poll()
            made = task.batch(inputs, values, separator)
            loss = task.loss(model(made.tokens), made.targets, made.mask) * (len(inputs) / batch)
            poll()
            slope += torch.autograd.grad(loss, [separator])[0]
            losses[update] += loss.item()
        if not np.isfinite(losses[update]):
            raise DivergedError(
                "the separator left the numbers that the model can read",
                remedy="Use a smaller learning rate",
            )
        moved, moments = adam.step(separator.detach(), slope, moments, rate)
        separator = moved.requires_grad_()
    return replace(task, separator=tuple(separator.detach().cpu().tolist())), losses

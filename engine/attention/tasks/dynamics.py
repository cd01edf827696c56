"""Next-token prediction of dynamical systems, each sequence with a law of its own.

A sequence obeys s_{t+1} = W s_t + noise with a W that no other sequence has, so that whoever is to
predict it has to find W from what was seen so far (von Oswald et al., arXiv 2309.05858, section 4
and appendix). Positions count tokens seen: t = 1 is the first prediction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.attention.tasks import Batch, Draws
from engine.core.errors import BadInput

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Dynamics", "Law", "Pairs", "Trajectories", "orthogonal"]

Spectrum = Literal["orthogonal", "contracting", "fixed", "non-linear"]
Tokens = Literal["constructed", "raw"]

_SLOWEST, _FASTEST = 0.9, 0.3  # eigenvalues of a contracting law
_OBSERVED = 0.5  # scale of the entries of C
_BENT = 1.1  # scale of the entries of A and B


@dataclass(frozen=True, eq=False)
class Law:
    """What moves a batch of sequences.

    Attributes
    ----------
    matrix : Tensor
        W*, ``(B, n, n)``.
    readout : Tensor, optional
        C of the partially observed, ``(B, D, n)``; None where the state itself is seen.
    """

    matrix: Tensor
    readout: Tensor | None = None


@dataclass(frozen=True, eq=False)
class Trajectories:
    """A batch of sequences as they happened.

    Attributes
    ----------
    law : Law
    states : Tensor
        ``(B, T + 1, n)``; the last one is only predicted, never read.
    seen : Tensor
        What is observed of them, ``(B, T + 1, D)``; `states` themselves unless there is a readout.
    """

    law: Law
    states: Tensor
    seen: Tensor


@dataclass(frozen=True, eq=False)
class Pairs:
    """The regression that a sequence poses: which keys were followed by which values.

    Attributes
    ----------
    keys : Tensor
        ``(B, T, K)``: z_{t-1}, with z_0 = 0.
    values : Tensor
        ``(B, T, D)``: s_t.
    queries : Tensor
        ``(B, T, K)``: z_t.
    targets : Tensor
        ``(B, T, D)``: s_{t+1}.
    """

    keys: Tensor
    values: Tensor
    queries: Tensor
    targets: Tensor


def orthogonal(draws: Draws, batch: int, size: int) -> Tensor:
    """Draw uniformly random orthogonal matrices, ``(batch, size, size)``.

    Q of the QR decomposition of a Gaussian matrix, the signs of R's diagonal moved into it: without
    that the law would depend on the decomposition (Mezzadri, arXiv math-ph/0609050).
    """
    import torch

    q, r = torch.linalg.qr(draws.normal((batch, size, size)))
    signs = torch.sign(torch.diagonal(r, dim1=-2, dim2=-1))
    return torch.as_tensor(q * signs[:, None, :])


@dataclass(frozen=True)
class Dynamics:
    """Sequences of random dynamical systems.

    Attributes
    ----------
    size : int
        Dimensions D that are seen.
    length : int
        Tokens T of a sequence.
    spectrum : str
        "orthogonal": W uniformly random orthogonal, s_1 ~ U(-1, 1). "contracting": W with
        eigenvalues from U(0.3, 0.9) and one of 0.9. "fixed": one orthogonal W for all sequences.
        "non-linear": s_{t+1} = W f(s_t) / abs(f(s_t)), f(x) = GELU(x A) B, s_1 ~ U(-0.25, 0.25).
    hidden : int
        Dimensions n of the state where only C s + noise is seen of it; 0 where all is seen.
    noise : float
        Standard deviation of the noise in every dimension.
    tokens : str
        "raw": the token is s_t. "constructed": (0, s_t, z_t, z_{t-1}), z_t = the last `stacked`
        observations, s_t first; what was before the first is 0.
    stacked : int
        Observations in z_t.
    world : int
        Seed of what all sequences share: the fixed W, or A and B.

    Raises
    ------
    BadInput
        If a number is out of its range.
    """

    size: int = 10
    length: int = 50
    spectrum: Spectrum = "orthogonal"
    hidden: int = 0
    noise: float = 0.01
    tokens: Tokens = "constructed"
    stacked: int = 1
    world: int = 0

    def __post_init__(self) -> None:
        if self.size < 1 or self.length < 2 or self.stacked < 1:
            raise BadInput(
                f"no sequence has {self.length} tokens of {self.size} dimensions, "
                f"{self.stacked} of them stacked",
                remedy="Use at least 1 dimension, 2 tokens and 1 stacked observation",
            )
        if self.hidden and self.hidden < self.size:
            raise BadInput(
                f"{self.size} dimensions cannot be a part of {self.hidden} hidden ones",
                remedy="Use at least as many hidden dimensions as are seen, or 0 for none",
            )
        if not (math.isfinite(self.noise) and self.noise >= 0):
            raise BadInput(f"the noise cannot be {self.noise}", remedy="Use 0 or more")

    @property
    def order(self) -> int:
        """Dimensions n of the state."""
        return self.hidden or self.size

    @property
    def width(self) -> int:
        """Numbers in a token."""
        return self.size if self.tokens == "raw" else 2 * self.size * (1 + self.stacked)

    @property
    def bound(self) -> float:
        """States are kept within plus and minus this."""
        return 2.0 if self.spectrum == "contracting" else 10.0

    @property
    def naive(self) -> float:
        """Loss of predicting zero, expected at t = 1 where the law keeps lengths."""
        if self.spectrum == "non-linear":
            return 0.5
        square = self.order / 3.0 * (_OBSERVED**2 * self.size if self.hidden else 1.0)
        return 0.5 * square

    @cached_property
    def _shared(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return the fixed W and the A and B of the non-linear law, from `world` alone."""
        draws = Draws(np.random.default_rng(self.world))
        n = self.order
        inward, outward = draws.normal((n, 4 * n)), draws.normal((4 * n, n))
        return orthogonal(draws, 1, n), _BENT * inward, _BENT * outward

    def law(self, draws: Draws, batch: int) -> Law:
        """Draw the laws of a batch of sequences."""
        readout = None
        if self.hidden:
            readout = _OBSERVED * draws.normal((batch, self.size, self.hidden))
        if self.spectrum == "contracting":
            return Law(self._contracting(draws, batch), readout)
        if self.spectrum == "fixed":
            one = self._shared[0].to(draws.device, draws.dtype)
            return Law(one.expand(batch, -1, -1), readout)
        return Law(orthogonal(draws, batch, self.order), readout)

    def _contracting(self, draws: Draws, batch: int) -> Tensor:
        import torch

        eigenvalues = draws.uniform(_FASTEST, _SLOWEST, (batch, self.order))
        eigenvalues[:, 0] = _SLOWEST
        basis = draws.normal((batch, self.order, self.order))
        # W = U diag U^-1, that is W U = U diag: solved from the right.
        return torch.as_tensor(
            torch.linalg.solve(basis, basis * eigenvalues[:, None, :], left=False)
        )

    def first(self, draws: Draws, batch: int) -> Tensor:
        """Draw first states, ``(batch, n)``."""
        reach = 0.25 if self.spectrum == "non-linear" else 1.0
        return draws.uniform(-reach, reach, (batch, self.order))

    def next(self, law: Law, state: Tensor, kick: Tensor | float = 0.0) -> Tensor:
        """Move states ``(B, n)`` on by one step; `kick` is added before they are bounded."""
        if self.spectrum == "non-linear":
            state = self._bend(state)
        moved = (law.matrix @ state[..., None])[..., 0] + kick
        return moved.clamp(-self.bound, self.bound)

    def _bend(self, state: Tensor) -> Tensor:
        from torch.nn.functional import gelu

        _, inward, outward = (part.to(state) for part in self._shared)
        bent = gelu(state @ inward) @ outward
        direction: Tensor = bent / bent.norm(dim=-1, keepdim=True).clamp_min(1e-12)
        return direction

    def trajectories(self, draws: Draws, batch: int) -> Trajectories:
        """Draw a batch of sequences of T + 1 states."""
        law, first = self.law(draws, batch), self.first(draws, batch)
        kicks = self.noise * draws.normal((batch, self.length, self.order))
        blur = None
        if law.readout is not None:
            blur = self.noise * draws.normal((batch, self.length + 1, self.size))
        return self.unroll(law, first, kicks, blur)

    def unroll(
        self, law: Law, first: Tensor, kicks: Tensor, blur: Tensor | None = None
    ) -> Trajectories:
        """Follow a law from first states.

        Parameters
        ----------
        law : Law
        first : Tensor
            ``(B, n)``.
        kicks : Tensor
            Noise of every step, ``(B, steps, n)``.
        blur : Tensor, optional
            Noise of what is observed, ``(B, steps + 1, D)``, where there is a readout.
        """
        import torch

        states = [first]
        for kick in kicks.unbind(1):
            states.append(self.next(law, states[-1], kick))
        path = torch.stack(states, 1)
        if law.readout is None:
            return Trajectories(law, path, path)
        seen = path @ law.readout.mT
        return Trajectories(law, path, seen if blur is None else seen + blur)

    def stack(self, seen: Tensor) -> Tensor:
        """Join each observation with those before it: (B, T, D) to z, (B, T, D * stacked)."""
        import torch

        return torch.cat([_delayed(seen, back) for back in range(self.stacked)], -1)

    def encode(self, seen: Tensor) -> Tensor:
        """Make tokens, ``(B, T, width)``, of observations ``(B, T, D)``."""
        import torch

        if self.tokens == "raw":
            return seen
        z = self.stack(seen)
        return torch.cat([torch.zeros_like(seen), seen, z, _delayed(z, 1)], -1)

    def pairs(self, seen: Tensor) -> Pairs:
        """Pose the regression of sequences ``(B, T + 1, D)``."""
        z = self.stack(seen[:, :-1])
        return Pairs(_delayed(z, 1), seen[:, :-1], z, seen[:, 1:])

    def draw(self, draws: Draws, batch: int) -> Batch:
        """Draw one batch: tokens of s_1 .. s_T, targets s_2 .. s_{T+1} ``(B, T, D)``."""
        seen = self.trajectories(draws, batch).seen
        return Batch(self.encode(seen[:, :-1]), seen[:, 1:])

    def loss(self, outputs: Tensor, targets: Tensor, mask: Tensor | None = None) -> Tensor:
        """Half the squared error, summed over dimensions, mean over sequences and positions.

        `mask` ``(B, T)`` is 1 where a position counts.
        """
        errors = 0.5 * (outputs - targets).square().sum(-1)
        if mask is None:
            return errors.mean()
        weights = mask.to(errors)
        return (errors * weights).sum() / weights.sum()

    def by_position(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of every position, ``(T,)``, mean over sequences."""
        return 0.5 * (outputs - targets).square().sum(-1).mean(0)


def _delayed(values: Tensor, by: int) -> Tensor:
    """Shift a sequence ``(B, T, K)`` to later positions, zeros before its beginning."""
    import torch

    if by == 0:
        return values
    length = values.shape[1]
    return torch.cat([torch.zeros_like(values[:, :by]), values[:, : max(0, length - by)]], 1)

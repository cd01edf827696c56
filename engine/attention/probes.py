"""Linear probes: what can be read off the residual stream, by layer and position.

A probe is a least-squares map from the stream at one layer and position to a target, fitted on one
half of the sequences and judged on the other (von Oswald et al., arXiv 2309.05858, section 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.attention.baselines import precondition
from engine.attention.tasks.dynamics import Pairs

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Probed", "probe", "targets_of"]

_RIDGE = 1e-6  # of the mean square of a feature: keeps dead channels from dividing by zero
_FAR = 2.0  # standard deviations above the mean norm beyond which a sample is left out


@dataclass(frozen=True, eq=False)
class Probed:
    """What linear probes found out on sequences that they were not fitted on.

    Attributes
    ----------
    r2 : Tensor
        Share of the target's variance that is explained, (layers + 1, positions) double; 1 is all
        of it, below 0 is worse than the mean.
    errors : Tensor
        Mean squared error of a number, (layers + 1, positions).
    """

    r2: Tensor
    errors: Tensor


def probe(
    stream: Tensor,
    targets: Tensor,
    *,
    positions: Sequence[int] | None = None,
    filtered: bool = False,
) -> Probed:
    """Fit and judge a probe for every layer and position.

    Parameters
    ----------
    stream : Tensor
        ``(layers + 1, N, T, E)``: the residual stream of N sequences, before the first layer and
        after each.
    targets : Tensor
        ``(N, T, D)``.
    positions : sequence of int, optional
        Which of the T positions, from 0 on; all if none are given.
    filtered : bool
        Leave out samples whose target is longer than the mean by 2 standard deviations, in both
        halves: preconditioned inputs have heavy tails while t < K.

    Raises
    ------
    ValueError
        If there are fewer than four sequences.
    """
    import torch

    if stream.shape[1] < 4:
        raise ValueError("a probe needs at least four sequences")
    where = list(range(stream.shape[2])) if positions is None else list(positions)
    inputs = stream[:, :, where].double().permute(0, 2, 1, 3)  # (layers + 1, positions, N, E)
    wanted = targets[:, where].double().permute(1, 0, 2)  # (positions, N, D)
    keep = torch.ones_like(wanted[..., :1])
    if filtered:
        norms = wanted.norm(dim=-1, keepdim=True)
        spread = norms.std(1, keepdim=True)
        keep = (norms <= norms.mean(1, keepdim=True) + _FAR * spread).to(wanted)
    half = stream.shape[1] // 2
    return _judge(
        (inputs[:, :, :half], wanted[:, :half], keep[:, :half]),
        (inputs[:, :, half:], wanted[:, half:], keep[:, half:]),
    )


def _judge(fit: tuple[Tensor, Tensor, Tensor], held: tuple[Tensor, Tensor, Tensor]) -> Probed:
    import torch

    inputs, wanted, keep = fit
    count = keep.sum(-2, keepdim=True).clamp_min(1.0)
    middle = (inputs * keep).sum(-2, keepdim=True) / count
    mean = (wanted * keep).sum(-2, keepdim=True) / count
    centred = (inputs - middle) * keep
    gram = centred.mT @ centred
    size = gram.shape[-1]
    scale = torch.diagonal(gram, dim1=-2, dim2=-1).mean(-1)[..., None, None]
    eye = torch.eye(size, dtype=gram.dtype, device=gram.device)
    loaded = gram + (_RIDGE * scale + 1e-30) * eye
    # Numbers that are too large make it NaN or singular: R^2 is NaN there.
    weights, singular = torch.linalg.solve_ex(loaded, centred.mT @ ((wanted - mean) * keep))
    weights = weights.masked_fill((singular > 0)[..., None, None], torch.nan)
    inputs, wanted, keep = held
    missed = ((wanted - mean - (inputs - middle) @ weights) * keep).square().sum((-2, -1))
    own = (wanted * keep).sum(-2, keepdim=True) / keep.sum(-2, keepdim=True).clamp_min(1.0)
    spread = ((wanted - own) * keep).square().sum((-2, -1))
    numbers = keep.sum((-2, -1)).clamp_min(1.0) * wanted.shape[-1]
    return Probed(1.0 - missed / spread.clamp_min(1e-30), missed / numbers)


def targets_of(pairs: Pairs, lam: float) -> dict[str, Tensor]:
    """Return what is worth looking for in the stream, by name, each ``(N, T, D or K)``.

    The token itself, the one before it (what a copy layer brings), the one to come (the target
    probe) and the preconditioned input (H_t + lam I)^-1 s_t (the preconditioning probe).
    """
    return {
        "s(t)": pairs.queries,
        "s(t-1)": pairs.keys,
        "s(t+1)": pairs.targets,
        "H⁻¹ s(t)": precondition(pairs, lam),
    }

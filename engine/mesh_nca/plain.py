"""The message-passing formulation in torch: the oracle of the tests, the baseline of the benches.

As the published code computes a step: gather x_j - x_i on all directed edges, harmonics of the
directions, `index_add_` per harmonic, the network on all vertices, then the mask; plain autograd.
Aggregation and harmonics as in `engine.mesh_nca.rule`; of the controls it knows the fire rate only.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

from engine.mesh_nca.rule import MeshRule
from engine.meshes.surface import Surface

__all__ = ["Messages", "harmonics", "plain_step"]


def harmonics(degree: int, directions: torch.Tensor) -> list[torch.Tensor]:
    """The (degree + 1)^2 harmonics of unit directions (E, 3), (E,) each, as a rule takes them."""
    x, y, z = directions.unbind(1)
    if degree < 2:
        return [torch.ones_like(x), y, z, x][: (degree + 1) ** 2]
    return [
        torch.full_like(x, 0.282094791773878),
        -0.48860251190292 * y,
        0.48860251190292 * z,
        -0.48860251190292 * x,
        1.09254843059208 * x * y,
        -1.09254843059208 * y * z,
        0.94617469575756 * z * z - 0.31539156525252,
        -1.09254843059208 * x * z,
        0.54627421529604 * (x * x - y * y),
    ]


class Messages:
    """Directed edges of a surface as torch takes them.

    Attributes
    ----------
    points : (V, 3), ends : (E,) int64 j, origins : (E,) int64 i, valence : (V, 1)
    whole : (V, 1)
        Valence, and two more on an open border.
    """

    def __init__(self, surface: Surface, device: str = "cpu") -> None:
        self.points = torch.from_numpy(surface.vertices.copy()).to(device)
        self.ends = torch.from_numpy(surface.neighbours.copy()).to(device, torch.int64)
        valence = torch.from_numpy(surface.valence.copy()).to(device, torch.int64)
        self.origins = torch.repeat_interleave(torch.arange(len(valence), device=device), valence)
        self.valence = valence[:, None].to(self.points)
        border = torch.from_numpy(surface.border.copy()).to(device)
        self.whole = self.valence + 2 * border[:, None]

    def perceive(self, rule: MeshRule, x: torch.Tensor) -> torch.Tensor:
        """What every vertex perceives, (V, P)."""
        away = self.points[self.ends] - self.points[self.origins]
        directions = away / (away.norm(dim=1, keepdim=True) + 1e-8)
        difference = x[self.ends] - x[self.origins]
        blocks = []
        for y in harmonics(rule.degree, directions):
            total = torch.zeros_like(x).index_add_(0, self.origins, difference * y[:, None])
            if rule.aggregation == "mean":
                total = total / self.valence.clamp(min=1)
            elif rule.aggregation == "mean6":
                total = 6 * total / self.whole.clamp(min=1)
            blocks.append(total)
        return torch.cat([*blocks, x], dim=1)


def plain_step(
    rule: MeshRule,
    messages: Messages,
    weights: Mapping[str, torch.Tensor],
    x: torch.Tensor,
    mask: torch.Tensor,
) -> torch.Tensor:
    """One step of (V, C) states; differentiable in weights and state."""
    z = messages.perceive(rule, x)
    update = torch.relu(z @ weights["w1"] + weights["b1"]) @ weights["w2"]
    if "b2" in weights:
        update = update + weights["b2"]
    return x + update * mask[:, None].to(x)

"""Heads that look at fixed places, stepped by a phase: cheap weights of every form."""

import numpy as np
from pydantic import BaseModel

from engine.core.errors import BadInput
from engine.core.figures import HeadsView
from engine.core.params import Params, live, rebuild
from engine.core.system import Action, Row, System, SystemInfo, ViewOffer

SIGNS = "kT9aWq.Bz3mRxyzabcdefgh"
ROLES = ("previous", "", "first", "induction")


class AttentiveParams(Params):
    """How large, and of which kind."""

    layers: int = rebuild(4, "Layers", ge=1, le=8)
    heads: int = rebuild(4, "Heads of a layer", ge=1, le=8)
    tokens: int = rebuild(24, "Tokens", ge=2, le=512)
    signed: bool = rebuild(False, "Weights of both signs")
    apart: bool = rebuild(False, "Only one query, which is another token")
    compare: bool = live(False, "Beside another model")


class OfHead(BaseModel):
    """Which head."""

    layer: int
    head: int


class Attentive(System):
    """A toy of attention."""

    info = SystemInfo("attentive", "Attentive", "Heads that look about", "none", "Toys")
    Params = AttentiveParams

    def build(self):
        self.off = set()
        self.asked = []

    def start(self):
        self.phase = np.zeros(1)

    def advance(self, poll):
        self.phase = self.phase + 1

    def get_arrays(self, part):
        return {"phase": self.phase} if part == "world" else {}

    def set_arrays(self, part, arrays):
        if part == "world":
            self.phase = arrays["phase"]

    def view_offers(self):
        return (ViewOffer("heads", "Heads", "heads"),)

    def weights(self, layer, head):
        p = self.params
        size = p.tokens
        grid = np.random.default_rng(100 * layer + head)
        q, k = np.mgrid[0 : 1 if p.apart else size, 0:size]
        score = grid.normal(size=q.shape) * (1 + 0.2 * np.sin(self.phase[0] / 7 + layer))
        kind = (layer + head) % 4
        half = max(size // 2, 1)
        if kind == 0:
            score = score + 5.0 * (q - k == 1)
        elif kind == 2:
            score = score + 4.0 * (k == 0)
        elif kind == 3:
            score = score + 6.0 * ((q - k == half - 1) & (q >= half))
        if p.signed:
            return score.astype(np.float32)
        later = k > q if not p.apart else np.zeros_like(k, bool)
        weight = np.where(later, 0.0, np.exp(score))
        weight = weight / weight.sum(axis=1, keepdims=True)
        return np.where(later, np.nan, weight).astype(np.float32)

    def views(self, wanted):
        request = wanted.get("heads")
        if request is None:
            return {}
        p = self.params
        every = np.stack(
            [np.stack([self.weights(i, j) for j in range(p.heads)]) for i in range(p.layers)]
        )
        for layer, head in self.off:
            every[layer, head] = np.where(np.isnan(every[layer, head]), np.nan, 0)
        layer, head = request.channels or (p.layers - 2 if p.layers > 1 else 0, 0)
        keys = tuple(SIGNS[i % min(p.tokens // 2 or 1, len(SIGNS))] for i in range(p.tokens))
        half = max(p.tokens // 2, 1)
        roles = tuple(tuple(ROLES[(i + j) % 4] for j in range(p.heads)) for i in range(p.layers))
        other = every[:, ::-1] if p.compare else None
        small = every
        if p.tokens > request.max_size:
            step = -(-p.tokens // request.max_size)
            small = every[:, :, :: 1 if p.apart else step, ::step]
        return {
            "heads": HeadsView(
                step=self.step_count,
                weights=small,
                keys=keys,
                queries=("query",) if p.apart else (),
                signed=p.signed,
                focused=(layer, head),
                focus=every[layer, head].copy(),
                roles=roles,
                scores=(("induction", np.full((p.layers, p.heads), 0.93)),),
                off=tuple(sorted(self.off)),
                patched=((0, p.heads - 1),) if p.heads > 2 else (),
                guide=tuple((t, t - half + 1) for t in range(half, p.tokens)),
                groups=tuple(t // half for t in range(p.tokens)),
                cursor=-1 if p.apart else int(self.phase[0]) % p.tokens,
                other=None if other is None else other[:, :, : small.shape[2], : small.shape[3]],
                other_focus=None if other is None else other[layer, head].copy(),
                names=("learned", "constructed") if p.compare else ("", ""),
            )
        }

    def actions(self):
        return {"switch": Action("Switch head on/off", OfHead, target="head")}

    def act(self, name, arguments):
        place = (arguments.layer, arguments.head)
        if place[0] >= self.params.layers or place[1] >= self.params.heads:
            raise BadInput("there is no such head")
        self.off ^= {place}

    def inspect(self, pick):
        self.asked.append(pick)
        layer, head, query, key = (int(part) for part in pick.at)
        return Row("head", f"{layer + 1}.{head + 1}"), Row("query", query), Row("key", key)

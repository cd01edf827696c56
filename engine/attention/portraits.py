"""Pictures of attention: every head as a tile, reduced so that thin diagonals stay visible."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.attention.gauges import score_factors
from engine.core.figures import HeadsView
from engine.core.views import ViewRequest

if TYPE_CHECKING:
    from engine.attention.base import AttentionSystem
    from engine.attention.shown import Shown

__all__ = ["all_heads", "focus_of", "focused_head", "heads_view", "in_focus", "reduced"]

Array = NDArray[Any]

_MASKED = np.uint32(0x7FC00000)  # the bits of NaN
_OVERFLOWED = np.uint32(0xFF000000)  # from here on the turned bits are infinite or NaN


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _reduce(bits: Array, tops: Array, lefts: Array, causal: bool, out: Array) -> None:
    """Keep the weight of greatest magnitude of each block; NaN where there is none.

    Both are the bits of float32 numbers. Turned left by one, sign last, they are ordered by
    magnitude, and whole numbers are compared several at a time.
    """
    for t in range(len(bits)):
        for i in range(len(tops) - 1):
            top, bottom = tops[i], tops[i + 1]
            for j in range(len(lefts) - 1):
                left, right = lefts[j], lefts[j + 1]
                best = np.uint32(0)
                for r in range(top, bottom):
                    end = min(right, r + 1) if causal else right
                    for c in range(left, end):
                        one = bits[t, r, c]
                        best = max(best, np.uint32((one << np.uint32(1)) | (one >> np.uint32(31))))
                turned = (best >> np.uint32(1)) | (best << np.uint32(31))
                hidden = causal and left >= bottom
                out[t, i, j] = _MASKED if hidden or best >= _OVERFLOWED else turned


def reduced(tiles: NDArray[np.float32], size: int, *, causal: bool = False) -> NDArray[np.float32]:
    """Reduce matrices so that no side exceeds `size`; smaller ones keep theirs.

    Parameters
    ----------
    tiles : ndarray
        ``(n, queries, keys)`` float32.
    size : int
        Texels at most.
    causal : bool
        What lies above the diagonal may not be looked at: NaN.

    Returns
    -------
    ndarray
        ``(n, rows, columns)`` float32: in each block the weight of greatest magnitude, NaN where
        none of it may be looked at or all of it overflowed.
    """
    rows, columns = (max(1, min(size, side)) for side in tiles.shape[1:])
    if (rows, columns) == tiles.shape[1:]:
        return _whole(tiles, causal)
    out = np.empty((len(tiles), rows, columns), np.float32)
    bits = np.ascontiguousarray(tiles, np.float32).view(np.uint32)
    edges = (
        np.arange(parts + 1) * side // parts
        for parts, side in zip((rows, columns), tiles.shape[1:], strict=True)
    )
    _reduce(bits, *edges, causal, out.view(np.uint32))
    return out


def _whole(tiles: NDArray[np.float32], causal: bool) -> NDArray[np.float32]:
    """Copy matrices that are small enough."""
    out = np.array(tiles, np.float32)
    np.copyto(out, np.nan, where=~np.isfinite(out))
    if causal:
        rows, columns = np.triu_indices(out.shape[1], 1, out.shape[2])
        out[:, rows, columns] = np.nan
    return out


def all_heads(shown: Shown, size: int) -> NDArray[np.float32]:
    """Return who attends to whom in every head: (layers, heads, rows, columns).

    Heads that a layer lacks are NaN. Made once for a size: equal weights are the same array.
    """
    if size not in shown.reduced:
        tiles = [
            reduced(shown.attention(layer), size, causal=shown.design.causal)
            for layer in range(shown.design.depth)
        ]
        most = max(len(layer) for layer in tiles)
        stacked = np.full((len(tiles), most, *tiles[0].shape[1:]), np.nan, np.float32)
        for layer, heads in enumerate(tiles):
            stacked[layer, : len(heads)] = heads
        shown.reduced[size] = stacked
    return shown.reduced[size]


def focus_of(shown: Shown, head: tuple[int, int]) -> NDArray[np.float32]:
    """Return one head's weights unreduced, NaN where a query may not look: (queries, keys)."""
    if head not in shown.focused:
        one = shown.attention(head[0])[head[1]][None]
        shown.focused[head] = reduced(one, max(one.shape), causal=shown.design.causal)[0]
    return shown.focused[head]


def focused_head(system: AttentionSystem, shown: Shown, request: ViewRequest) -> tuple[int, int]:
    """Return the head that is asked for, else the one that tells most."""
    if len(request.channels) != 2:
        request = replace(request, channels=system.leading_head(shown))
    return in_focus(shown, request)


def in_focus(shown: Shown, request: ViewRequest) -> tuple[int, int]:
    """Return the head that is asked for, the nearest one that there is."""
    layer, head = request.channels if len(request.channels) == 2 else (0, 0)
    layer = min(max(0, layer), shown.design.depth - 1)
    return layer, min(max(0, head), shown.design.layers[layer].heads - 1)


def heads_view(system: AttentionSystem, request: ViewRequest) -> HeadsView:
    """Show every head of the displayed model, and of the one it is compared with."""
    shown, other = system.shown(), system.other()
    focused = focused_head(system, shown, request)
    labels = system.labels(shown.prompt, shown.cursor)
    roles, scores = system.roles(shown)
    beside = _beside(system, shown, other, request.max_size, focused)
    design = shown.design
    count = len(labels.queries or labels.keys)
    cursor = system.query(shown.prompt, shown.cursor)
    return HeadsView(
        **system.age(),
        weights=all_heads(shown, request.max_size),
        keys=labels.keys,
        queries=labels.queries,
        signed=tuple(layer.kind != "softmax" for layer in design.layers),
        focused=focused,
        focus=focus_of(shown, focused),
        roles=roles,
        scores=tuple((name, np.asarray(values, np.float32)) for name, values in scores.items()),
        off=tuple(sorted(system.edits.off)),
        patched=_patched(system),
        guide=labels.guide,
        groups=labels.groups,
        cursor=cursor if 0 <= cursor < count else -1,
        other=beside[0],
        other_focus=beside[1],
        names=(shown.name, beside[2]),
    )


def _patched(system: AttentionSystem) -> tuple[tuple[int, int], ...]:
    """List the heads that are patched; where layers share their weights, those of all layers."""
    patched = system.edits.patched
    if system.design.shared:
        patched = frozenset(
            (layer, head) for _, head in patched for layer in range(system.design.depth)
        )
    return tuple(sorted(patched))


def _beside(
    system: AttentionSystem, shown: Shown, other: Shown | None, size: int, focused: tuple[int, int]
) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None, str]:
    """Return heads, the one in focus and the name of what is compared with, in the same gauge.

    So heads that do the same look the same; `AttentionParams.normalise` says so.
    """
    if other is None:
        return None, None, ""
    every, focus = all_heads(other, size), focus_of(other, focused)
    factors = score_factors(system, shown, other)
    if (factors == 1).all():
        return every, focus, other.name
    scaled = every * factors[:, :, None, None]
    return scaled, focus * factors[focused], other.name

"""Pictures of attention: every head as a tile, reduced so that thin diagonals stay visible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.core.figures import HeadsView
from engine.core.views import ViewRequest

if TYPE_CHECKING:
    from engine.attention.base import AttentionSystem
    from engine.attention.shown import Shown

__all__ = ["all_heads", "focus_of", "heads_view", "reduced"]

Array = NDArray[Any]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _reduce(tiles: Array, rows: int, columns: int, causal: bool, out: Array) -> None:
    """Keep the finite weight of greatest magnitude of each block, NaN where there is none."""
    count, height, width = tiles.shape
    for t in range(count):
        for i in range(rows):
            top, bottom = i * height // rows, (i + 1) * height // rows
            for j in range(columns):
                left, right = j * width // columns, (j + 1) * width // columns
                best, found = np.float32(0.0), False
                for r in range(top, bottom):
                    end = min(right, r + 1) if causal else right
                    for c in range(left, end):
                        value = tiles[t, r, c]
                        if np.isfinite(value) and (not found or abs(value) > abs(best)):
                            best, found = value, True
                out[t, i, j] = best if found else np.nan


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
    out = np.empty((len(tiles), rows, columns), np.float32)
    _reduce(np.ascontiguousarray(tiles, np.float32), rows, columns, causal, out)
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


def in_focus(shown: Shown, request: ViewRequest) -> tuple[int, int]:
    """Return the head that is asked for, the nearest one that there is."""
    layer, head = request.channels if len(request.channels) == 2 else (0, 0)
    layer = min(max(0, layer), shown.design.depth - 1)
    return layer, min(max(0, head), shown.design.layers[layer].heads - 1)


def heads_view(system: AttentionSystem, request: ViewRequest) -> HeadsView:
    """Show every head of the displayed model, and of the one it is compared with."""
    shown, other = system.shown(), system.other()
    focused = in_focus(shown, request)
    labels = system.labels(shown.prompt, shown.cursor)
    roles, scores = system.roles(shown)
    design = shown.design
    count = len(labels.queries or labels.keys)
    cursor = system.query(shown.prompt, shown.cursor)
    return HeadsView(
        **system.age(),
        weights=all_heads(shown, request.max_size),
        keys=labels.keys,
        queries=labels.queries,
        signed=any(layer.kind != "softmax" for layer in design.layers),
        focused=focused,
        focus=focus_of(shown, focused),
        roles=roles,
        scores=tuple((name, np.asarray(values, np.float32)) for name, values in scores.items()),
        off=tuple(sorted(system.edits.off)),
        patched=tuple(sorted(system.edits.patched)),
        guide=labels.guide,
        groups=labels.groups,
        cursor=cursor if 0 <= cursor < count else -1,
        other=None if other is None else all_heads(other, request.max_size),
        other_focus=None if other is None else focus_of(other, focused),
        names=(shown.name, "" if other is None else other.name),
    )

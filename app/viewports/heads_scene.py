"""What the panes of a heads viewport share: the view, how it is drawn, what is pointed at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.viewports.heads_colour import Scale, peaks, scale_of
from app.viewports.heads_look import Cell, Head, Look, Map, Source
from engine.core.figures import HeadsView

__all__ = ["Scene"]


class Scene(QObject):
    """The newest view, and what hands, keys and menus made of it.

    Signals
    -------
    changed()
        The view, or how it is drawn.
    pointed()
        What is pointed at: only what lies upon the drawings.
    head_chosen()
        The head in focus was changed by the user.

    Attributes
    ----------
    view : HeadsView, optional
    look : Look
    head : (layer, head), optional
        The head in focus; None leaves it to the system.
    previewed : (layer, head), optional
        The head under the cursor, shown in place of the one in focus.
    added : tuple of (layer, head)
        More heads among the arcs.
    cell : (query, key), optional
        Under the cursor.
    locked : (query, key), optional
    token : (token, is query), optional
        The token under the cursor.
    """

    changed = Signal()
    pointed = Signal()
    head_chosen = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view: HeadsView | None = None
        self.look = Look()
        self.head: Head | None = None
        self.previewed: Head | None = None
        self.added: tuple[Head, ...] = ()
        self.cell: Cell | None = None
        self.locked: Cell | None = None
        self.token: int | None = None
        self._apart = False
        self._labels: tuple[str, ...] = ()
        self._peaks: dict[Source, NDArray[np.float32]] = {}

    # What is shown

    def take(self, view: HeadsView) -> None:
        """Show another view; what no longer exists is let go."""
        before = self.view
        if before is not None:
            view = _settled(before, view)
        self.view = view
        keys, queries = view.keys, view.queries
        self._apart = any(a != b for a, b in zip(queries, keys, strict=False))
        self._labels = (*keys, *queries) if self._apart else max(keys, queries, key=len)
        if before is None or view.weights is not before.weights or view.other is not before.other:
            self._peaks = {}
        if self.head is not None and not self.exists(self.head):
            self.head = None
        self.added = tuple(head for head in self.added if self.exists(head))
        if self.previewed is not None and not self.exists(self.previewed):
            self.previewed = None
        rows, columns = self.counts
        for name in ("cell", "locked"):
            cell = getattr(self, name)
            if cell is not None and not (cell[0] < rows and cell[1] < columns):
                setattr(self, name, None)
        if self.token is not None and self.token >= self.tokens:
            self.token = None
        self.changed.emit()

    def choose(self, **choices: Any) -> None:
        """Change how it is drawn."""
        look = replace(self.look, **choices)
        if look != self.look:
            if look.masked != self.look.masked or look.source != self.look.source:
                self._peaks = {}
            self.look = look
            self.changed.emit()

    @property
    def ready(self) -> bool:
        """Whether there is anything to be seen."""
        return self.view is not None and bool(self.view.weights.size and self.view.keys)

    @property
    def size(self) -> tuple[int, int]:
        """Layers and heads."""
        if self.view is None:
            return 0, 0
        layers, heads = self.view.weights.shape[:2]
        return int(layers), int(heads)

    @property
    def texels(self) -> int:
        """Columns of a tile."""
        return int(self.view.weights.shape[3]) if self.view is not None else 1

    @property
    def counts(self) -> tuple[int, int]:
        """Queries and keys, unreduced."""
        if self.view is None:
            return 0, 0
        keys = len(self.view.keys)
        if self.view.queries:
            return len(self.view.queries), keys
        rows = self.view.focus.shape[0] or self.view.weights.shape[2]
        return (keys if rows == self.view.weights.shape[3] or not rows else int(rows)), keys

    @property
    def apart(self) -> bool:
        """Whether those that look are other tokens than those looked at, not just more of them."""
        return self._apart

    @property
    def tokens(self) -> int:
        """Tokens in a row of them: keys, and after them queries where they are others."""
        return len(self.labels)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the row of tokens."""
        return self._labels

    def token_of(self, query: int) -> int:
        """Return the place in the row of tokens of a query."""
        return query + self.counts[1] if self.apart else query

    def query_of(self, token: int) -> int | None:
        """Return which query a token of the row is, None for a key alone."""
        query = token - self.counts[1] if self.apart else token
        return query if 0 <= query < self.counts[0] else None

    def key_of(self, token: int) -> int | None:
        """Return which key a token of the row is, None for a query alone."""
        return token if token < self.counts[1] else None

    def exists(self, head: Head) -> bool:
        """Whether there is such a head."""
        layers, heads = self.size
        if self.view is None or not (0 <= head[0] < layers and 0 <= head[1] < heads):
            return False
        return not bool(np.isnan(self.view.weights[head]).all())

    # Which head

    @property
    def focused(self) -> Head:
        """The head in focus."""
        if self.head is not None:
            return self.head
        return self.view.focused if self.view is not None else (0, 0)

    @property
    def shown(self) -> Head:
        """The head in the large map: the one under the cursor before the one in focus."""
        return self.previewed if self.previewed is not None else self.focused

    def focus(self, head: Head) -> None:
        """Put a head in focus."""
        if self.exists(head) and head != self.head:
            self.head = head
            self.previewed = None
            self.head_chosen.emit()
            self.changed.emit()

    def toggle(self, head: Head) -> None:
        """Add a head to the arcs, or take it away."""
        if head == self.focused or not self.exists(head):
            return
        if head in self.added:
            self.added = tuple(one for one in self.added if one != head)
        else:
            self.added = (*self.added, head)
        self.changed.emit()

    def flow_heads(self) -> tuple[Head, ...]:
        """Return the heads among the arcs, the one that leads last: it is drawn uppermost."""
        layer, _ = self.shown
        more = self.added
        if self.look.layer_flow:
            more = tuple((layer, head) for head in range(self.size[1]))
        others = [head for head in more if head != self.shown and self.exists(head)]
        return (*others, self.shown)

    # Values

    def values(self, head: Head, source: Source = "model") -> NDArray[Any]:
        """Return the weights of a head, unreduced if that is known: (rows, columns) float32."""
        view = self.view
        assert view is not None
        whole = head == view.focused and view.focus.size > 0
        own = view.focus if whole else view.weights[head]
        if source == "model" or view.other is None:
            return self._masked(own)
        other = view.other_focus if whole and view.other_focus is not None else view.other[head]
        if other.shape != own.shape:
            own, other = view.weights[head], view.other[head]
        return self._masked(other if source == "other" else own - other)

    def tiles(self) -> NDArray[Any]:
        """Return the weights that the tiles show, (layers, heads, rows, columns)."""
        view = self.view
        assert view is not None
        source = self.look.source
        if source == "model" or view.other is None:
            return self._masked(view.weights)
        return self._masked(view.other if source == "other" else view.weights - view.other)

    def scale(self, head: Head, source: Source = "model") -> Scale:
        """Return the scale of a head; both models have one in common."""
        view = self.view
        assert view is not None
        signed = view.is_signed(head[0]) or source == "difference"
        share = self.look.share
        scale = scale_of(self._high(source), head, signed, share, self.look.logarithmic)
        if source == "difference" or view.other is None or self.look.compare == "off":
            return scale
        pair = [scale_of(self._high(s), head, signed, share).high for s in ("model", "other")]
        return replace(scale, high=max(pair))

    def maps(self) -> tuple[Map, ...]:
        """Return the heat-maps of the head that is shown: one, or two or three in comparison."""
        view, head = self.view, self.shown
        if view is None or not view.weights.size:
            return ()
        wanted: tuple[Source, ...] = ("model",)
        if view.other is not None and self.look.compare != "off":
            wanted = ("model", "other")
            if self.look.compare == "difference":
                wanted = ("model", "other", "difference")
        titles = {
            "model": view.names[0] if len(wanted) > 1 else "",
            "other": view.names[1] or "other",
            "difference": "difference",
        }
        return tuple(Map(titles[s], self.values(head, s), self.scale(head, s), s) for s in wanted)

    def at(self, cell: Cell, values: NDArray[Any]) -> float:
        """Read a map at a cell, also where it is reduced."""
        rows, columns = self.counts
        row = min(int(cell[0] * values.shape[0] / max(rows, 1)), values.shape[0] - 1)
        column = min(int(cell[1] * values.shape[1] / max(columns, 1)), values.shape[1] - 1)
        return float(values[row, column])

    def _high(self, source: Source) -> NDArray[np.float32]:
        view = self.view
        assert view is not None
        if source not in self._peaks:
            weights = view.weights
            if source != "model" and view.other is not None:
                weights = view.other if source == "other" else view.weights - view.other
            parts = [
                peaks(one[None], view.is_signed(layer) or source == "difference")
                for layer, one in enumerate(self._masked(weights))
            ]
            self._peaks[source] = np.concatenate(parts)
        return self._peaks[source]

    def _masked(self, weights: NDArray[Any]) -> NDArray[Any]:
        """Hide keys after the query, where that is wanted and means something."""
        if not self.look.masked or self.apart:
            return weights
        rows, columns = weights.shape[-2:]
        # Of what a texel stands for, the first key comes after the last query.
        first = np.arange(columns) * self.counts[1] / columns
        last = (np.arange(rows) + 1) * self.counts[0] / rows - 1
        later = first[None, :] > last[:, None] + 1e-9
        return np.where(later, np.float32(np.nan), weights)

    # What is pointed at

    @property
    def current(self) -> Cell | None:
        """The cell under the cursor, before the locked one."""
        return self.cell if self.cell is not None else self.locked

    def point(
        self, *, cell: Cell | None = None, token: int | None = None, head: Head | None = None
    ) -> None:
        """Say what is under the cursor; nothing takes everything back."""
        moved = head if head is not None and self.exists(head) else None
        turned = moved != self.previewed
        if not turned and (cell, token) == (self.cell, self.token):
            return
        self.cell, self.token, self.previewed = cell, token, moved
        (self.changed if turned else self.pointed).emit()

    def lock(self, cell: Cell | None) -> None:
        """Keep a cell, whatever the cursor does; None lets go."""
        if cell != self.locked:
            self.locked = cell
            self.pointed.emit()

    # Words

    def label(self, token: int) -> str:
        """Return the label of a token of the row: see `tokens`."""
        return self.labels[token]

    def query_label(self, query: int) -> str:
        """Return the label of a query."""
        return self.label(self.token_of(query))

    def role(self, head: Head) -> str:
        """Return what a head was seen to do, "" for nothing."""
        roles = self.view.roles if self.view is not None else ()
        known = head[0] < len(roles) and head[1] < len(roles[head[0]])
        return roles[head[0]][head[1]] if known else ""

    def readout(self) -> tuple[str, str]:
        """Say in two lines what is pointed at: who looks at whom, and how much.

        Tokens count from 1, as everywhere in words and files.
        """
        view, cell = self.view, self.current
        if view is None or cell is None:
            return "", ""
        row, column = cell
        query, key = f"{self.query_label(row)} ({row + 1})", f"{view.keys[column]} ({column + 1})"
        first = f"{query} looks at {key}"
        maps = self.maps()
        values = [self.at(cell, one.values) for one in maps]
        if np.isnan(values[0]):
            return first, "may not look there"
        if len(maps) > 1:
            parts = [f"{one.title} {v:.3g}" for one, v in zip(maps, values, strict=True)]
            return first, "  ".join(parts)
        signed = view.is_signed(self.shown[0])
        words = f"weight {values[0]:{'+' if signed else ''}.3g}"
        if signed and maps[0].values.shape[0] == self.counts[0]:
            words += f"  row sum {np.nansum(maps[0].values[cell[0]]):+.3g}"
        return first, words


def _settled(before: HeadsView, view: HeadsView) -> HeadsView:
    """Take the arrays of the view before where nothing in them changed: they were drawn already."""
    same: dict[str, Any] = {}
    for name in ("weights", "focus", "other", "other_focus"):
        old, new = getattr(before, name), getattr(view, name)
        if old is not new and old is not None and new is not None and _equal(old, new):
            same[name] = old
    return replace(view, **same) if same else view


def _equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Compare bit by bit: what is nothing equals itself."""
    if one.shape != other.shape or one.dtype != other.dtype or one.dtype.itemsize != 4:
        return False
    return np.array_equal(
        np.ascontiguousarray(one).view(np.uint32), np.ascontiguousarray(other).view(np.uint32)
    )

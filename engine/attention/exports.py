"""Tables of a laboratory of attention: who attends to whom, the weights, the training."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.attention.forward import products
from engine.core.files import check_writable, write_atomically
from engine.core.system import Export

if TYPE_CHECKING:
    from engine.attention.base import AttentionSystem

__all__ = ["exports_of"]


def exports_of(system: AttentionSystem) -> tuple[Export, ...]:
    """Return the tables as files."""
    return (
        Export(".attention.csv", "Attention of all heads", lambda path: _attention(system, path)),
        Export(".weights.csv", "KQ and PV of all heads", lambda path: _weights(system, path)),
        Export(".training.csv", "History of the training", lambda path: _training(system, path)),
    )


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    goal = check_writable(path)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_atomically(goal, text.getvalue().encode())


def _attention(system: AttentionSystem, path: Path) -> None:
    """Write a row for each weight that a query may look at; layers and heads count from 1."""
    shown = system.shown()
    labels = system.labels(shown.prompt, shown.cursor)
    queries = labels.queries or labels.keys

    def rows() -> Iterable[Sequence[Any]]:
        for layer in range(shown.design.depth):
            for head, weights in enumerate(shown.attention(layer)):
                for (query, key), weight in np.ndenumerate(weights):
                    if not (shown.design.causal and key > query):
                        place = layer + 1, head + 1, query + 1, key + 1
                        yield *place, queries[query], labels.keys[key], float(weight)

    heads = ("layer", "head", "query", "key", "query_token", "key_token", "weight")
    _write(path, heads, rows())


def _weights(system: AttentionSystem, path: Path) -> None:
    """Write a row for each number of KQ and PV, as learned (no gauge)."""
    shown = system.shown()

    def rows() -> Iterable[Sequence[Any]]:
        for layer in range(shown.design.depth):
            for head in range(shown.design.layers[layer].heads):
                for name, matrix in zip(
                    ("KQ", "PV"), products(shown.design, shown.arrays, layer, head), strict=True
                ):
                    for (row, column), value in np.ndenumerate(matrix):
                        yield layer + 1, head + 1, name, row + 1, column + 1, float(value)

    _write(path, ("layer", "head", "matrix", "row", "column", "value"), rows())


def _training(system: AttentionSystem, path: Path) -> None:
    """Write a row for each point of each curve: the mean of as many updates as it stands for."""
    curves = system.past.curves()
    _write(
        path,
        ("scalar", "update", "value"),
        (
            (name, float(update), float(value))
            for name, (updates, values) in curves.items()
            for update, value in zip(updates, values, strict=True)
        ),
    )

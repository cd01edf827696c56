"""Pictures of a model of repeats: its sequence, losses and predictions, circuits, ablations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.attention.circuits import copying_scores, ov_circuit, position_circuit, qk_circuit
from engine.attention.sequence import groups_of
from engine.attention.tasks.repeats import NO_TARGET, successors
from engine.attention.text import label, labels
from engine.core.figures import ChartView, Cursor, Matrix, MatrixView, TableView
from engine.core.system import Row

if TYPE_CHECKING:
    from engine.attention.ablation import Ablation
    from engine.attention.design import Design
    from engine.attention.shown import Shown

__all__ = [
    "GUESSES",
    "ablation_view",
    "circuits_view",
    "logits_of",
    "losses_view",
    "predictions_view",
    "raised",
    "strip_view",
    "swatches",
    "token_losses",
    "token_table",
]

Array = NDArray[Any]
Age = Mapping[str, Any]
Head = tuple[int, int]

_NORM = 1e-5  # added to the variance by LayerNorm

GUESSES = 3
"""Likeliest symbols that are named."""

_COPIES = np.array(  # Okabe and Ito's colours, in the order of the heads viewport
    [
        (230, 159, 0),
        (86, 180, 233),
        (0, 158, 115),
        (204, 121, 167),
        (0, 114, 178),
        (213, 94, 0),
        (153, 153, 153),
        (240, 228, 66),
    ],
    np.uint8,
)


def probabilities(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Softmax of logits (T, V); NaN where they are not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        shifted = outputs - outputs.max(axis=-1, keepdims=True)
        sizes = np.exp(shifted.astype(np.float64))
        return np.asarray(sizes / sizes.sum(axis=-1, keepdims=True), np.float32)


def token_losses(shown: Shown) -> tuple[Array, Array]:
    """Return the loss in nats (T,) of every token's successor, NaN for none, and its chance."""
    targets = np.asarray(shown.prompt.targets[: shown.prompt.used])
    chances = probabilities(shown.outputs)[np.arange(len(targets)), np.maximum(targets, 0)]
    chances = np.where(targets == NO_TARGET, np.nan, chances)
    return -np.log(np.maximum(chances, 1e-30)), chances


def guesses(outputs: NDArray[np.float32]) -> list[tuple[str, ...]]:
    """Name the likeliest symbols after every token with their chances, from logits (T, V)."""
    chances = np.nan_to_num(probabilities(outputs))
    best = np.argsort(-chances, axis=1, kind="stable")[:, :GUESSES]
    return [
        tuple(f"{label(int(token))} {row[token]:.2f}" for token in tokens)
        for row, tokens in zip(chances, best, strict=True)
    ]


def strip_view(shown: Shown, age: Age) -> MatrixView:
    """Show the sequence, coloured by copy, over the loss of every token's successor."""
    prompt = shown.prompt
    keys = labels(prompt.tokens[: prompt.used])
    groups = groups_of(prompt)
    losses, chances = token_losses(shown)
    even = float(np.log(shown.design.outputs))
    place = shown.cursor - 1
    expects = ", ".join(guesses(shown.outputs[place : place + 1])[0])
    reading = f"after {keys[place]} at {shown.cursor} it expects {expects}"
    rows = (
        ("copies", groups, float(max(groups.max(), 1)), "which copy a symbol belongs to"),
        ("loss of the next symbol", losses, 1.5 * even, f"nats; {even:.2f} is guessing evenly"),
        ("chance of the right one", chances, 1.0, reading),
    )
    matrices = tuple(
        Matrix(
            title=title,
            values=np.asarray(values, np.float32)[None],
            columns=keys,
            limits=(0.0, high),
            colormap="viridis",
            note=note,
        )
        for title, values, high, note in rows
    )
    known = np.isfinite(losses)
    facts = (
        ("read", f"{shown.cursor} of {prompt.used}"),
        ("loss", float(losses[known].mean()) if known.any() else "none"),
    )
    return MatrixView(**age, matrices=matrices, across=1, facts=facts)


def losses_view(shown: Shown, age: Age) -> ChartView:
    """Draw the loss of every token's successor in this sequence."""
    losses, _ = token_losses(shown)
    x = 1.0 + np.arange(len(losses))
    even = np.full(len(losses), np.log(shown.design.outputs))
    seen = successors(shown.prompt.tokens[: shown.prompt.used]) >= 0
    return ChartView(
        **age,
        x="token",
        y="loss (nats)",
        curves=(("this sequence", x, losses.astype(np.float64)), ("guessing evenly", x, even)),
        dashed=("guessing evenly",),
        points=(("read before", x[seen], losses[seen].astype(np.float64)),),
        cursors=(Cursor(float(shown.cursor), "being read"),),
    )


def predictions_view(shown: Shown, age: Age) -> MatrixView:
    """Show the chance of every symbol (row) after every token (column)."""
    keys = labels(shown.prompt.tokens[: shown.prompt.used])
    chances = probabilities(shown.outputs)
    matrix = Matrix(
        title="what is expected next",
        values=np.ascontiguousarray(chances.T),
        rows=labels(np.arange(chances.shape[1])),
        columns=keys,
        limits=(0.0, 1.0),
        colormap="viridis",
        note="rows are symbols that may follow, columns the tokens that were read",
    )
    return MatrixView(**age, matrices=(matrix,), across=1)


def token_table(shown: Shown) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """List every token with its copy, its successor, and what was expected."""
    prompt = shown.prompt
    tokens, targets = prompt.tokens[: prompt.used], prompt.targets[: prompt.used]
    groups, (losses, chances) = groups_of(prompt), token_losses(shown)
    best = guesses(shown.outputs)
    rows = []
    for t in range(prompt.used):
        known = targets[t] != NO_TARGET and np.isfinite(losses[t])
        right = (
            (label(int(targets[t])), float(chances[t]), float(losses[t])) if known else ("",) * 3
        )
        rows.append((t + 1, label(int(tokens[t])), int(groups[t]) + 1, *best[t], *right))
    columns = ("place", "symbol", "copy", "expects", "2nd", "3rd", "next", "chance", "loss")
    return columns, tuple(rows)


def swatches(shown: Shown) -> NDArray[np.uint8]:
    """Return a colour for every token, (T, 3): that of its copy."""
    return _COPIES[groups_of(shown.prompt) % len(_COPIES)]


def circuits_view(
    design: Design, weights: Mapping[str, Array], head: Head, via: Head | None, age: Age
) -> MatrixView:
    """Show what a head does with symbols: whom it looks at, and what it makes likelier.

    Parameters
    ----------
    via : (layer, head), optional
        The head of an earlier layer through which keys are followed: one that reads the token
        before.
    """
    symbols = labels(np.arange(design.tokens))
    named = f"{head[0] + 1}.{head[1] + 1}"
    facts: list[tuple[str, float | str]] = [("head", named)]
    looks = _centred(design, head, qk_circuit(design, weights, head))
    matrices = [
        _matrix(f"{named} looks at (QK)", looks, symbols, "rows: symbol at hand, columns: of a key")
    ]
    if via is not None:
        through = _centred(design, head, qk_circuit(design, weights, head, via=via))
        name = f"{via[0] + 1}.{via[1] + 1}"
        note = "rows: symbol at hand, columns: symbol before the key"
        matrices.append(_matrix(f"{named} looks at, via {name}", through, symbols, note))
        facts.append((f"match via {name}, deviations above the rest", stands_out(through)))
    carried = ov_circuit(design, weights, head)
    note = "rows: symbol that is read, columns: symbol that becomes likelier"
    matrices.append(_matrix(f"{named} writes (OV)", carried, symbols, note))
    facts.append(("copying score", float(copying_scores(design, weights)[head])))
    facts.append(("copies, deviations above the rest", stands_out(carried)))
    if design.positions == "learned":
        places = position_circuit(design, weights, head)
        places = _centred(design, head, np.where(_earlier(len(places)), places, np.nan))
        note = "rows: place at hand, columns: place of a key"
        ticks = tuple(str(place + 1) for place in range(len(places)))
        matrices.append(_matrix(f"{named} looks at, by place", places, ticks, note))
    return MatrixView(**age, matrices=tuple(matrices), across=2, facts=tuple(facts))


def logits_of(shown: Shown, at: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """Return by how much a (layer, head, query, key) raises every logit directly, (V,), mean 0.

    The last norm divides by what it divides the whole stream by.
    """
    layer, head, query, key = at
    part, lead = shown.design.layers[layer].columns(head), shown.design.prefix(layer)
    weight = float(shown.attention(layer)[head, query, key])
    gate = 1.0 if shown.gates is None else float(shown.gates[layer, head])
    taken = shown.v(layer)[head, key] @ np.asarray(shown.arrays[lead + "wp"][part])
    deviation = float(np.sqrt(shown.residual[-1][query].var() + _NORM))
    folded = shown.arrays["final_gain"][:, None] * shown.arrays["readout"]
    logits = (taken - taken.mean()) @ folded * (weight * gate / deviation)
    return np.asarray(logits - logits.mean(), np.float32)


def raised(shown: Shown, at: tuple[int, int, int, int]) -> tuple[Row, ...]:
    """Name the symbols that a (layer, head, query, key) makes likelier, directly."""
    logits = logits_of(shown, at)
    best = np.argsort(-logits)[:2]
    return tuple(Row(f"raises {label(int(s))} by", float(logits[s]), "logits") for s in best)


def stands_out(circuit: Array) -> float:
    """By how many deviations of the other entries the mean of the diagonal is above theirs."""
    own = np.eye(len(circuit), dtype=bool)
    rest = circuit[~own]
    deviation = float(rest.std())
    return float(circuit[own].mean() - rest.mean()) / deviation if deviation else 0.0


def _earlier(count: int) -> NDArray[np.bool_]:
    """Where a query (row) may look at a key (column)."""
    return np.tril(np.ones((count, count), bool))


def _centred(design: Design, head: Head, scores: Array) -> Array:
    """Take off the mean of every row: to a softmax it makes no difference."""
    if design.layers[head[0]].kind != "softmax":
        return scores
    return np.asarray(scores - np.nanmean(scores, axis=1, keepdims=True), np.float32)


def _matrix(title: str, values: Array, names: tuple[str, ...], note: str) -> Matrix:
    largest = float(np.nanmax(np.abs(values), initial=0.0)) or 1.0
    return Matrix(
        title=title,
        values=np.asarray(values, np.float32),
        rows=names,
        columns=names,
        limits=(-largest, largest),
        note=note,
    )


def ablation_view(rows: Sequence[tuple[str, Ablation]], age: Age) -> TableView:
    """List what is lost without each head and layer, of the model that stands beside, in words."""
    update, whole = rows[0][0], rows[0][1].measured
    listed = tuple(
        (
            one.title,
            one.measured["accuracy"],
            one.measured["repeat loss"],
            one.measured["repeat loss"] - whole["repeat loss"],
            one.measured["new loss"],
        )
        for _, one in rows
    )
    columns = (f"switched off ({update})", "repeats right", "repeat loss", "change", "new loss")
    return TableView(**age, columns=columns, rows=listed)

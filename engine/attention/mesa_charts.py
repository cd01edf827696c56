"""Pictures of the mesa laboratory: trajectories, memories, eigenvalues, probes, examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.attention.mesa_memory import Memory
from engine.attention.mesa_prompt import period
from engine.attention.prompt_state import Prompt
from engine.core.figures import ChartView, Cursor, Grip, Matrix, MatrixView

__all__ = [
    "continued",
    "distance_chart",
    "eigenvalue_chart",
    "flat",
    "memory_view",
    "plane_chart",
    "probe_view",
    "shots_chart",
    "time_chart",
]

Array = NDArray[Any]
Age = Mapping[str, Any]
Predict = Callable[[Array], Array]

FREE = 24  # tokens at most that a model runs on by itself
TRAIL = 12  # tokens before and after the cursor that are drawn in the plane


def continued(seen: Array, predict: Predict, cursor: int, last: int) -> Array:
    """Let a model read its own predictions from the cursor on.

    Parameters
    ----------
    seen : ndarray
        Tokens that were read, ``(T, D)``.
    predict : callable
        Tokens ``(t, D)`` to the prediction of the next one, ``(D,)``.
    cursor, last : int
        Tokens that are given; place of the last one that is wanted.

    Returns
    -------
    ndarray
        ``(n + 1, D)``: the token at the cursor and what follows it by the model, up to `last` or
        to where its numbers are not finite any more.
    """
    path = np.array(seen[:cursor], np.float32)
    for _ in range(min(FREE, last - cursor)):
        following = predict(path)
        if not np.isfinite(following).all() or np.abs(following).max() > 1e4:
            break
        path = np.concatenate([path, following[None].astype(np.float32)])
    return path[cursor - 1 :]


def time_chart(
    age: Age,
    prompt: Prompt,
    cursor: int,
    dimension: int,
    *,
    predicted: Array,
    ridge: Array,
    free: Array,
) -> ChartView:
    """Draw one dimension over time: what was read, what was predicted, and how it runs on alone.

    Parameters
    ----------
    age : mapping
        `step` and `seconds` of the view.
    prompt : Prompt
    cursor, dimension : int
        Tokens read; dimension from 0 on.
    predicted, ridge : ndarray
        Predictions of the token after each, ``(T, D)``, of the model and of ridge regression.
    free : ndarray
        As `continued` returns.
    """
    used = prompt.used
    places = 1.0 + np.arange(used)
    own = _column(prompt.more["seen"][:used], dimension)
    true = np.concatenate([[own[0]], _column(prompt.targets[:used], dimension)])
    at = np.arange(len(free)) + float(cursor)
    asked = _asked(prompt)
    curves: list[tuple[str, Array, Array]] = [("tokens", places, own)]
    if period(prompt.more) == 1:
        curves[0] = ("the system", np.append(places, used + 1.0), true)
        curves.append(("model, running free", at, _column(free, dimension)))
    else:
        curves.append(
            ("f(x)", places[asked] + 1.0, _column(prompt.targets[:used], dimension)[asked])
        )
    curves.append(("ridge", places[asked] + 1.0, _column(ridge[:used], dimension)[asked]))
    prediction = ("model", places[asked] + 1.0, _column(predicted[:used], dimension)[asked])
    return ChartView(
        **age,
        x="token",
        y=f"dimension {dimension + 1}",
        curves=tuple(curves),
        dashed=("ridge", "model, running free"),
        points=(prediction,),
        grip=Grip("tokens (drag one)", np.stack([places, own], 1), "move-point", "token"),
        cursors=_marks(prompt, cursor),
    )


def _asked(prompt: Prompt) -> Array:
    """Where a prediction counts."""
    assert prompt.mask is not None
    return np.asarray(prompt.mask[: prompt.used] > 0)


def _column(values: Array, dimension: int) -> Array:
    return np.asarray(values[:, dimension], np.float64)


def _marks(prompt: Prompt, cursor: int) -> tuple[Cursor, ...]:
    marks = [Cursor(float(cursor), f"token {cursor} is read")]
    switch = int(prompt.more["kind"][1])
    if 0 < switch <= prompt.used:
        marks.append(Cursor(float(switch), "another law", "change-law"))
    return tuple(marks)


def flat(
    seen: Array, axes: tuple[int, int], *, principal: bool, law: Array | None = None
) -> tuple[Array, Array, str, str]:
    """Return a map to the plane: its middle ``(D,)``, its matrix ``(D, 2)``, and names of x and y.

    Parameters
    ----------
    seen : ndarray
        ``(T, D)``.
    axes : (int, int)
        Two dimensions, from 0 on.
    principal : bool
        Take the two directions in which `seen` is widest instead.
    law : ndarray, optional
        ``(D, D)``: take the plane instead in which it turns the first state most. What obeys the
        law jumps by the same angle there with every step. A law that turns nothing has none; the
        widest directions stand in.
    """
    size = seen.shape[1]
    if law is not None:
        values, left = np.linalg.eig(np.asarray(law, np.float64).T)
        # Left eigenvectors: u . (W s) = lambda (u . s).
        weight = np.abs(seen[0] @ left) * (values.imag > 1e-6)
        if weight.max(initial=0.0) > 0.0:
            one = left[:, int(weight.argmax())]
            across = np.stack([one.real, one.imag], 1) * np.sqrt(2.0)
            return np.zeros(size), across, "real part", "imaginary part"
        principal = True
    if principal:
        middle = seen.mean(0).astype(np.float64)
        _, _, directions = np.linalg.svd(seen - middle, full_matrices=True)
        across = directions.T[:, :2]
        # SVD leaves the sign open: the largest number of a direction is positive.
        across = across * np.sign(across[np.abs(across).argmax(0), np.arange(across.shape[1])])
        names = "widest direction", "second direction"
    else:
        middle, across = np.zeros(size), np.eye(size)[:, list(axes)]
        names = f"dimension {axes[0] + 1}", f"dimension {axes[1] + 1}"
    if across.shape[1] < 2:
        across = np.concatenate([across, np.zeros((size, 1))], 1)
    return middle, across, *names


def plane_chart(
    age: Age,
    prompt: Prompt,
    cursor: int,
    chosen: tuple[Array, Array, str, str],
    *,
    predicted: Array,
    free: Array,
    free_ridge: Array,
) -> ChartView:
    """Draw the trajectory around the cursor in a plane, and what runs free from there.

    `chosen` is what `flat` returns; the others as in `time_chart`.
    """
    middle, across, x, y = chosen
    used = prompt.used
    since, until = max(0, cursor - TRAIL), min(used, cursor + TRAIL)

    def drawn(name: str, values: Array) -> tuple[str, Array, Array]:
        xy = (np.asarray(values, np.float64) - middle) @ across
        return name, np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])

    seen, asked = prompt.more["seen"][:used], _asked(prompt)[since:until]
    guesses = predicted[since:until][asked]
    marks = [drawn("model, step by step", guesses), drawn("now", seen[cursor - 1 : cursor])]
    curves = [drawn("read", seen[since:cursor])]
    if period(prompt.more) == 1:
        rest = np.concatenate([seen[cursor - 1 : cursor], prompt.targets[cursor - 1 : until]])
        curves.append(drawn("to come", rest))
        curves.append(drawn("model, running free", free[: TRAIL + 1]))
        curves.append(drawn("ridge, running free", free_ridge[: TRAIL + 1]))
    return ChartView(
        **age,
        x=x,
        y=y,
        curves=tuple(curves),
        dashed=("to come", "ridge, running free"),
        points=tuple(marks),
        equal=True,
    )


def eigenvalue_chart(
    age: Age, spectrum: Array | None, maps: Mapping[str, Array], circle: float = 1.0
) -> ChartView:
    """Draw eigenvalues in the complex plane.

    Parameters
    ----------
    age : mapping
    spectrum : ndarray, optional
        ``(n, 2)``: those of W*, which may be dragged; None where the law is no such matrix.
    maps : mapping of str to ndarray
        Matrices ``(D, D)`` whose eigenvalues are drawn.
    circle : float
        Radius of the circle.
    """
    angles = np.linspace(0.0, 2.0 * np.pi, 181)
    points = []
    for name, matrix in maps.items():
        if not np.isfinite(matrix).all():
            continue
        found = np.linalg.eigvals(np.asarray(matrix, np.float64))
        points.append((name, found.real.astype(np.float64), found.imag.astype(np.float64)))
    grip = None
    if spectrum is not None:
        values = np.asarray(spectrum, np.float64)
        grip = Grip("W* (drag one)", values, "move-eigenvalue", "eigenvalue")
    return ChartView(
        **age,
        x="real part",
        y="imaginary part",
        curves=(("unit circle", circle * np.cos(angles), circle * np.sin(angles)),),
        dashed=("unit circle",),
        points=tuple(points),
        grip=grip,
        equal=True,
    )


def distance_chart(
    age: Age, prompt: Prompt, cursor: int, curves: Mapping[str, Array], dashed: tuple[str, ...]
) -> ChartView:
    """Draw how far W_t is from W*, by tokens read, by powers of ten."""
    return ChartView(
        **age,
        x="tokens read",
        y="|W_t - W*| / |W*|",
        curves=tuple((n, 1.0 + np.arange(len(v)), np.maximum(v, 1e-9)) for n, v in curves.items()),
        dashed=dashed,
        cursors=_marks(prompt, cursor),
        logarithmic=(False, True),
    )


def memory_view(
    age: Age,
    where: str,
    memory: Memory | None,
    maps: Mapping[str, Array],
    facts: tuple[tuple[str, float | str], ...],
) -> MatrixView:
    """Show what a head holds, R_t and Phi_t, and W_t of the model beside W*.

    Parameters
    ----------
    age : mapping
    where : str
        The head and the token, in words.
    memory : Memory, optional
    maps : mapping of str to ndarray
        Matrices to compare, on one scale.
    facts : tuple of (name, value)
        More to read beside them.
    """
    matrices = []
    more: list[tuple[str, float | str]] = []
    if memory is not None:
        if memory.inverse is not None:
            matrices.append(_matrix("R_t = (H + lam I)^-1", memory.inverse, where))
            more += [("lam", memory.lam), ("condition number of H + lam I", memory.condition)]
            more.append(("residual of the solver", memory.residual))
        matrices.append(_matrix("Phi_t", memory.phi, where))
    size = _reach(*maps.values())
    matrices += [_matrix(name, one, "", size) for name, one in maps.items()]
    return MatrixView(**age, matrices=tuple(matrices), across=3, facts=(*more, *facts))


def _matrix(title: str, values: Array, note: str, size: float = 0.0) -> Matrix:
    reach = size or _reach(values)
    with np.errstate(over="ignore"):
        shown = np.array(values, np.float32)
    shown[~np.isfinite(shown)] = np.nan
    return Matrix(title=title, values=shown, limits=(-reach, reach), note=note)


def _reach(*matrices: Array) -> float:
    """Return the greatest size of a finite number in any of them; 1 if there is none."""
    sizes = [np.abs(one[np.isfinite(one)]).max(initial=0.0) for one in matrices]
    return min(float(max(sizes, default=0.0)), float(np.finfo(np.float32).max)) or 1.0


def probe_view(age: Age, r2: Array, target: str, when: str) -> MatrixView:
    """Show what probes find, layers by positions.

    Parameters
    ----------
    age : mapping
    r2 : ndarray
        ``(layers + 1, T)``.
    target : str
        What was looked for.
    when : str
        Of which model, in words.
    """
    layers = ("tokens", *(f"after layer {layer}" for layer in range(1, len(r2))))
    matrix = Matrix(
        title=f"R² of {target}",
        values=np.clip(r2, 0.0, 1.0).astype(np.float32),
        rows=layers,
        columns=tuple(str(t + 1) for t in range(r2.shape[1])),
        limits=(0.0, 1.0),
        colormap="viridis",
        note=f"on sequences that no probe was fitted on, {when}",
    )
    facts = tuple(
        (f"{name}, mean", float(row.mean())) for name, row in zip(layers, r2, strict=True)
    )
    return MatrixView(**age, matrices=(matrix,), across=1, facts=facts)


def shots_chart(age: Age, curves: Mapping[str, Array], zero: float) -> ChartView:
    """Draw the loss of example 1, 2, ... by what separates examples."""
    longest = max((len(curve) for curve in curves.values()), default=1)
    drawn = [(n, 1.0 + np.arange(len(v)), np.asarray(v, np.float64)) for n, v in curves.items()]
    ends = np.array([1.0, float(longest)])
    return ChartView(
        **age,
        x="example",
        y="loss",
        curves=(*drawn, ("predicting zero", ends, np.full(2, zero))),
        dashed=("predicting zero",),
    )

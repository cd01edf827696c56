"""Curves and points on two axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.core.figures import ChartView, PointsView
from engine.media.figures.pen import SERIES, Pen, nice_ticks, number, power_ticks

__all__ = ["draw_chart", "draw_points"]

Limits = tuple[tuple[float, float], tuple[float, float]]
_MARGIN = 0.04  # of the range, about what is fitted


@dataclass(frozen=True)
class _Field:
    """Where values lie on the canvas: left, top, right, bottom in pixels, and the limits there."""

    left: float
    top: float
    right: float
    bottom: float
    limits: Limits

    def x(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        low, high = self.limits[0]
        placed: NDArray[np.float64] = self.left + (value - low) / (high - low) * (
            self.right - self.left
        )
        return placed

    def y(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        low, high = self.limits[1]
        placed: NDArray[np.float64] = self.bottom - (value - low) / (high - low) * (
            self.bottom - self.top
        )
        return placed


def draw_chart(pen: Pen, view: ChartView) -> None:
    """Draw curves, areas, points and marks of a chart on the whole canvas."""
    curves = [(n, _scaled(x, view.logarithmic[0]), _values(y, view)) for n, x, y in view.curves]
    points = [(n, _scaled(x, view.logarithmic[0]), _values(y, view)) for n, x, y in view.points]
    if view.grip is not None and len(view.grip.points):
        grip = np.asarray(view.grip.points, np.float64)
        points.append(
            (
                view.grip.name,
                _scaled(grip[:, 0], view.logarithmic[0]),
                _scaled(grip[:, 1], view.logarithmic[1]),
            )
        )
    if view.stacked:
        total = np.zeros(0)
        piled = []
        for name, x, y in curves:
            total = y if total.shape != y.shape else total + y
            piled.append((name, x, total))
        curves = piled
    limits = _limits(view, [*curves, *points])
    names = [n for n, _, _ in (*curves, *points) if n]
    field = _field(pen, view, limits, names)
    _axes(pen, view, field)
    colours = _colours(view, len(curves) + len(points))
    order = list(enumerate(curves))
    for index, (name, x, y) in reversed(order) if view.stacked else order:
        line = _line(field, x, y)
        if view.stacked and len(line) > 1:
            base = float(np.clip(field.y(np.zeros(1))[0], field.top, field.bottom))
            pen.draw.polygon(
                [(line[0][0], base), *line, (line[-1][0], base)], fill=(*colours[index], 255)
            )
        elif len(line) > 1:
            pen.line(line, colours[index], width=2 * pen.width, dashed=name in view.dashed)
        elif line:
            pen.dot(line[0], 2.0 * pen.width, colours[index])
    for index, (_, x, y) in enumerate(points, len(curves)):
        for at in _line(field, x, y):
            pen.dot(at, 2.5 * pen.width, colours[index])
    for cursor in view.cursors:
        across = float(field.x(_scaled(np.array([cursor.at]), view.logarithmic[0]))[0])
        if field.left <= across <= field.right:
            pen.line([(across, field.top), (across, field.bottom)], pen.dim, dashed=True)
            pen.words((across + pen.width * 3, field.top), cursor.words, colour=pen.dim, share=0.9)
    _key(pen, field, names, colours)


def draw_points(pen: Pen, view: PointsView) -> None:
    """Draw points in the plane; of three coordinates the first two."""
    at = np.asarray(view.points, np.float64)[:, :2]
    known = np.isfinite(at).all(axis=1)
    low, high = (f(at[known], axis=0) if known.any() else np.zeros(2) for f in (np.min, np.max))
    span = float(max(*(high - low), 1e-9)) * (1 + 2 * _MARGIN)
    middle, side = (low + high) / 2, min(pen.size) - 2.0 * pen.type
    centre = np.array(pen.size) / 2
    for index in np.flatnonzero(known):
        x, y = centre + (at[index] - middle) * np.array([1, -1]) * (side / span)
        colour = SERIES[0]
        if view.colours is not None:
            red, green, blue = (int(part) for part in view.colours[index][:3])
            colour = red, green, blue
        pen.dot((float(x), float(y)), 2.0 * pen.width, colour)
        if view.labels and index < len(view.labels):
            pen.words((x + 3.0 * pen.width, y), view.labels[index], anchor="lm", share=0.8)


def _scaled(values: NDArray[np.float64], logarithmic: bool) -> NDArray[np.float64]:
    numbers = np.asarray(values, np.float64)
    if not logarithmic:
        return numbers
    return np.log10(numbers, where=numbers > 0, out=np.full(numbers.shape, np.nan))


def _values(values: NDArray[np.float64], view: ChartView) -> NDArray[np.float64]:
    return _scaled(values, view.logarithmic[1])


def _limits(
    view: ChartView, curves: list[tuple[str, NDArray[np.float64], NDArray[np.float64]]]
) -> Limits:
    if view.limits is not None:
        ends = tuple(
            tuple(float(end) for end in _scaled(np.array(pair), logarithmic))
            for pair, logarithmic in zip(view.limits, view.logarithmic, strict=True)
        )
        if np.isfinite(np.array(ends)).all():
            return (ends[0][0], ends[0][1]), (ends[1][0], ends[1][1])
    both: list[tuple[float, float]] = []
    for place in (1, 2):
        found = [c[place][np.isfinite(c[place])] for c in curves]
        everything = np.concatenate(found) if found else np.zeros(0)
        low, high = (
            (float(everything.min()), float(everything.max())) if everything.size else (0.0, 1.0)
        )
        if view.stacked and place == 2:
            low = min(low, 0.0)
        pad = (high - low or abs(high) or 1.0) * (_MARGIN if place == 2 or high == low else 0.0)
        both.append((low - pad if not (view.stacked and place == 2) else low, high + pad))
    return both[0], both[1]


def _field(pen: Pen, view: ChartView, limits: Limits, names: list[str]) -> _Field:
    width, height = pen.size
    marks = _ticks(limits[1], 6, view.logarithmic[1])
    wide = max((pen.measure(_label(v, view.logarithmic[1]), 0.9) for v in marks), default=0)
    left, bottom = wide + 1.2 * pen.type, height - 3.2 * pen.type
    top = 2.0 * pen.type + (1.6 * pen.type if names else 0.0)
    right = width - 1.5 * pen.type
    if view.equal and right > left and bottom > top:
        (x0, x1), (y0, y1) = limits
        scale = min((right - left) / (x1 - x0), (bottom - top) / (y1 - y0))
        middle = (left + right) / 2, (top + bottom) / 2
        half = scale * (x1 - x0) / 2, scale * (y1 - y0) / 2
        left, right = middle[0] - half[0], middle[0] + half[0]
        top, bottom = middle[1] - half[1], middle[1] + half[1]
    return _Field(left, top, max(right, left + 1), max(bottom, top + 1), limits)


def _ticks(limits: tuple[float, float], most: int, logarithmic: bool) -> list[float]:
    return power_ticks(*limits, most) if logarithmic else nice_ticks(*limits, most)


def _label(value: float, logarithmic: bool) -> str:
    return number(10.0**value) if logarithmic else number(value)


def _axes(pen: Pen, view: ChartView, field: _Field) -> None:
    across = max(2, int((field.right - field.left) / (7 * pen.type)))
    for value in _ticks(field.limits[0], across, view.logarithmic[0]):
        at = float(field.x(np.array([value]))[0])
        pen.line([(at, field.top), (at, field.bottom)], pen.faint)
        words = _label(value, view.logarithmic[0])
        pen.words((at, field.bottom + 0.3 * pen.type), words, anchor="ma", share=0.9)
    for value in _ticks(field.limits[1], 6, view.logarithmic[1]):
        at = float(field.y(np.array([value]))[0])
        pen.line([(field.left, at), (field.right, at)], pen.faint)
        words = _label(value, view.logarithmic[1])
        pen.words((field.left - 0.4 * pen.type, at), words, anchor="rm", share=0.9)
    pen.line([(field.left, field.top), (field.left, field.bottom)], pen.dim)
    pen.line([(field.left, field.bottom), (field.right, field.bottom)], pen.dim)
    middle = (field.left + field.right) / 2
    pen.words((middle, field.bottom + 1.6 * pen.type), view.x, anchor="ma", colour=pen.ink)
    pen.words((field.left, 0.4 * pen.type), view.y, colour=pen.ink)


def _line(
    field: _Field, x: NDArray[np.float64], y: NDArray[np.float64]
) -> list[tuple[float, float]]:
    known = np.isfinite(x) & np.isfinite(y)
    across = np.clip(field.x(x[known]), field.left, field.right)
    down = np.clip(field.y(y[known]), field.top, field.bottom)
    return list(zip(across.tolist(), down.tolist(), strict=True))


def _colours(view: ChartView, count: int) -> list[tuple[int, int, int]]:
    given = [] if view.colours is None else [tuple(int(p) for p in c[:3]) for c in view.colours]
    more = [SERIES[index % len(SERIES)] for index in range(len(given), count)]
    return [(c[0], c[1], c[2]) for c in (*given, *more)]


def _key(pen: Pen, field: _Field, names: list[str], colours: list[tuple[int, int, int]]) -> None:
    at, top = field.left, 1.8 * pen.type
    for name, colour in zip(names, colours, strict=False):
        wide = pen.measure(name, 0.9)
        if at + wide + 1.4 * pen.type > field.right:
            return
        pen.box((at, top + 0.25 * pen.type, at + 0.8 * pen.type, top + 0.9 * pen.type), fill=colour)
        pen.words((at + 1.1 * pen.type, top), name, share=0.9)
        at += wide + 2.4 * pen.type

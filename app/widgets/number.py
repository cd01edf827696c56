"""Numbers as text and back, and positions of sliders: the arithmetic of a parameter row."""

from __future__ import annotations

import math

from engine.core.params import ParamField

__all__ = ["fraction_of", "parse", "text_of", "value_at"]


MOST_DIGITS = 6


def text_of(field: ParamField, value: float) -> str:
    """Write a value with as many digits as its range deserves, and more where it has more."""
    if field.kind == "int":
        return f"{round(value)}"
    if field.log:
        return next(
            (text for digits in (3, 4, 5) if _is(text := f"{value:.{digits}g}", value)),
            f"{value:.6g}",
        )
    return next(
        (
            text
            for digits in range(_digits(field), MOST_DIGITS)
            if _is(text := f"{value:.{digits}f}", value)
        ),
        f"{value:.{MOST_DIGITS}f}",
    )


def _is(text: str, value: float) -> bool:
    return math.isclose(float(text), value, rel_tol=1e-9, abs_tol=1e-12)


def _digits(field: ParamField) -> int:
    low, high = _range(field)
    return min(max(2 - math.floor(math.log10(max(high - low, 1e-9))), 0), MOST_DIGITS)


def parse(field: ParamField, text: str) -> float | None:
    """Read what the user typed; None where it is no number or lies outside the range."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    low, high = _range(field)
    if not math.isfinite(value) or not low <= value <= high:
        return None
    if field.kind == "int":
        return round(value) if value == round(value) else None
    return value


def fraction_of(field: ParamField, value: float) -> float:
    """Where on its slider a value lies, 0 to 1."""
    low, high = _range(field)
    if high <= low:
        return 0.0
    if _logarithmic(field):
        floor = _floor(field)
        if value <= floor:
            return 0.0
        return math.log(value / floor) / math.log(high / floor)
    return (value - low) / (high - low)


def value_at(field: ParamField, fraction: float) -> float:
    """Return the value at a slider's position, rounded as the field is written."""
    low, high = _range(field)
    if _logarithmic(field):
        floor = _floor(field)
        value = low if fraction <= 0 else floor * (high / floor) ** fraction
    else:
        value = low + (high - low) * fraction
    if field.kind == "int":
        return min(max(round(value), math.ceil(low)), math.floor(high))
    value = float(f"{value:.3g}") if field.log else round(value, _digits(field))
    return min(max(value, low), high)


def _range(field: ParamField) -> tuple[float, float]:
    low = -math.inf if field.low is None else field.low
    high = math.inf if field.high is None else field.high
    return low, high


def _logarithmic(field: ParamField) -> bool:
    return field.log and field.low is not None and field.low >= 0


def _floor(field: ParamField) -> float:
    """Where a logarithmic slider begins: its lower end, or four decades below the top for zero."""
    low, high = _range(field)
    return low if low > 0 else (1.0 if field.kind == "int" else high * 1e-4)

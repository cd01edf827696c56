"""Numbers as text and back, and positions of sliders: the arithmetic of a parameter row."""

from __future__ import annotations

import math

from engine.core.params import ParamField

__all__ = ["fraction_of", "parse", "text_of", "value_at"]


MOST_DIGITS = 6
MOST_SIGNS = 7
"""Signs that the field of a row has room for."""

ZERO_STOP = 0.05
"""Part of a logarithmic slider's way that stands for zero where its range begins there."""

SHARES = 2**20  # the finest share that is written as one: 1/1048576


def text_of(field: ParamField, value: float) -> str:
    """Write a value with as many digits as its range deserves, and more where it has more.

    What is too long for its field is written as a share, 1/4096, or with a power, 2.44e-4.
    """
    if field.kind == "int":
        return f"{round(value)}"
    if field.log:
        text = next(
            (text for digits in (3, 4, 5) if _is(text := f"{value:.{digits}g}", value)),
            f"{value:.6g}",
        )
    else:
        text = next(
            (
                text
                for digits in range(_digits(field), MOST_DIGITS)
                if _is(text := f"{value:.{digits}f}", value)
            ),
            f"{value:.{MOST_DIGITS}f}",
        )
    return text if len(text) <= MOST_SIGNS and "e" not in text else _short(value)


def _short(value: float) -> str:
    """Write a value as one part of a power of two if it is that, else with three digits."""
    parts = 1 / value if value else 0.0
    if 1 < parts <= SHARES and parts.is_integer() and int(parts).bit_count() == 1:
        return f"1/{int(parts)}"
    text = f"{value:.3g}"
    if "e" not in text and len(text) > MOST_SIGNS:
        text = f"{value:.2e}"
    mantissa, sign, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if sign else text


def _is(text: str, value: float) -> bool:
    return math.isclose(float(text), value, rel_tol=1e-9, abs_tol=1e-12)


def _digits(field: ParamField) -> int:
    low, high = _range(field)
    if not math.isfinite(high - low):
        return 0  # any number at all
    return min(max(2 - math.floor(math.log10(max(high - low, 1e-9))), 0), MOST_DIGITS)


def parse(field: ParamField, text: str) -> float | None:
    """Read what the user typed; None where it is no number or lies outside the range.

    A share is a number, too: 1/4096.
    """
    above, stroke, below = text.strip().replace(",", ".").partition("/")
    try:
        value = float(above) / float(below) if stroke else float(above)
    except (ValueError, ZeroDivisionError):
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
        floor, stop = _floor(field), _stop(field)
        if value < floor:
            return 0.0
        return stop + (1 - stop) * math.log(value / floor) / math.log(high / floor)
    return (value - low) / (high - low)


def value_at(field: ParamField, fraction: float) -> float:
    """Return the value at a slider's position, rounded as the field is written."""
    low, high = _range(field)
    if _logarithmic(field):
        floor, stop = _floor(field), _stop(field)
        along = (fraction - stop) / (1 - stop)
        value = low if fraction < stop or fraction <= 0 else floor * (high / floor) ** along
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
    """Where a logarithmic slider begins, beside zero: as declared, or four decades from the top."""
    low, high = _range(field)
    if low > 0:
        return low
    return field.least or (1.0 if field.kind == "int" else high * 1e-4)


def _stop(field: ParamField) -> float:
    """How far from its left end a logarithmic slider leaves zero."""
    return 0.0 if _range(field)[0] > 0 else ZERO_STOP

"""Commands of a journal as JSON, and back: only what tells wholly what was done."""

from __future__ import annotations

import base64
import itertools
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.core import commands as c
from engine.core.errors import BadInput
from engine.core.views import Stroke

__all__ = ["decode", "encode"]


def encode(command: c.Command) -> str:
    """Write a command as JSON.

    Raises
    ------
    BadInput
        If it holds something that JSON cannot tell.
    """
    values: dict[str, Any]
    if isinstance(command, c.SetParam):
        values = {"do": "set", "name": command.name, "value": _plain(command.value)}
    elif isinstance(command, c.Brush):
        stroke = command.stroke
        values = {
            "do": "brush",
            "view": stroke.view,
            "tool": stroke.tool,
            "points": [[_plain(x) for x in point] for point in stroke.points],
            "radius": _plain(stroke.radius),
            "value": _plain(stroke.value),
            "channel": int(stroke.channel),
            "number": int(stroke.number),
        }
    elif isinstance(command, c.Act):
        values = {"do": "act", "name": command.name, "arguments": _plain(command.arguments)}
    elif isinstance(command, c.Ask):
        values = {"do": "ask", "question": command.question, "arguments": _plain(command.arguments)}
    elif isinstance(command, c.Reset):
        values = {"do": "reset", "seed": command.seed}
    else:
        raise BadInput(f"{type(command).__name__} cannot be noted")
    try:
        return json.dumps(values, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise BadInput("a number that is not finite cannot be noted") from None


def decode(text: str) -> c.Command:
    """Read what `encode` wrote.

    Raises
    ------
    BadInput
        If it is no such command.
    """
    try:
        values = json.loads(text)
        kind = values.pop("do")
        if kind == "set":
            return c.SetParam(str(values["name"]), _full(values["value"]))
        if kind == "brush":
            return c.Brush(_stroke(values))
        if kind == "act":
            return c.Act(str(values["name"]), _full(values["arguments"]))
        if kind == "ask":
            return c.Ask(str(values["question"]), _full(values["arguments"]))
        if kind == "reset":
            return c.Reset(values["seed"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        pass
    raise BadInput(f"is no command that was noted: {text[:60]}")


def _stroke(values: dict[str, Any]) -> Stroke:
    points = tuple(tuple(float(x) for x in point) for point in values["points"])
    numbers = float(values["radius"]), float(values["value"])
    whole = values["channel"], values["number"]
    if not all(len(point) in (2, 3) for point in points) or len({*map(len, points)}) > 1:
        raise ValueError("places are of two or three numbers")
    if not all(math.isfinite(x) for x in (*numbers, *itertools.chain(*points))):
        raise ValueError("a number is not finite")
    if not all(type(number) is int for number in whole):
        raise TypeError("a number is not whole")
    return Stroke(str(values["view"]), str(values["tool"]), points, *numbers, *whole)


def _plain(value: Any) -> Any:
    """Turn a value into what JSON tells without loss; bytes as base64."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    raise BadInput(f"a value of type {type(value).__name__} cannot be noted")


def _full(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"bytes"} and isinstance(value["bytes"], str):
            return base64.b64decode(value["bytes"], validate=True)
        return {key: _full(inner) for key, inner in value.items()}
    return [_full(inner) for inner in value] if isinstance(value, list) else value

"""Reading published JSON: nothing in it is taken on trust."""

from __future__ import annotations

import base64
import binascii
import json
import math
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from engine.core.errors import BadInput
from engine.core.files import read_regular

__all__ = ["JsonObject", "decode_base64", "member", "number", "read_json"]

LARGEST_FILE = 16 * 2**20  # the largest published one has 0.9 MB

JsonObject = dict[str, Any]
_Kind = TypeVar("_Kind", str, int, list[Any], dict[str, Any])
_NAMES: dict[type, str] = {str: "a text", int: "a whole number", list: "a list", dict: "an object"}


def read_json(path: Path) -> object:
    """Parse a JSON file of at most 16 MB.

    Raises
    ------
    BadInput
        When it cannot be read, is larger, is not JSON or contains NaN or infinity.
    """
    data = read_regular(path, limit=LARGEST_FILE)
    try:
        document: object = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else "nested too deeply"
        raise BadInput(
            f"is not JSON ({reason[:120]})", path=path, remedy="Download the published file again"
        ) from error
    return document


def member(holder: object, key: str, kind: type[_Kind], where: str, path: Path) -> _Kind:
    """The member `key` of a JSON object, of the given kind.

    Parameters
    ----------
    holder : object
        Where it should be.
    where : str
        How to call the holder in a message, such as "layer 1".

    Raises
    ------
    BadInput
        When the holder is no object, or the member is missing or of another kind.
    """
    if not isinstance(holder, dict):
        raise BadInput(f"{where} is not an object", path=path)
    if key not in holder:
        raise BadInput(f"{where} lacks {key!r}", path=path)
    value = holder[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadInput(f"{key!r} in {where} is not {_NAMES[kind]}", path=path)
    return value


def number(holder: object, key: str, where: str, path: Path) -> float:
    """A positive finite number.

    Raises
    ------
    BadInput
        When it is missing or something else.
    """
    value = holder.get(key) if isinstance(holder, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"{where} lacks the number {key!r}", path=path)
    # An integer of hundreds of digits is valid JSON and does not fit a float.
    if not 0 < value < 1e30 or not math.isfinite(value):
        raise BadInput(f"{key!r} in {where} is not a positive finite number", path=path)
    return float(value)


def decode_base64(text: str, where: str, path: Path) -> bytes:
    """Decode strictly.

    Raises
    ------
    BadInput
        When there is anything else in the text.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"the data of {where} is not base64", path=path) from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")

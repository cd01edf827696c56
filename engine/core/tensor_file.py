"""The layout of a safetensors file, read without believing it.

https://huggingface.co/docs/safetensors: eight bytes of header length, a JSON header that describes
every tensor, the numbers.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.pickles import conversion

__all__ = ["LIMIT", "split", "tensors"]

LIMIT = 2 * 2**30
"""Bytes of a file."""

_HEADER_LIMIT = 100 * 2**20  # bytes, that of safetensors itself
_DIMENSIONS = 8  # of a tensor
_DTYPES = {
    "BOOL": np.bool_,
    "U8": np.uint8,
    "I8": np.int8,
    "U16": np.uint16,
    "I16": np.int16,
    "F16": np.float16,
    "U32": np.uint32,
    "I32": np.int32,
    "F32": np.float32,
    "U64": np.uint64,
    "I64": np.int64,
    "F64": np.float64,
}


def split(data: bytes, name: str) -> tuple[dict[str, Any], memoryview]:
    """Split a file into its JSON header and the bytes of the numbers; `name` is for messages.

    Raises
    ------
    BadInput
        If it is something else, or cut off.
    """
    if not data:
        raise BadInput("is empty")
    if len(data) > LIMIT:
        raise BadInput(f"is larger than {LIMIT // 2**20} MB", remedy="Use a smaller one")
    pickled = (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
    if data[:2] in pickled and data[8:9] != b"{":  # else it is a length: of 640 bytes, say
        kind = "a zip archive, perhaps of pickles" if data[:2] == b"PK" else "a pickle"
        raise BadInput(
            f"is {kind}, which could run any program when it is opened, and not a checkpoint",
            remedy=conversion(name),
        )
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or data[8:9] != b"{":
        raise BadInput("is not a checkpoint of Primordia", remedy="Choose a .safetensors file")
    if 8 + length > len(data):
        raise BadInput("is damaged: its header promises more than the file holds")
    if length > _HEADER_LIMIT:
        raise BadInput("is not a checkpoint of Primordia: its header is too long")
    try:
        header = json.loads(data[8 : 8 + length].decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise BadInput("has a broken header") from None
    if not isinstance(header, dict):
        raise BadInput("has a broken header")
    return header, memoryview(data)[8 + length :]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def tensors(header: dict[str, Any], body: memoryview) -> dict[str, NDArray[Any]]:
    """Copy the tensors that a header describes, name by name, out of the bytes of the numbers.

    Every description is compared with the bytes that are there before anything is allocated.

    Raises
    ------
    BadInput
        If a description is wrong, or the tensors do not fill the bytes exactly.
    """
    _check(header, len(body))
    return {key: _tensor(entry, body) for key, entry in header.items()}


def _check(header: dict[str, Any], size: int) -> None:
    extents = sorted(_extent(key, entry, size) for key, entry in header.items())
    place = 0
    for start, end in extents:
        if start != place:
            raise BadInput("has tensors that overlap or leave gaps")
        place = end
    if place != size:
        raise BadInput("has bytes that belong to nothing")


def _extent(key: str, entry: Any, size: int) -> tuple[int, int]:
    try:
        dtype, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        numbers = [*shape, start, end]
    except (TypeError, KeyError, ValueError):
        numbers = []
    sound = bool(numbers) and all(type(n) is int and 0 <= n <= LIMIT for n in numbers)
    # An empty tensor may claim sides whose product numpy cannot address.
    if not sound or math.prod(max(n, 1) for n in shape) > LIMIT:
        raise BadInput(f"describes {key!r} wrongly")
    if not isinstance(dtype, str) or dtype not in _DTYPES or len(shape) > _DIMENSIONS:
        raise BadInput(f"holds {key!r} as {dtype!r}, a type that worlds do not use")
    needed = math.prod(shape) * np.dtype(_DTYPES[dtype]).itemsize
    if not start <= end <= size or end - start != needed:
        raise BadInput(f"is cut off or lies about the size of {key!r}")
    return start, end


def _tensor(entry: dict[str, Any], body: memoryview) -> NDArray[Any]:
    """Copy one tensor out of the file, in this machine's byte order."""
    start, end = entry["data_offsets"]
    kind = np.dtype(_DTYPES[entry["dtype"]])
    flat = np.frombuffer(body[start:end], kind.newbyteorder("<"))
    return flat.reshape(entry["shape"]).astype(kind)

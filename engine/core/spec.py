"""What a world is made from, and the files it was given.

A `Spec` is a small picklable value: sessions and sidecars store it, workers receive it, and the
thread that will run the world constructs the system from it. A system itself is never pickled.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Asset", "Spec"]


@dataclass(frozen=True, eq=False)
class Asset:
    """A file's content that a world was made from.

    Attributes
    ----------
    name : str
        The file's name, for titles and messages; never opened again.
    data : bytes or ndarray
        A picture is uint8 (H, W, 4) with straight alpha; a model is the bytes of its file.
    sha256 : str
        Hash of the content, with shape and type for an array.
    """

    name: str
    data: bytes | NDArray[Any]
    sha256: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.data, np.ndarray):
            head = f"{self.data.dtype.str}{self.data.shape}".encode()
            body = np.ascontiguousarray(self.data).tobytes()
        else:
            head, body = b"", self.data
        object.__setattr__(self, "sha256", hashlib.sha256(head + body).hexdigest())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Asset) and other.sha256 == self.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)


@dataclass(frozen=True)
class Spec:
    """What a world is made from.

    Attributes
    ----------
    slug : str
        Name of the system in the registry.
    params : dict
        Parameters that differ from or repeat the defaults; read forgivingly (`load_stored`).
    seed : int
        0 to 2^63 - 1; every random stream of the world descends from it.
    device : str
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    model, target, mesh : Asset, optional
        Trained weights, what to learn, where to live.
    """

    slug: str
    params: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    device: str = "auto"
    model: Asset | None = None
    target: Asset | None = None
    mesh: Asset | None = None

    def with_(self, **changes: Any) -> Spec:
        """Return a copy with some attributes replaced."""
        return replace(self, **changes)

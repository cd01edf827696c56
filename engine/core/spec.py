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

from engine.core.errors import BadInput

__all__ = ["LAST_SEED", "Asset", "Spec", "check_seed"]

LAST_SEED = 2**63 - 1
"""The largest seed; checkpoints keep seeds as int64."""


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
    data: bytes | NDArray[Any] = field(repr=False)
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


def check_seed(seed: int) -> int:
    """Return a seed as it is.

    Raises
    ------
    BadInput
        If it is no whole number from 0 to 2^63 - 1.
    """
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool):
        wrong = "is no whole number"
    elif not 0 <= seed <= LAST_SEED:
        wrong = "is negative" if seed < 0 else "is too large"  # perhaps by thousands of figures
    else:
        return int(seed)
    raise BadInput(f"the seed {wrong}", remedy="Use a whole number from 0 to 2^63 - 1")


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

    Raises
    ------
    BadInput
        For another seed.
    """

    slug: str
    params: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    device: str = "auto"
    model: Asset | None = None
    target: Asset | None = None
    mesh: Asset | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", check_seed(self.seed))

    def with_(self, **changes: Any) -> Spec:
        """Return a copy with some attributes replaced."""
        return replace(self, **changes)

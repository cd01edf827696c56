"""Networks' weights from safetensors files that users have: believed only after a look.

PyTorch's own `.pth` files are pickles, which can run code when they are opened: they are refused
with the two lines that convert them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from engine.core.errors import BadInput
from engine.core.files import describe_os_error
from engine.core.pickles import refuse_pickles

__all__ = ["Shapes", "read_weights"]

Shapes = dict[str, tuple[int, ...]]

_FLOATS = {"F16", "BF16", "F32", "F64"}
_AGAIN = "Convert or download the weights again"


def read_weights(
    path: Path,
    layout: Callable[[Mapping[str, tuple[int, ...]]], Shapes],
    *,
    network: str,
    choose: str,
) -> dict[str, torch.Tensor]:
    """Read the tensors that a network needs, as float32; others are not touched.

    Parameters
    ----------
    path : Path
        A safetensors file.
    layout : callable
        Given the shapes that the file has, returns those that it must have; may raise `BadInput`.
    network : str
        Its name in messages.
    choose : str
        The remedy where a key or a shape is another.

    Raises
    ------
    BadInput
        When the file is missing, a pickle, no safetensors file, or lacks a key; when a shape or a
        type is another; when a value is not finite.
    """
    refuse_pickles(path)
    from safetensors import SafetensorError, safe_open

    tensors: dict[str, torch.Tensor] = {}
    try:
        with safe_open(path, framework="pt") as file:
            found = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118 (no mapping)
            needed = layout(found)
            missing = [key for key in needed if key not in found]
            if missing:
                more = f" and {len(missing) - 4} more" * (len(missing) > 4)
                raise BadInput(f"lacks {', '.join(missing[:4])}{more}", path=path, remedy=choose)
            for key, shape in needed.items():
                kind = file.get_slice(key).get_dtype()
                if found[key] != shape or kind not in _FLOATS:
                    raise BadInput(
                        f"{key} is {kind} {found[key]}, but {network} has floats {shape} there",
                        path=path,
                        remedy=choose,
                    )
                tensors[key] = file.get_tensor(key).to(torch.float32)
                if not torch.isfinite(tensors[key]).all():
                    raise BadInput(
                        f"{key} has values that are not finite", path=path, remedy=_AGAIN
                    )
    except SafetensorError as error:
        raise BadInput(
            f"is not a whole safetensors file ({error})", path=path, remedy=_AGAIN
        ) from error
    except OSError as error:
        raise describe_os_error(error, path, writing=False) from error
    return tensors

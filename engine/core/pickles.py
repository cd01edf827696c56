"""Refusing pickles, which can run code when they are opened, with the lines that convert them.

PyTorch's own `.pth` files are pickles, mostly in a zip archive. Nothing here opens one: the name
and the first bytes decide, and the user is told how to make a safetensors file of it himself.
"""

from __future__ import annotations

from pathlib import Path

from engine.core.errors import BadInput
from engine.core.files import describe_os_error, read_regular

__all__ = ["PICKLE_ENDINGS", "conversion", "refuse_pickles"]

PICKLE_ENDINGS = (".pth", ".pt", ".pkl", ".pickle", ".bin", ".ckpt")
_DISGUISES = {
    b"PK": "is a zip archive, as PyTorch writes its pickles, not a safetensors file",
    b"\x80": "is a pickle, not a safetensors file",
}


def conversion(path: Path | str) -> str:
    """Write the two lines of Python with which the user converts a PyTorch file himself."""
    # The semicolon keeps it valid on one line; the comment takes in the full stop of the message.
    path = Path(path)
    goal = path.with_name(f"{path.stem}-converted.safetensors").name
    return (
        "Convert it yourself with these two lines of Python: import torch, safetensors.torch;\n"
        f"safetensors.torch.save_file(torch.load({path.name!r}, weights_only=True), {goal!r})"
        "  # then choose the new file"
    )


def refuse_pickles(path: Path) -> None:
    """Refuse a file that is a pickle by its name or its first bytes; never look at more.

    Raises
    ------
    BadInput
        If it is one, with the lines that convert it; if it is missing, a folder or a device.
    """
    if not path.is_file():
        read_regular(path, limit=0)  # says whether it is missing, a folder or a device
    if path.suffix.lower() in PICKLE_ENDINGS:
        raise BadInput(
            "is a PyTorch file, and opening one can run the code in it",
            path=path,
            remedy=conversion(path),
        )
    try:
        with path.open("rb") as file:
            head = file.read(9)
    except OSError as error:
        raise describe_os_error(error, path, writing=False) from error
    if head[8:] == b"{":
        return  # safetensors, whose first eight bytes are a length that may look like anything
    for start, problem in _DISGUISES.items():
        if head.startswith(start):
            raise BadInput(problem, path=path, remedy=conversion(path))

"""Save a view as a picture file, and beside it how it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from engine.core.errors import BadInput
from engine.core.files import write_atomically
from engine.core.origin import Origin
from engine.core.sidecar import Drawing
from engine.core.sidecar_files import check_free, write
from engine.core.views import View, ViewRequest
from engine.media.png import encode_png
from engine.media.shots import Digest, drawn
from engine.media.webp import encode_webp
from engine.media.writers import Frame

__all__ = ["PICTURES", "encode_picture", "save_picture"]

PICTURES: dict[str, str] = {".png": "PNG picture", ".webp": "WebP picture, lossless"}
"""Endings of pictures, with what the user reads in a file dialog."""


def encode_picture(frame: Frame, path: Path, text: Mapping[str, str]) -> bytes:
    """Return the bytes of the picture file that the ending of `path` names.

    Raises
    ------
    BadInput
        If no picture has that ending.
    """
    ending = path.suffix.lower()
    if ending == ".webp":
        return encode_webp(frame)
    if ending != ".png":
        raise BadInput(
            "has an ending that no picture has", path=path, remedy=f"Use {' or '.join(PICTURES)}"
        )
    return encode_png(frame, text)


def save_picture(
    path: Path,
    view: View,
    drawing: Drawing,
    text: Mapping[str, str],
    *,
    origin: Origin | None = None,
    name: str = "world",
    request: ViewRequest | None = None,
) -> Frame:
    """Draw a view and write it, with a sidecar where it is known where it came from.

    Parameters
    ----------
    path : Path
        NAME.png or NAME.webp.
    view : View
    drawing : Drawing
    text : mapping
        What a PNG says about itself.
    origin : Origin, optional
        Where the world came from, for the sidecar.
    name, request
        What was asked for to get `view`.

    Returns
    -------
    ndarray
        The pixels.

    Raises
    ------
    UserError
        If it cannot be drawn or written.
    """
    if origin is not None:
        check_free(path)
    frame = drawn(view, drawing)
    data = encode_picture(frame, path, text)
    write_atomically(path, data)
    if origin is not None:
        digest = Digest()
        digest.add(frame)
        write(
            path,
            origin,
            sha256=hashlib.sha256(data).hexdigest(),
            view=name,
            request=request or ViewRequest(),
            drawing=drawing,
            pixels=digest.pixels,
            text=text,
        )
    return frame

"""Read a picture that anyone may have made, so that nothing worse than a refusal can happen.

Only Pillow decodes, only the formats named here, only after the declared size was compared with the
limit; whatever a decoder makes of hostile bytes ends as a picture or as `BadInput`.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from engine.core.errors import BadInput
from engine.core.files import read_regular
from engine.media.picture import Floats, Picture
from engine.media.sniff import PICTURE_ENDINGS, claimed_kind, describe_kind, sniff_kind
from engine.media.target import check_target, crop_square, to_target, to_texture

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "Picture",
    "check_target",
    "crop_square",
    "read_image",
    "to_target",
    "to_texture",
]

#: Pictures of more pixels are refused before they are decoded.
MAX_PIXELS = 64_000_000
#: Files of more bytes are not read at all.
MAX_BYTES = 512 * 2**20

_MAX_COUNTED_FRAMES = 10_000
_STRIP = 256  # rows that are converted at once
_EXPORT = "Export it as a PNG picture and use that"
# Python keeps the filters of warnings per process: two threads must not change them at once.
_warnings_lock = threading.Lock()


def read_image(source: Path | str | bytes, *, name: str | None = None) -> Picture:
    """Read a picture file, or the bytes of one.

    Parameters
    ----------
    source : Path, str or bytes
        The file, or its content.
    name : str, optional
        What the user knows the bytes by; the file's own name by default.

    Returns
    -------
    Picture
        Upright (EXIF orientation applied), RGBA float32; of an animation the first frame.

    Raises
    ------
    BadInput
        When the file is missing, empty, broken, too large, of a format that is not read, or not
        what the ending of its name says. The message names the file and the remedy.
    """
    if isinstance(source, bytes):
        data, path = source, Path(name or "picture")
    else:
        data, path = read_regular(source, limit=MAX_BYTES), Path(source)
    kind = _require_kind(data, path)
    with _warnings_lock, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            pixels, frames, notes = _decode(data, kind, path)
        except BadInput:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            count = re.search(r"\d{6,}", str(error))
            raise _too_large(path, int(count[0]) if count else None) from error
        except MemoryError as error:
            raise BadInput("needs more memory than there is", path=path) from error
        except Exception as error:
            # Decoders meet hostile bytes with any exception at all: struct.error, KeyError, ...
            raise BadInput(
                f"the {kind} data are damaged or cut short",
                path=path,
                remedy="Download or export it again",
            ) from error
    notes += [f"the decoder warned: {warning.message}" for warning in caught[:1]]
    pixels.setflags(write=False)
    return Picture(
        pixels=pixels,
        format=kind,
        sha256=hashlib.sha256(data).hexdigest(),
        name=name or path.name,
        frames=frames,
        notes=tuple(notes),
    )


def _require_kind(data: bytes, path: Path) -> str:
    """Return the format of the bytes when it is one that is read and the one that is claimed."""
    if not data:
        raise BadInput("is empty (0 bytes)", path=path, remedy="Download or export it again")
    kind, claimed = sniff_kind(data), claimed_kind(path.name)
    if kind == "SVG" or (claimed == "SVG" and kind not in PICTURE_ENDINGS):
        raise BadInput(
            "is an SVG drawing, which is not read because it can pull in other files",
            path=path,
            remedy=_EXPORT,
        )
    if kind not in PICTURE_ENDINGS:
        problem = f"is {kind}, not a picture that can be read" if kind else "is not a picture"
        if claimed:
            problem = f"is {kind or 'something else'}, not the {claimed} that its ending says"
        remedy = _EXPORT
        if not kind.endswith("picture"):
            remedy = f"Use a picture of one of these kinds: {', '.join(PICTURE_ENDINGS)}"
        raise BadInput(problem, path=path, remedy=remedy)
    if claimed and claimed != kind:
        raise BadInput(
            f"is {describe_kind(kind)}, not the {claimed} that its ending says",
            path=path,
            remedy=f"Rename it to {path.with_suffix(PICTURE_ENDINGS[kind][0]).name}",
        )
    return kind


def _decode(data: bytes, kind: str, path: Path) -> tuple[Floats, int, list[str]]:
    notes: list[str] = []
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        _require_size(image, path)
        depth = _bits_per_channel(image, data)
        image.load()
        _require_size(image, path)  # a first frame may be larger than the canvas announced
        _turn_upright(image)
        pixels = _to_floats(image, path, notes)
    if depth == 16 and not image.mode.startswith(("I", "F")):
        notes.append("16 bits per channel were read as 8")
    frames, exact = _count_frames(data, kind)
    if frames > 1:
        of = f"{frames}" if exact else f"more than {frames}"
        what = "several pages" if kind == "TIFF" else "animated"
        notes.append(f"{what}: the first of {of} frames is used")
    return pixels, frames, notes


def _turn_upright(image: Image.Image) -> None:
    # Broken EXIF says nothing about the pixels, which are good.
    with suppress(OSError, SyntaxError, ValueError, KeyError, TypeError, ArithmeticError):
        ImageOps.exif_transpose(image, in_place=True)


def _require_size(image: Image.Image, path: Path) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_large(path, image.width * image.height)


def _too_large(path: Path, count: int | None) -> BadInput:
    which = f" ({count / 1e6:,.0f} million pixels)" if count else ""
    return BadInput(
        f"is too large{which}",
        path=path,
        remedy=f"Scale it down to at most {MAX_PIXELS / 1e6:.0f} million pixels",
    )


def _bits_per_channel(image: Image.Image, data: bytes) -> int:
    if image.format == "PNG":
        return data[24]  # the header chunk comes first: width, height, bit depth
    if image.format == "TIFF":
        bits = getattr(image, "tag_v2", {}).get(258, (8,))
        return max(bits) if isinstance(bits, tuple) else int(bits)
    return 8


def _to_floats(image: Image.Image, path: Path, notes: list[str]) -> Floats:
    """Return straight RGBA, (H, W, 4) float32 in 0..1, from any mode that Pillow decodes to."""
    if image.mode.startswith("I;16"):
        grey = np.asarray(image).astype(np.float32) / 65535.0
        clear = image.info.get("transparency")
        alpha = np.ones_like(grey)
        if isinstance(clear, int):
            alpha = (np.asarray(image) != clear).astype(np.float32)
        return _stack(grey, alpha)
    if image.mode in ("I", "F"):
        grey = np.asarray(image).astype(np.float32)
        if not np.isfinite(grey).all():
            raise BadInput("holds values that are not numbers", path=path, remedy=_EXPORT)
        low, high = float(grey.min()), float(grey.max())
        if image.mode == "I" or low < 0.0 or high > 1.0:
            grey = (grey - low) / (high - low) if high > low else np.zeros_like(grey)
            notes.append(f"values from {low:g} to {high:g} were stretched to black and white")
        return _stack(grey, np.ones_like(grey))
    if image.mode in ("CMYK", "LAB", "HSV", "YCbCr"):
        notes.append(f"{image.mode} colours were converted to RGB")
        image = image.convert("RGB")
    result: Floats = np.empty((image.height, image.width, 4), dtype=np.float32)
    for top in range(0, image.height, _STRIP):  # whole copies would double the peak of memory
        bottom = min(top + _STRIP, image.height)
        strip = image.crop((0, top, image.width, bottom)).convert("RGBA")
        np.divide(np.asarray(strip), 255.0, out=result[top:bottom], casting="same_kind")
    return result


def _stack(grey: Floats, alpha: Floats) -> Floats:
    return np.stack([grey, grey, grey, alpha], axis=-1)


def _count_frames(data: bytes, kind: str) -> tuple[int, bool]:
    """Return how many frames there are, and whether that is all of them.

    Formats that do not announce the number are walked through, up to a limit: a file of a few
    megabytes can hold millions of empty frames.
    """
    if kind == "GIF":
        return _count_gif_frames(data)
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            if image.format not in ("PNG", "WEBP", "TIFF"):
                return 1, True  # an MPO holds other views of the same moment, no animation
            if kind != "TIFF":
                return int(getattr(image, "n_frames", 1)), True
            for count in range(1, _MAX_COUNTED_FRAMES):
                try:
                    image.seek(count)
                except EOFError:
                    return count, True
            return _MAX_COUNTED_FRAMES, False
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, ArithmeticError):
        return 1, True  # only what follows the first frame is broken


def _count_gif_frames(data: bytes) -> tuple[int, bool]:
    """Count the image blocks of a GIF (GIF89a specification, sections 18 to 26)."""
    frames, size = 0, len(data)
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while at < size and frames < _MAX_COUNTED_FRAMES:
        if data[at] == 0x2C and at + 10 < size:
            frames += 1
            flags = data[at + 9]
            at += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        elif data[at] == 0x21:
            at += 2
        else:
            break
        while at < size and data[at]:  # sub-blocks, each led by its length, ended by a zero
            at += data[at] + 1
        at += 1
    return max(frames, 1), frames < _MAX_COUNTED_FRAMES

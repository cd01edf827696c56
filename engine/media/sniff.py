"""What a file is, told from its first bytes and not from its name."""

from __future__ import annotations

from pathlib import PurePath

__all__ = ["PICTURE_ENDINGS", "claimed_kind", "describe_kind", "sniff_kind"]

#: Pillow's name of every picture format that is read, with the endings that claim it.
PICTURE_ENDINGS: dict[str, tuple[str, ...]] = {
    "PNG": (".png", ".apng"),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
}

_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"8BPS", "a Photoshop document"),
    (b"\0\0\1\0", "a Windows icon"),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (b"\0\0\0\x0cjP", "a JPEG 2000 picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (b"qoif", "a QOI picture"),
    (b"gimp xcf", "a GIMP document"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"glTF", "a glTF mesh"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_BRANDS = {b"avif": "an AVIF picture", b"avis": "an AVIF picture", b"qt  ": "a QuickTime video"}
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}


def sniff_kind(data: bytes) -> str:
    """Tell what the bytes are.

    Returns
    -------
    str
        A key of `PICTURE_ENDINGS`, "SVG", or a phrase with its article ("a PDF document"); an
        empty string where nobody knows.
    """
    for prefix, kind in _PREFIXES:
        if data.startswith(prefix):
            return kind
    if data[:4] == b"RIFF":
        return {b"WEBP": "WEBP", b"WAVE": "a sound", b"AVI ": "an AVI video"}.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        return "a HEIC picture" if brand in _HEIF_BRANDS else _BRANDS.get(brand, "an MP4 video")
    if data[:1] == b"\x80" and data[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return "a Python pickle"
    if data[8:10] == b'{"' and data[6:8] == b"\0\0":
        return "a safetensors file"
    return _sniff_text(data[:4096])


def claimed_kind(name: str) -> str:
    """Return the picture format that the ending of a name claims, or an empty string."""
    ending = PurePath(name).suffix.lower()
    if ending in (".svg", ".svgz"):
        return "SVG"
    return next((kind for kind, endings in PICTURE_ENDINGS.items() if ending in endings), "")


def describe_kind(kind: str) -> str:
    """Return the kind as it reads in a sentence: "a PNG picture", "an SVG drawing"."""
    if kind == "SVG":
        return "an SVG drawing"
    return f"a {kind} picture" if kind in PICTURE_ENDINGS else kind


def _sniff_text(head: bytes) -> str:
    lowered = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if lowered.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")):
        # An SVG may open with a declaration, comments and entity definitions of any length.
        return "SVG" if b"svg" in lowered else "an XML document"
    if lowered.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "a web page"
    if lowered.startswith(b"<"):
        return "an XML document"
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3 or len(head) < 8:  # else a character is cut at the end
            return ""
        text = head[: error.start].decode("utf-8")
    return "plain text" if all(c.isprintable() or c.isspace() for c in text) else ""

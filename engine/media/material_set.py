"""A material from a folder of pictures: albedo, normal, height, roughness, ambient occlusion.

Which picture is which map is told from the end of its name, as the libraries of free materials
write them (``bricks_diff_2k.jpg``, ``Bricks_1K-PNG_NormalGL.png``, ``bricks-roughness.png``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.files import describe_os_error
from engine.core.spec import Asset
from engine.media.images import read_image
from engine.media.picture import Floats, premultiplied
from engine.media.sniff import PICTURE_ENDINGS
from engine.media.target import resize

__all__ = ["MATERIAL_SIDE", "MaterialSet", "Role", "is_material", "read_material", "role_of"]

Role = Literal["albedo", "normal", "normal dx", "height", "roughness", "occlusion"]

MATERIAL_SIDE = 512
"""Longest side of a stored material in pixels."""

_MOST_MAPS = 4096  # of a folder that are looked at
_ENDINGS = {ending for endings in PICTURE_ENDINGS.values() for ending in endings}
# What libraries append after the map's name: the size, the format.
_TAIL = re.compile(r"[ _.-]*(\d{1,2}k|\d{3,5}|png|jpe?g|tiff?|exr)$", re.IGNORECASE)
# A map's name begins the file's, follows a separator, or a capital or a figure in CamelCase.
_START = r"(?:^|(?<=[ _.-])|(?-i:(?<=[a-z0-9])(?=[A-Z])))"
_NORMAL = rf"{_START}(?:normals?|nor|nrm)[ _.-]*"


def _named(words: str) -> re.Pattern[str]:
    return re.compile(rf"{words}$", re.IGNORECASE)


_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("normal dx", _named(rf"{_NORMAL}(?:dx|directx)")),
    ("normal", _named(rf"{_NORMAL}(?:gl|opengl)?")),
    ("albedo", _named(rf"{_START}(?:albedo|diffuse|diff|base[ _-]?colou?r|colou?r|col)")),
    ("roughness", _named(rf"{_START}(?:roughness|rough|rgh)")),
    ("occlusion", _named(rf"{_START}(?:(?:ambient[ _-]?)?occlusion|ao|occ)")),
    ("height", _named(rf"{_START}(?:height|displacement|bump|disp)")),
)
_NEUTRAL: dict[Role, tuple[float, ...]] = {
    "albedo": (0.5, 0.5, 0.5, 1.0),
    "normal": (0.5, 0.5, 1.0),
    "height": (0.5,),
    "roughness": (0.5,),
    "occlusion": (1.0,),
}
_REMEDY = "Name the pictures ..._albedo, ..._normal, ..._height, ..._roughness, ..._ao"


@dataclass(frozen=True, eq=False)
class MaterialSet:
    """A material that was read.

    Attributes
    ----------
    asset : Asset
        uint8 (H, W, 10): RGBA albedo with straight alpha, normal (second axis up), height,
        roughness, ambient occlusion.
    notes : tuple of str
        What was missing or changed, as the user should read it.
    """

    asset: Asset
    notes: tuple[str, ...]


def role_of(path: Path) -> tuple[Role, str] | None:
    """Tell which map a picture is and of which material; None if its name does not say."""
    if path.suffix.lower() not in _ENDINGS:
        return None
    stem = path.stem
    while (shorter := _TAIL.sub("", stem)) != stem:
        stem = shorter
    for role, pattern in _ROLES:
        found = pattern.search(stem)
        if found:
            base = stem[: found.start()].rstrip(" _.-")
            while (shorter := _TAIL.sub("", base)) != base:
                base = shorter
            return role, base.lower()
    return None


def is_material(path: Path) -> bool:
    """Tell whether a folder holds maps, or a picture has at least one map beside it."""
    try:
        maps = _maps(path)
    except BadInput:
        return path.is_dir()
    return bool(maps) if path.is_dir() else len(maps) > 1


def read_material(path: Path, longest_side: int = MATERIAL_SIDE) -> MaterialSet:
    """Read a material.

    Parameters
    ----------
    path : Path
        A folder that holds one material, or any map of it.
    longest_side : int
        Larger pictures are reduced to it.

    Raises
    ------
    BadInput
        If there is no map, there are several materials, or a picture cannot be read.
    """
    maps = _maps(path)
    if not maps:
        raise BadInput("holds no map of a material", path=path, remedy=_REMEDY)
    notes: list[str] = []
    pixels: dict[Role, Floats] = {}
    for role, file in maps.items():
        picture = read_image(file)
        pixels[role] = picture.pixels
        notes += [f"{file.name}: {note}" for note in picture.notes]
    notes += _settle_normals(pixels, maps)
    lead = pixels.get("albedo", next(iter(pixels.values())))
    scale = min(1.0, longest_side / max(lead.shape[:2]))
    height, width = (max(1, round(side * scale)) for side in lead.shape[:2])
    layers: list[Floats] = []
    for role, neutral in _NEUTRAL.items():
        given = pixels.get(role)
        if given is None:
            notes.append(f"there is no {role} map: it is taken as even")
            layers.append(np.tile(np.array(neutral, np.float32), (height, width, 1)))
            continue
        if given.shape[:2] != lead.shape[:2]:
            notes.append(f"{maps[role].name} has another size and was fitted to the others")
        layers.append(_fitted(given, role, width, height))
    name = path.name if path.is_dir() else maps.get("albedo", path).name
    whole = np.round(np.concatenate(layers, axis=-1) * 255.0).astype(np.uint8)
    return MaterialSet(Asset(name, whole), tuple(notes))


def _maps(path: Path) -> dict[Role, Path]:
    """Find the maps of one material by role."""
    if not path.exists():
        raise BadInput("is not there", path=path, remedy="Choose a folder of maps, or one of them")
    folder = path if path.is_dir() else path.parent
    try:
        entries = (file for file in folder.iterdir() if role_of(file) and file.is_file())
        files = sorted(islice(entries, _MOST_MAPS))
    except OSError as error:
        raise describe_os_error(error, folder, writing=False) from error
    named = [(role_of(file), file) for file in files]
    if path.is_dir():
        bases = {found[1] for found, _ in named if found}
        if len(bases) > 1:
            raise BadInput(
                f"holds {len(bases)} materials: {', '.join(sorted(bases)[:4])}".replace(
                    ": ,", ": one without a name,"
                ),
                path=path,
                remedy="Choose a map of the one that is wanted",
            )
        wanted = next(iter(bases), "")
    else:
        own = role_of(path)
        if own is None:
            return {}
        wanted = own[1]
    maps: dict[Role, Path] = {}
    for found, file in named:
        if found and found[1] == wanted and found[0] not in maps:
            maps[found[0]] = file
    return maps


def _settle_normals(pixels: dict[Role, Floats], maps: dict[Role, Path]) -> Sequence[str]:
    """Leave one normal map, its second axis up."""
    turned = pixels.pop("normal dx", None)
    if turned is None:
        return ()
    if "normal" in pixels:
        return (f"{maps['normal dx'].name} was not needed",)
    flipped = turned.copy()
    flipped[..., 1] = 1.0 - flipped[..., 1]
    pixels["normal"], maps["normal"] = flipped, maps["normal dx"]
    return ()


def _fitted(pixels: Floats, role: Role, width: int, height: int) -> NDArray[np.float32]:
    """Bring a map to its size and its number of channels."""
    if role == "albedo":
        colours = resize(premultiplied(pixels), width, height)
        colours[..., :3] /= np.maximum(colours[..., 3:], 1e-6)
        return colours.clip(0.0, 1.0)
    values = pixels[..., :3] if role == "normal" else pixels[..., :3].mean(axis=-1, keepdims=True)
    return resize(np.ascontiguousarray(values), width, height)

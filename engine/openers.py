"""From names and files to `Spec`: what gallery, dropped files and the command line share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from engine.core import registry
from engine.core.errors import BadInput, about
from engine.core.files import read_regular
from engine.core.presets import RESOURCES, Preset
from engine.core.spec import Asset, Spec
from engine.core.system import System

if TYPE_CHECKING:
    from engine.core.activity import Activity
    from engine.mesh_nca.intake import Taken

__all__ = [
    "TARGET_SIDE",
    "FileKind",
    "Opened",
    "build",
    "endings",
    "glance",
    "kind_of",
    "open_mesh",
    "open_model",
    "open_program",
    "open_published",
    "open_target",
    "published_names",
    "spec_of",
]

FileKind = Literal["image", "model", "world", "published", "mesh", "session", "program", "other"]

TARGET_SIDE = 512
"""Longest side of a stored target in pixels; no system learns at more than 256."""

MODEL_BYTES = 2 * 2**30
"""Larger checkpoints are not read."""

PROGRAM_BYTES = 2**16
"""A longer text is no program."""

_KINDS: dict[str, FileKind] = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"), "image"),
    ".safetensors": "model",
    ".dat": "world",
    ".json": "published",
    ".pt": "published",
    ".pth": "published",
    ".primordia": "session",
    ".txt": "program",
    **dict.fromkeys((".obj", ".ply", ".stl", ".off", ".glb", ".gltf"), "mesh"),
}


def kind_of(path: Path) -> FileKind:
    """Guess from the name alone what a file is, for the sentence shown before a drop."""
    return _KINDS.get(path.suffix.lower(), "other")


def endings(*kinds: FileKind) -> tuple[str, ...]:
    """List the endings of files of these kinds."""
    return tuple(ending for ending, kind in _KINDS.items() if kind in kinds)


def glance(path: Path) -> FileKind:
    """Tell as `kind_of` what a file is, but look into its header: a checkpoint may hold a world.

    Raises
    ------
    BadInput
        If a world's file cannot be one.
    """
    from engine.core import checkpoint

    kind = kind_of(path)
    if kind == "world":
        from engine.soup import reference_file

        reference_file.check(path)
    elif kind == "model" and checkpoint.scope_of(path) in ("world", "training"):
        return "world"
    return kind


def spec_of(slug: str, preset: str = "", **params: Any) -> Spec:
    """Describe the world of a system's preset (its first one if none is named).

    Raises
    ------
    BadInput
        If there is no such system or preset, or a file of the preset is missing.
    """
    entry = registry.entry(slug)
    chosen = entry.preset(preset) if preset else next(iter(entry.presets), None)
    if chosen is None:
        return Spec(slug, params=dict(params))
    spec = _model_spec(slug, chosen)
    if chosen.target:
        spec = spec.with_(target=open_target(RESOURCES / "targets" / chosen.target))
    return spec.with_(params={**spec.params, **chosen.params, **params}, seed=chosen.seed)


def _model_spec(slug: str, preset: Preset) -> Spec:
    """Start from the parameters and the target that the preset's model was trained with."""
    from engine.core import checkpoint

    if preset.model is None:
        return Spec(slug)
    data = read_regular(RESOURCES / "models" / preset.model, limit=MODEL_BYTES)
    return checkpoint.spec_of(checkpoint.parse(data, preset.model), preset.model, data)


def open_target(path: Path, kinds: tuple[str, ...] = ("image",)) -> Asset:
    """Read something to learn, at most 512 pixels a side.

    Parameters
    ----------
    path : Path
    kinds : tuple of str
        What the system learns, as its `target_kinds` or its `Entry.targets` say.

    Returns
    -------
    Asset
        A picture, uint8 (H, W, 4) with straight alpha. Where materials are learned, too, for the
        folder of one, or one of its maps that has others beside it, uint8 (H, W, 10): see
        `engine.media.material_set`.

    Raises
    ------
    BadInput
        If it cannot be read or shows nothing that could be learned.
    """
    if "material" in kinds:
        from engine.media.material_set import is_material, read_material

        if is_material(path):
            return read_material(path, TARGET_SIDE).asset
    return _open_picture(path)


def _open_picture(path: Path) -> Asset:
    from engine.media.images import check_target, read_image
    from engine.media.picture import premultiplied
    from engine.media.target import resize

    picture = check_target(read_image(path))
    pixels = picture.pixels
    scale = TARGET_SIDE / max(picture.width, picture.height)
    if scale < 1:
        # Premultiplied while it is resampled: the colour of what is invisible must not bleed in.
        width, height = (max(1, round(n * scale)) for n in (picture.width, picture.height))
        pixels = resize(premultiplied(pixels), width, height)
        alpha = pixels[..., 3:]
        colour = np.divide(
            pixels[..., :3], alpha, where=alpha > 0, out=np.zeros_like(pixels[..., :3])
        )
        pixels = np.concatenate([colour, alpha], axis=2)
    return Asset(path.name, np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def open_mesh(
    path: Path,
    *,
    activity: Activity,
    remesh_to: int | None = None,
    features: bool = False,
    component: Literal["all", "largest"] | int = "all",
) -> Taken:
    """Read a mesh to live on, mended, and remeshed where that is wanted.

    Parameters
    ----------
    path : Path
    activity : Activity
        Is told how far it is, and may cancel it.
    remesh_to : int, optional
        Number of even vertices that the mesh should get.
    features : bool
        Whether sharp edges stay when it is remeshed.
    component : "all", "largest" or int
        Which of its parts.

    Returns
    -------
    Taken
        The packed mesh for `Spec.mesh`, its quality and what was mended.

    Raises
    ------
    BadInput
        If there is no mesh in it that can be lived on.
    """
    from engine.mesh_nca.intake import take

    return take(
        path, activity=activity, remesh_to=remesh_to, features=features, component=component
    )


@dataclass(frozen=True)
class Opened:
    """A model file as a world.

    Attributes
    ----------
    spec : Spec
        What to build.
    state : Asset, optional
        A checkpoint to `Load` into the built world, where the file holds more than weights.
    notes : tuple of str
        What the user should know: what the file does not say and was assumed.
    """

    spec: Spec
    title: str
    path: Path
    state: Asset | None = None
    notes: tuple[str, ...] = ()


def open_model(path: Path, like: Spec | None = None) -> Opened:
    """Read a checkpoint, ours or one of the reference of a soup, as a world.

    Parameters
    ----------
    path : Path
    like : Spec, optional
        A world that says what a file of the same system leaves unsaid; the notes tell.

    Raises
    ------
    BadInput
        If it is none, or broken, or of a system that is not installed.
    """
    from engine.core import checkpoint
    from engine.core.pickles import PICKLE_ENDINGS, refuse_pickles

    if path.suffix.lower() in PICKLE_ENDINGS:
        refuse_pickles(path)
    if kind_of(path) == "world":
        from engine.imports.soup_dat import world_of

        found, begun, assumed = world_of(path, like)
        return Opened(found, path.stem, path, begun, assumed)
    data = read_regular(path, limit=MODEL_BYTES)
    loaded = checkpoint.parse(data, path.name)
    try:
        registry.entry(loaded.slug)
    except BadInput as error:
        raise about(error, path) from None
    spec = checkpoint.spec_of(loaded, path.name, data)
    state = Asset(path.name, data) if loaded.scope != "model" else None
    return Opened(spec, path.stem, path, state)


def open_program(path: Path) -> str:
    """Read the text of a program, which only a world can tell to be one.

    Raises
    ------
    BadInput
        If it is no text, or none that is short enough; the first wrong byte is named.
    """
    data = read_regular(path, limit=PROGRAM_BYTES)
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise BadInput(
            f"is no text: byte {error.start + 1} is not UTF-8",
            path=path,
            remedy="Save it as plain text in UTF-8",
        ) from None
    if not text:
        raise BadInput("holds no program", path=path, remedy="Choose another file")
    return text


def build(spec: Spec, state: Asset | None = None, path: Path | None = None) -> System:
    """Make the world of a spec here and now, and restore a saved state into it.

    Parameters
    ----------
    spec : Spec
    state : Asset, optional
        A checkpoint of scope *world* or *training*.
    path : Path, optional
        The file to name where it is to blame.

    Raises
    ------
    BadInput
        If weights or state do not fit the system that they name; the file is named.
    """
    from engine.core import checkpoint

    try:
        world = registry.system_class(spec.slug)(spec)
        if state is not None:
            assert isinstance(state.data, bytes)
            loaded = checkpoint.parse(state.data, state.name)
            world.load_state(loaded.arrays, loaded.scope)
    except BadInput as error:
        raise about(error, path) from error
    return world


def published_names(path: Path) -> tuple[str, ...]:
    """List the models in a published weight file."""
    from engine import imports

    return imports.names(path)


def open_published(path: Path, name: str = "") -> Opened:
    """Read a model of a published weight file as a world.

    Raises
    ------
    BadInput
        If it is no format that we know, broken, or has no such model.
    """
    from engine import imports
    from engine.imports.worlds import spec_of as spec_of_import

    model = imports.load(path, name or None)
    return Opened(spec_of_import(model), model.name, path)

"""Published weight files: one module per format, none of which trusts its file or unpickles it."""

from __future__ import annotations

from pathlib import Path

from engine.core.errors import BadInput
from engine.core.files import describe_os_error, read_regular
from engine.core.pickles import conversion
from engine.imports.json_file import read_json
from engine.imports.model import AnyModel, Format, ImportedModel

__all__ = ["AnyModel", "Format", "ImportedModel", "load", "names", "sniff"]

_REMEDY = (
    "Readable are the JSON files of Growing NCA and of Self-Organising Textures, "
    "the .pt files of the texture grafting notebook, and the .pth files of MeshNCA"
)


def sniff(path: Path) -> Format:
    """Tell which published format a file is, by its content.

    Raises
    ------
    BadInput
        When it cannot be read or is none of them.
    """
    if not path.is_file():
        read_regular(path, limit=0)  # says whether it is missing, a folder or a device
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise describe_os_error(error, path, writing=False) from error
    if head == b"PK\x03\x04":
        from engine.imports.mesh_pth import is_mesh_pth

        return "mesh-pth" if is_mesh_pth(path) else "grafting-pt"
    if head.startswith(b"\x80"):
        raise BadInput("is a pickle, which could run code", path=path, remedy=conversion(path))
    document = read_json(path)
    if isinstance(document, list) and document and isinstance(document[0], dict):
        if "data_b64" in document[0]:
            return "growing-webgl"
    elif isinstance(document, dict) and {"model_names", "layers"} <= document.keys():
        return "texture-json"
    raise BadInput("is no published weight file that we know", path=path, remedy=_REMEDY)


def names(path: Path) -> tuple[str, ...]:
    """Names of the models in a published file; of a file with one model, its own.

    Raises
    ------
    BadInput
        When it cannot be used.
    """
    if sniff(path) == "texture-json":
        from engine.imports.texture_json import read_texture_models

        return read_texture_models(path).names
    return (path.stem,)


def load(path: Path, name: str | None = None) -> AnyModel:
    """Load a published file of any known format.

    Parameters
    ----------
    path : Path
        The file.
    name : str, optional
        Which model, where the file has several; the first when left out.

    Raises
    ------
    BadInput
        When the file cannot be used or has no such model.
    """
    kind = sniff(path)
    if kind == "growing-webgl":
        from engine.imports.growing_webgl import load_growing_webgl

        return load_growing_webgl(path)
    if kind == "mesh-pth":
        from engine.imports.mesh_pth import load_mesh_pth

        return load_mesh_pth(path)
    if kind == "grafting-pt":
        from engine.imports.grafting_pt import load_grafting_pt

        return load_grafting_pt(path)
    from engine.imports.texture_json import read_texture_models

    models = read_texture_models(path)
    return models.model(models.names[0] if name is None else name)

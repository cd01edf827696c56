"""What the gallery knows of a system before it is imported: its description and its presets.

One JSON file per system lies in ``resources/presets`` (a plugin's beside its module). People write
``order`` and ``presets``; ``info``, ``schema`` and ``capabilities`` are generated from the class by
`refresh`, and a test keeps them current.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from engine.core.errors import BadInput
from engine.core.files import read_regular, write_atomically
from engine.core.params import ParamField, fields_of_schema
from engine.core.system import Settling, System, SystemInfo, Targetable, Trainable

__all__ = [
    "PRESETS",
    "RESOURCES",
    "THUMBNAILS",
    "Entry",
    "Preset",
    "describe",
    "outdated",
    "read",
    "refresh",
]

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
PRESETS = RESOURCES / "presets"
THUMBNAILS = PRESETS / "thumbnails"

USUAL_SPEED = 60.0
"""Ticks per second at which most presets look best: one per picture of a usual screen."""

_FORMAT = 1
_LIMIT = 4 * 2**20  # bytes; the largest file of ours has about 10 kB


@dataclass(frozen=True)
class Preset:
    """A named start of a system.

    Attributes
    ----------
    id : str
        Lower case with hyphens, unique within its system.
    title : str
        For the gallery.
    look : str
        What to look at, one or two sentences.
    params : dict
        Parameters that differ from the defaults.
    seed : int
        Of the world.
    model, target : str, optional
        File names in ``resources/models`` and ``resources/targets``.
    tags : tuple of str
        More words to search for.
    view : str, optional
        Title or name of the view in which its story is told; None is the first one.
    thumbnail : str, optional
        File name in ``resources/presets/thumbnails``.
    steps : int
        Ticks until the thumbnail's moment.
    updates : int
        Training updates before those ticks: what begins untrained shows what it has become.
    speed : float, optional
        Ticks per second at which it looks best; None is unlimited.
    crop : (row, column, rows, columns), optional
        Cells that the thumbnail shows; None is the largest square in the middle.
    """

    id: str
    title: str
    look: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    model: str | None = None
    target: str | None = None
    tags: tuple[str, ...] = ()
    view: str | None = None
    thumbnail: str | None = None
    steps: int = 200
    updates: int = 0
    speed: float | None = None
    crop: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class Entry:
    """A system as the gallery sees it, known without importing it.

    Attributes
    ----------
    info : SystemInfo
    schema : dict
        JSON schema of its parameters; see `engine.core.params.fields_of_schema`.
    presets : tuple of Preset
    trainable : bool
    targets : tuple of str
        Kinds of target that it takes ("image", ...).
    settles : bool
        Whether it lives on a mesh of the user's.
    order : int
        Place in the gallery; smaller comes first.
    folder : Path, optional
        Where its preset file lies, with the thumbnails beside it.
    """

    info: SystemInfo
    schema: dict[str, Any]
    presets: tuple[Preset, ...] = ()
    trainable: bool = False
    targets: tuple[str, ...] = ()
    settles: bool = False
    order: int = 100
    folder: Path | None = None

    @property
    def speed(self) -> float | None:
        """Ticks per second at which a world without a preset begins; None is unlimited."""
        return self.presets[0].speed if self.presets else USUAL_SPEED

    @property
    def fields(self) -> tuple[ParamField, ...]:
        """The parameters, described for panels and help pages."""
        return fields_of_schema(self.schema)

    def preset(self, id: str) -> Preset:
        """Find a preset by its id.

        Raises
        ------
        BadInput
            If there is none; the message names the known ones.
        """
        for preset in self.presets:
            if preset.id == id:
                return preset
        known = ", ".join(preset.id for preset in self.presets) or "none"
        raise BadInput(f"{self.info.title} has no preset {id!r}", remedy=f"Use one of: {known}")

    def thumbnail(self, preset: Preset) -> Path | None:
        """Where the preset's picture lies: its thumbnail, or what it is to learn; else None."""
        if preset.thumbnail is None and preset.target is not None:
            target = RESOURCES / "targets" / Path(preset.target).name
            return target if target.is_file() else None
        if preset.thumbnail is None or self.folder is None:
            return None
        path = self.folder / "thumbnails" / Path(preset.thumbnail).name
        return path if path.is_file() else None


_INFO = TypeAdapter(SystemInfo)
_LIST = TypeAdapter(tuple[Preset, ...])


def describe(system: type[System]) -> Entry:
    """Make the entry of an imported system, without presets."""
    return Entry(
        info=system.info,
        schema=system.Params.model_json_schema(),
        trainable=issubclass(system, Trainable),
        targets=system.target_kinds() if issubclass(system, Targetable) else (),
        settles=issubclass(system, Settling) and system.settles(),
    )


def read(path: Path) -> Entry:
    """Read a preset file.

    Raises
    ------
    BadInput
        If it is missing, not JSON, or lacks what the gallery needs.
    """
    try:
        content = json.loads(read_regular(path, limit=_LIMIT))
        if not isinstance(content, Mapping) or content.get("format") != _FORMAT:
            raise BadInput(f"is not a preset file of format {_FORMAT}", path=path)
        schema, can = dict(content["schema"]), dict(content["capabilities"])
        fields_of_schema(schema)
        entry = Entry(
            info=_INFO.validate_python(content["info"]),
            schema=schema,
            presets=_LIST.validate_python(content.get("presets", [])),
            trainable=bool(can.get("trainable", False)),
            targets=tuple(str(kind) for kind in can.get("targets", ())),
            settles=bool(can.get("settles", False)),
            order=int(content.get("order", 100)),
            folder=path.parent,
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"its {where} cannot be used: {first['msg']}", path=path) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadInput(
            f"is not a preset file ({error})",
            path=path,
            remedy="Write it again with: primordia presets --write",
        ) from error
    ids = [preset.id for preset in entry.presets]
    if len(set(ids)) != len(ids):
        raise BadInput("two presets have the same id", path=path)
    return entry


def refresh(system: type[System], path: Path) -> bool:
    """Bring the generated parts of a preset file up to date; what people wrote stays.

    Returns
    -------
    bool
        Whether the file changed.
    """
    new = _current(system, path)
    if new is None:
        return False
    write_atomically(path, new)
    return True


def outdated(system: type[System], path: Path) -> bool:
    """Tell whether `refresh` would change the file."""
    return _current(system, path) is not None


def _current(system: type[System], path: Path) -> bytes | None:
    """Compose the file as it should be; None where it is so."""
    old = read_regular(path, limit=_LIMIT) if path.exists() else b"{}"
    content = json.loads(old)
    now = describe(system)
    written = {
        "format": _FORMAT,
        "order": content.get("order", 100),
        "info": asdict(now.info),
        "capabilities": _abilities(now),
        "presets": [_slim(preset) for preset in content.get("presets", [])],
        "schema": now.schema,
    }
    new = (json.dumps(written, indent=1, ensure_ascii=False) + "\n").encode()
    return None if new == old else new


def _abilities(now: Entry) -> dict[str, Any]:
    """List what a system can do; what few can is named only where it can."""
    known: dict[str, Any] = {"trainable": now.trainable, "targets": list(now.targets)}
    return known | ({"settles": True} if now.settles else {})


def _slim(preset: Mapping[str, Any]) -> dict[str, Any]:
    """Order a preset's keys as the dataclass has them."""
    names = [entry.name for entry in fields(Preset)]
    return {name: preset[name] for name in names if name in preset} | {
        name: value for name, value in preset.items() if name not in names
    }

"""The user's own presets: a folder of ``NAME.json``, beside each a picture and what was learned.

The JSON file says everything about a preset; ``NAME.safetensors`` is a checkpoint, of the model
alone or of the world as it was, ``NAME.mesh`` a mesh of the user's and ``NAME.png`` the picture.
All are read forgivingly: a file that cannot be used is left out with a line in the log, and nothing
is ever unpickled.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from engine import openers
from engine.core.errors import BadInput, UserError, about
from engine.core.files import read_regular, write_atomically
from engine.core.spec import LAST_SEED, Asset, Spec

__all__ = ["Saved", "UserPreset", "UserPresets"]

_FORMAT = 1
_LIMIT = 2**20
_MESH_LIMIT = 2**30
_LONGEST = 60  # letters of a file's name
_FILES = (".json", ".safetensors", ".mesh", ".png")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
logger = logging.getLogger(__name__)

State = Literal["", "model", "world"]


@dataclass(frozen=True)
class UserPreset:
    """A preset of the user's.

    Attributes
    ----------
    name : str
        Of its files, without an ending.
    title, look : str
        In the user's words; `look` says what there is to look at.
    slug : str
        The system, which need not be installed any more.
    tags : tuple of str
    params : dict
    seed : int
    state : "", "model" or "world"
        What its checkpoint holds; "" if there is none and it begins from parameters and seed alone.
    speed : float, optional
        Ticks per second; None is unlimited.
    page : dict
        How it was looked at: what `WorldPage.memento` gave.
    made : str
        ISO date.
    """

    name: str
    title: str
    slug: str
    look: str = ""
    tags: tuple[str, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    state: State = ""
    speed: float | None = None
    page: dict[str, Any] = field(default_factory=dict)
    made: str = ""


@dataclass(frozen=True)
class Saved:
    """What is written beside the words: bytes of a checkpoint, a mesh, a PNG; each may be none."""

    checkpoint: bytes = b""
    mesh: bytes = b""
    picture: bytes = b""


class UserPresets:
    """The presets in a folder.

    Parameters
    ----------
    folder : Path
        Need not exist; it is made with the first preset.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> tuple[UserPreset, ...]:
        """Read them, by title; what cannot be read is logged and left out."""
        found = []
        try:
            paths = sorted(self.folder.glob("*.json"))
        except OSError as error:
            logger.warning("the presets of %s cannot be read: %s", self.folder, error)
            return ()
        for path in paths:
            try:
                found.append(_read(path))
            except UserError as error:
                logger.warning("a preset is left out: %s", error)
        return tuple(sorted(found, key=lambda preset: (preset.title.lower(), preset.name)))

    def get(self, name: str) -> UserPreset:
        """Read one.

        Raises
        ------
        BadInput
            If it is not there or cannot be read.
        """
        _check(name)
        return _read(self.folder / f"{name}.json")

    def picture(self, name: str) -> Path | None:
        """Where the picture of a preset lies; None if it has none."""
        path = self.folder / f"{name}.png"
        return path if path.is_file() else None

    def add(self, preset: UserPreset, saved: Saved) -> UserPreset:
        """Keep a preset under a name that is free; returns it with that name.

        Raises
        ------
        UserError
            If it cannot be written; nothing of it stays then.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        named = replace(preset, name=self._free(preset.title), made=_now())
        base = self.folder / named.name
        try:
            for ending, data in (
                (".safetensors", saved.checkpoint),
                (".mesh", saved.mesh),
                (".png", saved.picture),
            ):
                if data:
                    write_atomically(base.with_name(named.name + ending), data)
            self._write(named)  # last: without it the others count for nothing
        except UserError:
            self.delete(named.name)
            raise
        return named

    def edit(self, name: str, *, title: str, look: str, tags: tuple[str, ...]) -> UserPreset:
        """Give a preset other words; its files keep their name."""
        preset = replace(self.get(name), title=title, look=look, tags=tags)
        self._write(preset)
        return preset

    def delete(self, name: str) -> None:
        """Remove a preset with all its files."""
        _check(name)
        for ending in _FILES:  # the words first: from then on it is gone
            with suppress(FileNotFoundError):
                (self.folder / f"{name}{ending}").unlink()

    def open(self, preset: UserPreset) -> tuple[Spec, Asset | None]:
        """Return what its world is built from, and the state to load into it, if there is one.

        Raises
        ------
        BadInput
            If one of its files is missing or broken; the file is named.
        """
        path = self.folder / f"{preset.name}.safetensors"
        spec, state = Spec(preset.slug), None
        if preset.state:
            opened = openers.open_model(path)
            if opened.spec.slug != preset.slug:
                raise BadInput(f"holds a world of {opened.spec.slug}", path=path)
            spec = opened.spec
            state = opened.state if preset.state == "world" else None
        spec = spec.with_(params={**spec.params, **preset.params}, seed=preset.seed)
        mesh = self.folder / f"{preset.name}.mesh"
        if mesh.exists() and spec.mesh is None:
            try:
                data = read_regular(mesh, limit=_MESH_LIMIT)
            except UserError as error:
                raise about(error, mesh) from error
            spec = spec.with_(mesh=Asset(f"{preset.title} mesh", data))
        return spec, state

    def _write(self, preset: UserPreset) -> None:
        content = {"format": _FORMAT, **asdict(preset)}
        del content["name"]
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        write_atomically(self.folder / f"{preset.name}.json", text.encode())

    def _free(self, title: str) -> str:
        """Make a file's name of a title that no other preset has."""
        plain = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:_LONGEST] or "preset"
        name, number = plain, 1
        while any((self.folder / f"{name}{ending}").exists() for ending in _FILES):
            number += 1
            name = f"{plain}-{number}"
        return name


def _check(name: str) -> None:
    """Refuse a name that could lead out of the folder."""
    if Path(name).name != name or name.startswith("."):
        raise BadInput(f"{name!r} is not the name of a preset")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _read(path: Path) -> UserPreset:
    """Read one preset; what has the wrong type takes its default, but there must be a system."""
    try:
        content = json.loads(read_regular(path, limit=_LIMIT))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"is not a preset ({error})", path=path) from error
    if not isinstance(content, Mapping):
        raise BadInput("is not a preset", path=path)
    slug, version = content.get("slug"), content.get("format")
    if version != _FORMAT or not (isinstance(slug, str) and _SLUG.fullmatch(slug)):
        raise BadInput("is not a preset of a kind that this version knows", path=path)
    seed, speed, state = content.get("seed"), content.get("speed"), content.get("state")
    params, page, tags = content.get("params"), content.get("page"), content.get("tags")
    return UserPreset(
        name=path.stem,
        title=_text(content.get("title")) or path.stem,
        slug=slug,
        look=_text(content.get("look")),
        tags=tuple(_text(tag) for tag in tags if _text(tag)) if isinstance(tags, list) else (),
        params=dict(params) if isinstance(params, dict) else {},
        seed=seed if type(seed) is int and 0 <= seed <= LAST_SEED else 0,
        state="model" if state == "model" else "world" if state == "world" else "",
        speed=_speed(speed),
        page=dict(page) if isinstance(page, dict) else {},
        made=_text(content.get("made")),
    )


def _text(value: Any) -> str:
    return " ".join(value.split())[:2000] if isinstance(value, str) else ""


def _speed(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and 0 < value < 1e9 else None

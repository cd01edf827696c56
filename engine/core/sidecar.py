"""The JSON beside a picture or a film, from which `primordia render` makes it once more.

Hashes say whether a file is still the one that is meant, and whether what was made again is the
same to the bit. What is read is believed only after it was checked. The files themselves are read
and written by `engine.core.sidecar_files`.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from engine.core.errors import BadInput
from engine.core.journal import Done, Entry, Put, Ticks, Updates
from engine.core.journal_text import decode
from engine.core.sidecar_request import number, request_in, size_in, whole
from engine.core.spec import Asset, Spec
from engine.core.views import ViewRequest

__all__ = [
    "KIND",
    "Drawing",
    "Film",
    "Pixels",
    "Sidecar",
    "StateFile",
    "from_json",
    "to_json",
]

SCHEMA = 1
KIND = "primordia sidecar"
"""What a sidecar calls itself."""

_ASSET = 2**24  # bytes of a file within it, unpacked
_FRAMES = 10_000_000


@dataclass(frozen=True)
class Drawing:
    """How a view becomes a frame.

    Attributes
    ----------
    size : (width, height), optional
        In pixels; None for as many as the view has.
    ground : (r, g, b), optional
        Colour behind the world; None keeps what is empty transparent.
    legend : bool
        Whether step, scale and the meaning of the colours are written below.
    cells : bool
        Whether it shows cells, so that the scale counts them; a solid has none.
    """

    size: tuple[int, int] | None = None
    ground: tuple[int, int, int] | None = None
    legend: bool = False
    cells: bool = True


@dataclass(frozen=True)
class Film:
    """How frames become a film: see `engine.core.commands.Record`."""

    fps: float
    every: int
    turn: float
    still: bool
    quality: Literal["small", "good", "best"]
    full_chroma: bool


@dataclass(frozen=True)
class Pixels:
    """What was drawn, before any encoding.

    Attributes
    ----------
    sha256 : str
        Of all frames, one after the other: rows of RGB or RGBA.
    frames : int
    each : dict
        Number of a frame to its own hash, for some of them.
    """

    sha256: str
    frames: int = 1
    each: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StateFile:
    """A checkpoint beside the sidecar: its name and the SHA-256 of its bytes."""

    file: str
    sha256: str


@dataclass(frozen=True, eq=False)
class Sidecar:
    """All that is needed to make a picture or a film again.

    Attributes
    ----------
    file : str
        Name of the picture or film.
    sha256 : str
        Of its bytes; "" for a folder of frames.
    title, step : str, int
        Of the world at the first frame.
    spec : Spec
        What it was built from; where `states` begins with the start only its name counts.
    begins : bool
        Whether the first of `states` is restored before anything else.
    states : tuple of StateFile
    before, during : tuple of entries
        What happened up to the first frame, and from there to the last.
    device, threads : str, int
    view, request
        What was drawn.
    drawing : Drawing
    film : Film, optional
        None for a picture.
    pixels : Pixels
    text : dict
        What the picture says about itself.
    broken : str
        Why it cannot be made again; "" if it can.
    program : str
        Version that wrote it.
    made : str
        When, ISO 8601.
    """

    file: str
    sha256: str
    title: str
    step: int
    spec: Spec
    begins: bool
    states: tuple[StateFile, ...]
    before: tuple[Entry, ...]
    during: tuple[Entry, ...]
    device: str
    threads: int
    view: str
    request: ViewRequest
    drawing: Drawing
    film: Film | None
    pixels: Pixels
    text: Mapping[str, str] = field(default_factory=dict)
    broken: str = ""
    program: str = ""
    made: str = ""


def to_json(sidecar: Sidecar) -> str:
    """Write a sidecar as JSON.

    Raises
    ------
    BadInput
        If a number in it is not finite.
    """
    values: dict[str, Any] = {
        "kind": KIND,
        "schema": SCHEMA,
        "program": sidecar.program,
        "made": sidecar.made,
        "file": sidecar.file,
        "sha256": sidecar.sha256,
        "title": sidecar.title,
        "step": sidecar.step,
        "device": sidecar.device,
        "threads": sidecar.threads,
        "broken": sidecar.broken,
        "view": sidecar.view,
        "request": asdict(sidecar.request),
        "drawing": asdict(sidecar.drawing),
        "film": asdict(sidecar.film) if sidecar.film is not None else None,
        "pixels": {
            "sha256": sidecar.pixels.sha256,
            "frames": sidecar.pixels.frames,
            "each": {str(number): text for number, text in sidecar.pixels.each.items()},
        },
        "text": dict(sidecar.text),
        "world": _spec_out(sidecar.spec, whole=not sidecar.begins),
        "begins": sidecar.begins,
        "states": [asdict(state) for state in sidecar.states],
        "before": [_entry_out(entry) for entry in sidecar.before],
        "during": [_entry_out(entry) for entry in sidecar.during],
    }
    try:
        return json.dumps(values, indent=1, allow_nan=False, default=_plain) + "\n"
    except ValueError:
        raise BadInput("a number that is not finite cannot be told in a sidecar") from None


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} in a sidecar")


def from_json(text: str) -> Sidecar:
    """Read what `to_json` wrote.

    Raises
    ------
    BadInput
        If anything in it is missing or of the wrong kind.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or values.get("kind") != KIND:
        raise BadInput("is not the sidecar of a picture or film of Primordia")
    if values.get("schema") != SCHEMA:
        raise BadInput("was written by a newer version", remedy="Use that version")
    try:
        return _sidecar(values)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, zlib.error) as error:
        raise BadInput(f"is a sidecar with wrong values ({error})") from None


def _sidecar(values: dict[str, Any]) -> Sidecar:
    pixels = values["pixels"]
    states = tuple(StateFile(_name(s["file"]), str(s["sha256"])) for s in values["states"])
    during, before = _entries(values["during"]), _entries(values["before"])
    if any(isinstance(e, Put) and e.state >= len(states) for e in (*before, *during)):
        raise ValueError("a state is missing")
    begins = bool(values["begins"])
    if begins and not states:
        raise ValueError("the start is missing")
    return Sidecar(
        file=_name(values["file"]),
        sha256=str(values["sha256"]),
        title=str(values["title"]),
        step=int(values["step"]),
        spec=_spec_in(values["world"]),
        begins=begins,
        states=states,
        before=before,
        during=during,
        device=str(values["device"]),
        threads=whole(values["threads"], 1, 4096),
        view=str(values["view"]),
        request=request_in(values["request"]),
        drawing=_drawing(values["drawing"]),
        film=_film(values["film"]) if values["film"] is not None else None,
        pixels=Pixels(
            str(pixels["sha256"]),
            whole(pixels["frames"], 1, _FRAMES),
            {int(number): str(one) for number, one in pixels["each"].items()},
        ),
        text={str(key): str(words) for key, words in values["text"].items()},
        broken=str(values["broken"]),
        program=str(values["program"]),
        made=str(values["made"]),
    )


def _name(text: Any) -> str:
    """Take a name that leads nowhere else."""
    if not isinstance(text, str) or not text or text in (".", "..") or "\0" in text:
        raise ValueError("a file without a name")
    if Path(text).name != text or "\\" in text:
        raise ValueError("a file in another folder")
    return text


def _entry_out(entry: Entry) -> Any:
    if isinstance(entry, Ticks):
        return {"ticks": entry.count}
    if isinstance(entry, Updates):
        return {"updates": entry.count}
    if isinstance(entry, Put):
        return {"put": entry.state, **({"tick": True} if entry.tick else {})}
    return json.loads(entry.text)


def _entries(values: Sequence[Any]) -> tuple[Entry, ...]:
    return tuple(_entry_in(value) for value in values)


def _entry_in(value: dict[str, Any]) -> Entry:
    if "ticks" in value:
        return Ticks(whole(value["ticks"], 1, 2**53))
    if "updates" in value:
        return Updates(whole(value["updates"], 1, 2**53))
    if "put" in value:
        return Put(whole(value["put"], 0, 10_000), bool(value.get("tick")))
    text = json.dumps(value)
    decode(text)
    return Done(text)


def _spec_out(spec: Spec, *, whole: bool) -> dict[str, Any]:
    files = {"model": spec.model, "target": spec.target, "mesh": spec.mesh} if whole else {}
    return {
        "system": spec.slug,
        "params": spec.params,
        "seed": spec.seed,
        **{name: _asset_out(asset) for name, asset in files.items() if asset is not None},
    }


def _asset_out(asset: Asset) -> dict[str, Any]:
    kind: dict[str, Any] = {"name": asset.name, "sha256": asset.sha256}
    if isinstance(asset.data, np.ndarray):
        data = np.ascontiguousarray(asset.data)
        kind |= {"dtype": data.dtype.str, "shape": list(data.shape)}
        raw = data.tobytes()
    else:
        raw = asset.data
    return {**kind, "zlib": base64.b64encode(zlib.compress(raw)).decode()}


def _spec_in(values: dict[str, Any]) -> Spec:
    files = {n: _asset_in(values[n]) for n in ("model", "target", "mesh") if n in values}
    if not isinstance(values["params"], dict):
        raise TypeError("no parameters")
    # Always on the CPU, where results are the same everywhere.
    return Spec(str(values["system"]), values["params"], values["seed"], "cpu", **files)


def _asset_in(values: dict[str, Any]) -> Asset:
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(base64.b64decode(values["zlib"], validate=True), _ASSET)
    if not unpacker.eof:
        raise ValueError("a file in it is too large or cut off")
    data: Any = raw
    if "dtype" in values:
        dtype = np.dtype(str(values["dtype"]))
        if dtype.hasobject:
            raise ValueError("a picture of objects")
        shape = [whole(side, 0, 2**16) for side in values["shape"]]
        data = np.frombuffer(raw, dtype).reshape(shape).copy()
    asset = Asset(str(values["name"]), data)
    if asset.sha256 != values["sha256"]:
        raise ValueError(f"{asset.name} was changed")
    return asset


def _drawing(values: dict[str, Any]) -> Drawing:
    size, ground = values["size"], values["ground"]
    colour = None
    if ground is not None:
        red, green, blue = (whole(part, 0, 255) for part in ground)
        colour = red, green, blue
    inner = size_in(size) if size is not None else None
    return Drawing(inner, colour, bool(values["legend"]), bool(values["cells"]))


def _film(values: dict[str, Any]) -> Film:
    quality = values["quality"]
    if quality not in ("small", "good", "best"):
        raise ValueError(f"the quality {quality!r}")
    return Film(
        fps=number(values["fps"]),
        every=whole(values["every"], 1, 2**31),
        turn=number(values["turn"]),
        still=bool(values["still"]),
        quality=quality,
        full_chroma=bool(values["full_chroma"]),
    )

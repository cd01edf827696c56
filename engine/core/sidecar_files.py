"""Sidecars on the disk, and the states that stand beside them.

`NAME.png` has `NAME.png.json` beside it and, where it begins in a state and not at a reset, the
checkpoint `NAME.png.start.safetensors` (`NAME.png.state-2.safetensors`, ... for states that a film
was put into later).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from engine.core.errors import BadInput
from engine.core.files import read_regular, write_atomically
from engine.core.origin import Making, Origin
from engine.core.sidecar import KIND, Drawing, Film, Pixels, Sidecar, StateFile, from_json, to_json
from engine.core.views import ViewRequest

__all__ = [
    "ENDING",
    "check_free",
    "is_sidecar",
    "read",
    "sidecar_of",
    "state_bytes",
    "version",
    "write",
]

ENDING = ".json"

_LIMIT = 64 * 2**20  # bytes of a sidecar
_STATE = 2 * 2**30  # bytes of a state
_HEAD = 200  # letters in which a sidecar says what it is
_AGAIN = "Use the sidecar as the program wrote it"


def sidecar_of(path: Path) -> Path:
    """Return where the sidecar of a picture, a film or a folder of frames lies."""
    return path.with_name(path.name + ENDING)


def is_sidecar(path: Path) -> bool:
    """Tell by its first letters whether a file says that it is a sidecar."""
    try:
        return KIND in read_regular(path, limit=_LIMIT)[:_HEAD].decode(errors="replace")
    except BadInput:
        return False


def check_free(path: Path) -> None:
    """Refuse a picture or film whose sidecar would take the place of another file of the user's.

    Raises
    ------
    BadInput
        If there is one of the name that is no sidecar.
    """
    goal = sidecar_of(path)
    if not os.path.lexists(goal):
        return
    if not is_sidecar(goal):
        raise BadInput(
            "is another file than a sidecar, whose place a sidecar would take",
            path=goal,
            remedy="Choose another name, or no sidecar",
        )


def write(
    path: Path,
    made: Making | Origin,
    *,
    sha256: str,
    view: str,
    request: ViewRequest,
    drawing: Drawing,
    pixels: Pixels,
    film: Film | None = None,
    text: Mapping[str, str] | None = None,
) -> Path:
    """Write the sidecar of a picture or film, and the states that it begins with or is put into.

    Parameters
    ----------
    path : Path
        The picture or film that lies there already.
    made : Making or Origin
        Where it came from.

    Returns
    -------
    Path
        The sidecar.

    Raises
    ------
    UserError
        If it cannot be written, or another file has its name.
    """
    check_free(path)
    making = made if isinstance(made, Making) else Making(origin=made)
    origin = making.origin
    assert origin is not None
    states = making.states if isinstance(made, Making) else []
    if isinstance(made, Origin) and made.state is not None:
        states = [made.state]
    kept: list[StateFile] = []
    for number, state in enumerate(states, 1):
        first = number == 1 and origin.state is not None
        name = f"{path.name}.{'start' if first else f'state-{number}'}.safetensors"
        data = state.encode()
        write_atomically(path.with_name(name), data)
        kept.append(StateFile(name, hashlib.sha256(data).hexdigest()))
    _remove_older(path, {state.file for state in kept})
    sidecar = Sidecar(
        file=path.name,
        sha256=sha256,
        title=origin.title,
        step=origin.step,
        spec=origin.spec,
        begins=origin.state is not None,
        states=tuple(kept),
        before=origin.entries,
        during=making.during,
        device=origin.device,
        threads=origin.threads,
        view=view,
        request=request,
        drawing=drawing,
        film=film,
        pixels=pixels,
        text=dict(text or {}),
        broken=making.broken,
        program=version(),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    goal = sidecar_of(path)
    write_atomically(goal, to_json(sidecar).encode())
    return goal


def _remove_older(path: Path, kept: set[str]) -> None:
    """Remove states of an older picture of that name, which nothing tells of any more."""
    own = re.compile(rf"{re.escape(path.name)}\.(start|state-\d+)\.safetensors")
    with suppress(OSError):
        for file in list(path.absolute().parent.iterdir()):
            if own.fullmatch(file.name) and file.name not in kept:
                file.unlink()


def read(path: Path) -> Sidecar:
    """Read a sidecar.

    Raises
    ------
    BadInput
        If it is not there or is none.
    """
    data = read_regular(path, limit=_LIMIT)
    try:
        return from_json(data.decode())
    except UnicodeDecodeError:
        raise BadInput("is not a sidecar", path=path, remedy=_AGAIN) from None
    except BadInput as error:
        raise BadInput(error.problem, path=path, remedy=error.remedy or _AGAIN) from None


def state_bytes(path: Path, state: StateFile) -> bytes:
    """Read a state that stands beside a sidecar.

    Parameters
    ----------
    path : Path
        The sidecar.
    state : StateFile

    Raises
    ------
    BadInput
        If the file is missing, or is not the one that was written with the sidecar.
    """
    beside = path.with_name(state.file)
    data = read_regular(beside, limit=_STATE)
    if hashlib.sha256(data).hexdigest() != state.sha256:
        raise BadInput(
            "is not the state that belongs to the sidecar",
            path=beside,
            remedy="Use the file that was written with it",
        )
    return data


def version() -> str:
    """Return the version of the program, "" where it is not installed."""
    try:
        return importlib.metadata.version("primordia")
    except importlib.metadata.PackageNotFoundError:
        return ""

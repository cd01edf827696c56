"""Writing what a verb made: the ending of ``--out`` decides the kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.core import checkpoint
from engine.core.errors import BadInput
from engine.core.figures import FIGURES, HeadsView
from engine.core.files import check_writable
from engine.core.recorder import request_of
from engine.core.system import Exportable, Measured, Scope, System, ViewOffer
from engine.core.views import Eye, ImageView, MeshView, View, ViewRequest

if TYPE_CHECKING:
    from engine.core.commands import Record
    from engine.core.journal import Journal
    from engine.core.origin import Making
    from engine.media.recording import ViewFilm

__all__ = [
    "FILMS",
    "Look",
    "Recorder",
    "asked",
    "ending_of",
    "endings",
    "rendered",
    "still",
    "write_result",
]

FILMS = (".mp4", ".webm", ".gif", ".webp")
HEADS = (960, 960)
"""Pixels of a picture of attention where no size is wanted."""
SOLID = (720, 720)
"""Pixels of a solid's picture where no size is wanted."""
WHOLE = 2**16  # texels: no world is reduced
GROUND = (255, 255, 255)
SOLID_GROUND = (15, 17, 21)
"""Behind solids in a film, as in the dark window: they are lit, and white would outshine them."""


@dataclass(frozen=True)
class Look:
    """What of the world is drawn, and how large; solids from an eye that may turn.

    With `frames` a film shows no run but so many pictures of what is there at its end.
    """

    view: str = "world"
    channel: str = ""
    scale: int = 1
    size: tuple[int, int] | None = None
    fps: float = 30.0
    every: int = 1
    eye: Eye | None = None
    turn: float = 0.0
    frames: int = 0


def asked(world: System, look: Look) -> tuple[str, ViewRequest]:
    """Return the name of the view that is asked for and what is wanted of it.

    Raises
    ------
    BadInput
        If the system has no such view or channel, or it is flat and cannot be seen from an eye.
    """
    offer = _offer(world, look.view)
    if offer is not None and offer.kind == "mesh":
        return offer.name, _solid(world, look)
    if look.eye is not None or look.turn:
        raise BadInput(
            f"{world.info.title} is flat and is seen from nowhere else",
            remedy="Leave --eye, --turn and --frames out",
        )
    request = ViewRequest(max_size=WHOLE)
    view = None if offer is None else world.views({offer.name: request}).get(offer.name)
    if offer is None or not isinstance(view, (ImageView, HeadsView, *FIGURES)):
        known = ", ".join(o.name for o in world.view_offers()) or "none"
        raise BadInput(
            f"{world.info.title} has no picture {look.view!r}", remedy=f"Use one of: {known}"
        )
    if not look.channel:
        return offer.name, request
    names = view.channels if isinstance(view, ImageView) else ()
    return offer.name, ViewRequest(_channels(world, names, look), max_size=WHOLE)


def picture(world: System, look: Look) -> View:
    """Make the view that is asked for, of a solid as it is seen from its eye."""
    name, request = asked(world, look)
    return world.views({name: request})[name]


def _offer(world: System, name: str) -> ViewOffer | None:
    """Find a view by its name; "world" is the main one where none is called so."""
    offers = world.view_offers()
    named = next((offer for offer in offers if offer.name == name), None)
    return offers[0] if named is None and name == Look.view and offers else named


def _solid_there(world: System, look: Look) -> bool:
    """Whether what is drawn is a solid."""
    return any(o.name == look.view and o.kind == "mesh" for o in world.view_offers())


def _solid(world: System, look: Look) -> ViewRequest:
    if look.scale != 1:
        raise BadInput(
            f"{world.info.title} has no cells to enlarge", remedy="Write --size 1280x720"
        )
    channels: tuple[int, ...] = ()
    if look.channel:
        whole = world.views({look.view: ViewRequest()})[look.view]
        assert isinstance(whole, MeshView)
        channels = _channels(world, whole.channels, look)
    size = look.size or SOLID
    return ViewRequest(channels, max_size=max(size), eye=look.eye or Eye(), size=size)


def _channels(world: System, names: tuple[str, ...], look: Look) -> tuple[int, ...]:
    if look.channel not in names:
        raise BadInput(
            f"{world.info.title} has no channel {look.channel!r}",
            remedy=f"Use one of: {', '.join(names)}",
        )
    return (names.index(look.channel),)


def rendered(world: System, look: Look) -> tuple[str, ...]:
    """List the endings that `render` writes: pictures, films, and solids as textured meshes."""
    solid = _solid_there(world, look)
    own = [e.ending for e in world.exports()] if solid and isinstance(world, Exportable) else []
    return tuple(dict.fromkeys([".png", *FILMS, *own]))


def still(world: System, look: Look, path: Path, journal: Journal | None = None) -> None:
    """Write the picture of this moment as PNG, transparent where the world is.

    With its journal the sidecar is written, too.
    """
    from engine.core.origin import origin_of
    from engine.core.sidecar import Drawing
    from engine.media.saving import save_picture

    name, request = asked(world, look)
    view = world.views({name: request})[name]
    text = {"Software": "Primordia", "Title": f"{world.info.title}, step {world.step_count}"}
    drawing = Drawing(_frame_size(view, look))
    origin = origin_of(journal, world) if journal is not None else None
    save_picture(path, view, drawing, text, origin=origin, name=name, request=request)


def _frame_size(view: View, look: Look) -> tuple[int, int] | None:
    """Return the size that was asked for; None for that of the view."""
    if look.size is not None:
        return look.size
    if isinstance(view, HeadsView):
        return HEADS[0] * look.scale, HEADS[1] * look.scale
    if look.scale == 1 or not isinstance(view, ImageView):
        return None
    return view.data.shape[1] * look.scale, view.data.shape[0] * look.scale


def endings(world: System) -> tuple[str, ...]:
    """Endings that a world can be written to."""
    own = [export.ending for export in world.exports()] if isinstance(world, Exportable) else []
    tables = [".csv"] if isinstance(world, Measured) else []
    return tuple(dict.fromkeys([".png", *FILMS, ".safetensors", *tables, *own]))


def ending_of(path: Path, known: Iterable[str]) -> str:
    """Return the longest of the known endings that a name has; without one, its suffix."""
    name = path.name.lower()
    fitting = [ending for ending in known if name.endswith(ending)]
    return max(fitting, key=len, default=path.suffix.lower())


@dataclass
class Recorder:
    """Collects what a run leaves behind: frames of a film, or scalars of a table.

    Parameters
    ----------
    path : Path, optional
        ``--out``.
    look : Look
    scope : "model", "world" or "training"
        What of the world a checkpoint holds.
    journal : Journal, optional
        What happened to the world, for the sidecars of pictures and films; None writes none.
    """

    path: Path | None
    look: Look = field(default_factory=Look)
    scope: Scope = "world"
    journal: Journal | None = None
    frames: int = 0
    _making: Making | None = None
    _film: ViewFilm | None = None
    _command: Record | None = None
    _series: dict[str, tuple[list[int], list[float]]] = field(default_factory=dict)

    def check(self, world: System) -> None:
        """Refuse at the start what could not be written at the end."""
        if self.path is None:
            return
        known = endings(world)
        if ending_of(self.path, known) not in known:
            raise BadInput(
                "has an ending that this cannot be written to",
                path=self.path,
                remedy=f"Use one of {', '.join(known)}",
            )
        check_writable(self.path)
        if self.path.suffix.lower() == ".safetensors":
            checkpoint.check_scope(world, self.path, self.scope)
        if self._filming or self.path.suffix.lower() == ".png":
            picture(world, self.look)

    @property
    def _filming(self) -> bool:
        return self.path is not None and self.path.suffix.lower() in FILMS

    def ticked(self, seconds: float) -> None:
        """Count a tick, and what it took."""
        if self.journal is not None:
            self.journal.ticked(seconds)

    def see(self, world: System) -> None:
        """Take in a moment, if it is one of every k-th."""
        if self.path is None or self.look.frames or world.step_count % self.look.every:
            return
        if self._filming:
            self._add(world, self.frames)
        elif ending_of(self.path, endings(world)) == ".csv" and isinstance(world, Measured):
            for name, value in world.metrics().items():
                steps, values = self._series.setdefault(name, ([], []))
                steps.append(world.step_count)
                values.append(value)

    def turn_around(self, world: System) -> Iterator[int]:
        """Film what stands still, frame by frame; yields how many there are."""
        for frame in range(self.look.frames if self._filming else 0):
            self._add(world, frame)
            yield self.frames

    def _add(self, world: System, frame: int) -> None:
        if self._film is None:
            self._open(world)
        assert self._film is not None
        assert self._command is not None
        command = self._command
        self._film.write(world.views({command.view: request_of(command, frame)})[command.view])
        self.frames += 1

    def _open(self, world: System) -> None:
        """Begin the film, and note from here on what happens."""
        from engine.core.commands import Record
        from engine.core.origin import Making
        from engine.media.recording import open_film

        assert self.path is not None
        name, request = asked(world, self.look)
        view = world.views({name: request})[name]
        look = self.look
        self._command = Record(
            self.path,
            view=name,
            request=request,
            size=_frame_size(view, look),
            fps=look.fps,
            every=look.every,
            ground=SOLID_GROUND if _solid_there(world, look) else GROUND,
            turn=look.turn,
            still=bool(look.frames),
            sidecar=self.journal is not None,
        )
        self._film = open_film(self._command, view)
        if self.journal is not None:
            self._making = Making()
            self._making.begin(self.journal, world, learning=False)

    def finish(self, world: System) -> None:
        """Write the file."""
        if self.path is None:
            return
        if self._film is not None:
            self._film.close()
            if self._making is not None:
                self._making.end()
                self._film.explain(self._making)
        elif self._series:
            from engine.media.table import write_series

            write_series(self.path, self._series)
        else:
            write_result(world, self.path, self.look, self.scope, self.journal)

    def abort(self) -> None:
        """Throw away a film that nobody will want."""
        if self._film is not None:
            self._film.abort()


def write_result(
    world: System,
    path: Path,
    look: Look,
    scope: Scope = "world",
    journal: Journal | None = None,
) -> None:
    """Write a picture, a checkpoint, or a file of the system's own kind."""
    ending = ending_of(path, endings(world))
    if isinstance(world, Exportable):
        for export in world.exports():
            if export.ending == ending:
                export.write(path)
                return
    if ending == ".safetensors":
        checkpoint.save(world, path, scope)
    elif ending == ".png":
        still(world, look, path, journal)
    else:
        raise BadInput(
            "has an ending that nothing here can be written to",
            path=path,
            remedy=f"Use one of {', '.join(endings(world))}",
        )


def summary(world: System) -> Mapping[str, Any]:
    """Describe where the world is, for the JSON of every verb."""
    metrics = world.metrics() if isinstance(world, Measured) else {}
    return {
        "system": world.info.slug,
        "step": world.step_count,
        "seed": world.seed,
        "params": world.params.model_dump(mode="json"),
        "metrics": metrics,
    }

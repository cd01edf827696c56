"""Meshes on their way into the lab: read or made anew off the window's thread, then judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import NDArray

from engine import openers
from engine.core.activity import Activity
from engine.core.spec import Asset
from engine.core.views import MeshView

if TYPE_CHECKING:
    from engine.meshes.mend import Pieces
    from engine.meshes.quality import Quality
    from engine.meshes.surface import Surface

__all__ = ["Component", "FromFile", "FromView", "Read", "Source", "Wish"]

Component = Literal["all", "largest"] | int
LISTED = 12
"""Pieces of a mesh that are offered one by one."""


@dataclass(frozen=True)
class Wish:
    """What is wanted of a mesh: which pieces, so many even vertices (0: as it is), sharp edges."""

    component: Component = "all"
    vertices: int = 0
    sharp: bool = False


@dataclass(frozen=True, eq=False)
class Read:
    """A mesh that can be lived on, and how good it is.

    Attributes
    ----------
    name : str
        The file's name.
    asset : Asset
        Packed, for `Spec.mesh`.
    surface : Surface
    quality : Quality
    notes : tuple of str
        What was mended.
    parts : tuple of (words, component)
        What can be chosen of it.
    wish : Wish
        By which it came about.
    """

    name: str
    asset: Asset
    surface: Surface
    quality: Quality
    notes: tuple[str, ...] = ()
    parts: tuple[tuple[str, Component], ...] = (("the whole mesh", "all"),)
    wish: Wish = field(default_factory=Wish)

    @property
    def counts(self) -> str:
        """How large it is and of what kind, in words."""
        quality = self.quality
        words = [f"{len(self.surface.vertices):,} vertices", f"{len(self.surface.faces):,} faces"]
        words.append(f"{quality.borders:,} border edges" if quality.borders else "closed")
        if quality.pieces > 1:
            words.append(f"{quality.pieces:,} pieces")
        if quality.genus:
            words.append(f"{quality.genus} handle{'s' * (quality.genus > 1)}")
        return ", ".join(words)


@dataclass(frozen=True)
class FromFile:
    """A mesh file of the user's."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def make(self, wish: Wish, activity: Activity) -> Read:
        """Read, mend and remesh it as wished.

        Raises
        ------
        UserError
            If it cannot be lived on.
        """
        from engine.meshes.asset import unpack

        taken = openers.open_mesh(
            self.path,
            activity=activity,
            remesh_to=wish.vertices or None,
            features=wish.sharp,
            component=wish.component,
        )
        return Read(
            self.name,
            taken.asset,
            unpack(taken.asset),
            taken.quality,
            taken.notes,
            _parts(taken.original.pieces),
            wish,
        )


@dataclass(frozen=True, eq=False)
class FromView:
    """The mesh that a world lives on and shows."""

    name: str
    vertices: NDArray[Any]
    faces: NDArray[Any]

    @classmethod
    def of(cls, view: MeshView, name: str) -> FromView:
        """Take what is shown."""
        return cls(name, view.vertices, view.faces)

    def make(self, wish: Wish, activity: Activity) -> Read:
        """Take it as it is, or remeshed as wished.

        Raises
        ------
        UserError
            If it cannot be remeshed so.
        """
        from engine.meshes.asset import pack, unpack
        from engine.meshes.mend import TINY, mend
        from engine.meshes.quality import judge
        from engine.meshes.remesh import remesh

        mended = mend(
            self.vertices,
            self.faces,
            activity,
            component=wish.component,
            least_share=TINY if wish.vertices else 0.0,
        )
        vertices, faces = mended.vertices, mended.faces
        if wish.vertices:
            vertices, faces = remesh(
                vertices, faces, wish.vertices, features=wish.sharp, activity=activity
            )
        asset = pack(self.name, vertices, faces)
        surface = unpack(asset)
        parts = _parts(mended.pieces)
        return Read(self.name, asset, surface, judge(surface), mended.notes, parts, wish)


Source = FromFile | FromView


def _parts(pieces: Pieces) -> tuple[tuple[str, Component], ...]:
    if len(pieces) < 2:
        return (("the whole mesh", "all"),)
    found: list[tuple[str, Component]] = [(f"all {len(pieces):,} pieces", "all")]
    for place in range(min(len(pieces), LISTED)):
        share, count = float(pieces.share[place]), int(pieces.vertices[place])
        kind = "closed" if pieces.closed[place] else "open"
        words = f"piece {place + 1}: {share:.0%} of the area, {count:,} vertices, {kind}"
        found.append((words, place))
    return tuple(found)

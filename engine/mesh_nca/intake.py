"""From a mesh file to a place to live on: read, mended, remeshed where wished, judged, packed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.core.activity import Activity
from engine.core.errors import BadInput, TooLarge, about
from engine.core.spec import Asset
from engine.media.mesh_files import read_mesh
from engine.meshes import asset
from engine.meshes.mend import TINY, Mended, mend
from engine.meshes.quality import Quality, judge
from engine.meshes.remesh import LEAST, MOST, remesh
from engine.meshes.store import MeshStore, cache_folder
from engine.meshes.surface import Surface

__all__ = ["MOST_FACES", "Taken", "take"]

MOST_FACES = 500_000
"""Faces of a mesh that can still be lived on; more have to be remeshed."""

REASONABLE = 10_000  # vertices that a mesh which is too large is offered to be remeshed to


@dataclass(frozen=True, eq=False)
class Taken:
    """A mesh that was taken in.

    Attributes
    ----------
    asset : Asset
        For `Spec.mesh`; named like the file.
    quality : Quality
        Of what is in `asset`.
    notes : tuple of str
        What was done to it, a sentence each.
    original : Mended
        As it was before it was remeshed, all its pieces listed.
    remeshed : bool
        Whether it was.
    """

    asset: Asset
    quality: Quality
    notes: tuple[str, ...]
    original: Mended
    remeshed: bool


def take(
    path: Path,
    *,
    activity: Activity,
    remesh_to: int | None = None,
    features: bool = False,
    component: Literal["all", "largest"] | int = "all",
    cache: MeshStore | None = None,
) -> Taken:
    """Take in a mesh file.

    Parameters
    ----------
    path : Path
        OBJ, PLY, STL, OFF, GLB or glTF.
    activity : Activity
        Told of every step; cancelling it changes nothing.
    remesh_to : int, optional
        Vertices that the mesh should have, from 100 to 500,000; None takes it as it is.
    features : bool
        Whether sharp edges stay when it is remeshed.
    component : {"all", "largest"} or int
        Which of its pieces, by falling area.
    cache : MeshStore, optional
        Where remeshed surfaces are kept; None is the user's cache folder.

    Raises
    ------
    BadInput
        If there is no mesh in it that can be lived on, or it has too many faces to be taken as it
        is.
    UserError
        If remeshing failed.
    Cancelled
        When the user stopped it.
    """
    if remesh_to is not None and not LEAST <= remesh_to <= MOST:
        raise BadInput(
            f"{remesh_to:,} vertices cannot be remeshed to",
            remedy=f"Choose a number from {LEAST:,} to {MOST:,}",
        )
    read = read_mesh(path, activity)
    given = (read.vertices, read.faces)
    del read  # 5 million faces are 180 MB
    try:
        mended = mend(
            *given, activity, component=component, least_share=0.0 if remesh_to is None else TINY
        )
        del given
        vertices, faces = mended.vertices, mended.faces
        notes = mended.notes
        if remesh_to is not None:
            store = MeshStore(cache_folder()) if cache is None else cache
            key = store.key(vertices, faces, remesh_to, features)
            found = store.get(key)
            if found is None:
                found = remesh(vertices, faces, remesh_to, features=features, activity=activity)
                store.put(key, *found)
            before, (vertices, faces) = len(vertices), found
            notes = (*notes, f"Remeshed from {before:,} to {len(vertices):,} vertices")
        if len(faces) > MOST_FACES:
            raise TooLarge(
                f"has {len(faces):,} faces, more than {MOST_FACES:,}: too many to live on",
                remedy=f"Remesh it to {REASONABLE:,} vertices",
            )
        activity.progress(0, None, "Measuring")
        quality = judge(Surface.of(vertices, faces))
    except BadInput as error:
        raise about(error, path) from None
    activity.check()
    packed = asset.pack(path.name, vertices, faces)
    return Taken(packed, quality, notes, mended, remesh_to is not None)

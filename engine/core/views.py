"""What a system shows: a handful of frozen arrays, and what is asked of it.

A view owns its arrays: the system copies once when it makes one and nobody writes to it again, so
views may cross threads and processes freely. Each kind is drawn by one viewport in the app; a
system picks a kind and never knows who draws it. Time series are not views: see
`engine.core.system.Measured`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.core.readings import Histogram, Line, Profile, Region, Summary

__all__ = [
    "Eye",
    "Histogram",
    "ImageView",
    "Legend",
    "Line",
    "MeshView",
    "Pick",
    "Profile",
    "Region",
    "Shading",
    "Stroke",
    "Summary",
    "TapesView",
    "View",
    "ViewRequest",
]

Array = NDArray[Any]
Reduce = Literal["none", "mosaic", "pca"]
Shading = Literal["pbr", "phong", "flat", "plain"]


@dataclass(frozen=True, eq=False, kw_only=True)
class View:
    """Base of every view: when it was true.

    Attributes
    ----------
    step : int
        Ticks since the last reset.
    seconds : float
        Wall-clock time since the world was built, for "how old is this picture".
    """

    step: int
    seconds: float = 0.0


@dataclass(frozen=True)
class Legend:
    """What the colours of a picture mean.

    Attributes
    ----------
    entries : tuple of (RGB, words, signs)
        A colour, what it stands for, and the signs that have it, if any.
    ramp : tuple of RGB
        Colours of a scale.
    ends : (str, str)
        What the first and the last colour of the ramp stand for.
    note : str
        A sentence where colours alone do not tell.
    """

    entries: tuple[tuple[tuple[int, int, int], str, str], ...] = ()
    ramp: tuple[tuple[int, int, int], ...] = ()
    ends: tuple[str, str] = ("", "")
    note: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageView(View):
    """A picture of a grid world.

    Attributes
    ----------
    data : ndarray
        ``(h, w, 3)`` uint8 RGB, ``(h, w, 4)`` uint8 RGBA **premultiplied by alpha**, or ``(h, w)``
        float32 scalars that are drawn through `colormap` over `limits`.
    extent : (rows, columns)
        Size of the whole world in cells.
    region : (row, column, rows, columns)
        The part of the world that `data` covers; `data` may hold fewer texels than cells.
    limits : (low, high)
        Values at the two ends of the colour map.
    colormap : str
        A name that `engine.core.colour` knows: viridis, diverging, cyclic, grey, ...
    channels : tuple of str
        Names of all channels of a cell, whether or not they are shown.
    shown : str
        What is shown, in words for a chip: ``"colour"``, a channel's name, ``"all 16"``.
    wraps : bool
        True where the world is a torus.
    probes : ndarray
        ``(n, len(channels))`` float32: the cells asked for in `ViewRequest.probes`.
    probed : tuple of (row, column)
        Which cell each row of `probes` is; those outside the world are left out.
    tiles : (rows, columns)
        Layout of a mosaic; (1, 1) otherwise.
    legend : Legend, optional
        What the colours mean.
    axes : ndarray, optional
        ``(C, k)`` float32: the directions that principal components are shown of.
    profile, summary, histogram : optional
        What `ViewRequest.line`, `stats` and `bins` asked for.
    unit : str
        What a place of the world is, in the plural, beside the numbers of `summary` and
        `histogram`.
    """

    data: Array
    extent: tuple[int, int]
    region: Region
    limits: tuple[float, float] = (0.0, 1.0)
    colormap: str = "viridis"
    channels: tuple[str, ...] = ()
    shown: str = "colour"
    wraps: bool = False
    probes: Array = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    probed: tuple[tuple[int, int], ...] = ()
    tiles: tuple[int, int] = (1, 1)
    legend: Legend | None = None
    axes: Array | None = None
    profile: Profile | None = None
    summary: Summary | None = None
    histogram: Histogram | None = None
    unit: str = "cells"


@dataclass(frozen=True)
class Eye:
    """Where a solid is looked at from: an orbit about a centre, +y is up.

    Lengths are in units of the solid, whose vertices have their mean at the origin and reach out
    to 1.

    Attributes
    ----------
    azimuth : float
        Degrees about +y; 0 looks from +z towards the centre, 90 from +x.
    elevation : float
        Degrees above the horizon, -90 to 90.
    distance : float
        From the centre; an orthographic eye shows as much as a perspective one does there.
    centre : (x, y, z)
    fov : float
        Height of the field of view in degrees.
    orthographic : bool
    """

    azimuth: float = 30.0
    elevation: float = 20.0
    distance: float = 2.7
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    fov: float = 45.0
    orthographic: bool = False

    def turned(self, degrees: float) -> Eye:
        """Return the eye further on in its orbit."""
        return replace(self, azimuth=(self.azimuth + degrees) % 360.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class MeshView(View):
    """Colours and relief on the vertices of a mesh.

    The geometry belongs to the world and never changes under one `topology`: every view refers to
    the same arrays, and who draws uploads them when `topology` changes.

    Attributes
    ----------
    topology : str
        Identity of the geometry.
    vertices, normals : ndarray
        ``(n, 3)`` float32; normals have unit length.
    faces : ndarray
        ``(m, 3)`` int32, counter-clockwise seen from outside.
    spacing : float
        Mean edge length.
    colours : ndarray
        ``(n, 3)`` uint8 RGB of the vertices.
    material : ndarray, optional
        ``(n, 6)`` uint8: normal x, y, z in the frame (t1, t2, n) of `engine.meshes.surface.frame`,
        128 standing for 0 and 255 for 1; height; roughness; ambient occlusion. Orientation is
        already worked in.
    shade : ndarray, optional
        ``(n,)`` uint8: share of the surroundings that a vertex sees, 255 for all of it; belongs to
        the geometry and never changes under one `topology`. A factor of ambient occlusion.
    shading : "pbr", "phong", "flat" or "plain"
        Flat shows facets; plain is unlit, for maps whose colours are read off: it only darkens a
        little what is seen edge on and in hollows.
    bumpiness : float
        Vertices move outwards by this times the square of their height.
    light : float
        Strength of lamp and surroundings; at 1 colours look as they are where the surface faces
        the eye.
    channels, shown, probes, probed, legend
        As of `ImageView`; `probed` holds vertices.
    readings : tuple of str
        What is shown of each vertex of `probed`, in words with its unit; empty where it is the
        colour or a channel.
    lacking : frozenset of str
        Values of the choices in `ViewOffer.modes` that would show nothing now.
    axes, summary, histogram, unit
        As of `ImageView`; numbers are of all vertices, and `Summary.region` is (0, 0, n, 1).
    """

    topology: str
    vertices: Array
    normals: Array
    faces: Array
    spacing: float
    colours: Array
    material: Array | None = None
    shade: Array | None = None
    shading: Shading = "phong"
    bumpiness: float = 0.0
    light: float = 1.0
    channels: tuple[str, ...] = ()
    shown: str = "colour"
    probes: Array = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    probed: tuple[int, ...] = ()
    legend: Legend | None = None
    readings: tuple[str, ...] = ()
    lacking: frozenset[str] = frozenset()
    axes: Array | None = None
    summary: Summary | None = None
    histogram: Histogram | None = None
    unit: str = "vertices"


@dataclass(frozen=True, eq=False, kw_only=True)
class TapesView(ImageView):
    """A picture of programs: each is a block of cells, a cell is a byte.

    Everything that draws, records or saves an `ImageView` takes this one, too.

    Attributes
    ----------
    tile : (rows, columns)
        Cells of one program: (8, 8) as a block, (1, 64) as a row.
    codes : ndarray, optional
        ``(h, w)`` uint8: the bytes of the region where it is shown byte by byte (as many texels as
        cells) and small enough for glyphs; None otherwise.
    """

    tile: tuple[int, int] = (1, 1)
    codes: Array | None = None
    unit: str = "bytes"


@dataclass(frozen=True)
class ViewRequest:
    """What the window looks at in one view; a system computes only that.

    Attributes
    ----------
    channels : tuple of int
        Empty for the system's own picture (colour), one channel for a scalar map, three for RGB.
        Among heads the (layer, head) in focus.
    region : (row, column, rows, columns), optional
        In cells; None for the whole world.
    max_size : int
        The longest side of what is wanted, in texels; larger worlds are reduced. Among heads that
        of one tile.
    reduce : "none", "mosaic" or "pca"
        A mosaic shows every channel as a tile, pca the first three principal components as RGB.
    probes : tuple of (row, column)
        Cells whose channels are wanted as numbers; ``(vertex,)`` on a mesh.
    limits : (low, high), optional
        Fixed limits of a scalar map; None for automatic ones.
    eye : Eye, optional
        Of a mesh: wanted is a picture (`ImageView`) from there, not the mesh itself.
    size : (width, height), optional
        Of that picture; None for a square of `max_size`.
    line : (cell, cell), optional
        The channels from one cell to another are wanted.
    stats : (row, column, rows, columns), optional
        Numbers of this part of the world are wanted; on a mesh any part means the whole.
    bins : int
        Bins of a histogram of `channels` within `stats` (all where not given); 0 for none.
        `limits` are those of the bins, too.
    """

    channels: tuple[int, ...] = ()
    region: Region | None = None
    max_size: int = 1024
    reduce: Reduce = "none"
    probes: tuple[tuple[int, ...], ...] = ()
    limits: tuple[float, float] | None = None
    eye: Eye | None = None
    size: tuple[int, int] | None = None
    line: Line | None = None
    stats: Region | None = None
    bins: int = 0


@dataclass(frozen=True)
class Pick:
    """A place in a view, in the coordinates of its kind.

    `at` is (row, column) in an image, (program, byte) on tapes, (layer, head, query, key) among
    heads. On a mesh it is (face, u, v): the point (1 - u - v) a + u b + v c of the face a, b, c.
    """

    view: str
    at: tuple[float, ...]


@dataclass(frozen=True)
class Stroke:
    """One piece of a brush stroke.

    Attributes
    ----------
    view : str
        Name of the view that was drawn on.
    tool : str
        Name of one of the system's brushes.
    points : tuple of (row, column), or of (face, u, v)
        Centres along the stroke, in cells; the app interpolates between mouse events. On a mesh as
        in `Pick`.
    radius : float
        In cells; 0.5 is a single cell. On a mesh the distance along the surface, in units of the
        mesh (it reaches out to 1).
    value : float
        For brushes that paint a value.
    channel : int
        For brushes that paint one channel.
    number : int
        Pieces of one gesture share it; what is undone is a whole gesture.
    """

    view: str
    tool: str
    points: tuple[tuple[float, ...], ...]
    radius: float = 4.0
    value: float = 1.0
    channel: int = 0
    number: int = 0

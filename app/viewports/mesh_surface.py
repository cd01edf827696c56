"""The part of a mesh viewport that shows the picture: by the CPU, or by OpenGL where it is real."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QRadialGradient
from PySide6.QtWidgets import QWidget

from app import theme
from app.viewports.pane import Pane
from app.viewports.surface import uses_gl
from engine.core.views import Eye, MeshView

__all__ = ["BACKDROP", "MeshSurface", "Overlays", "backdrop", "ground", "make_mesh_surface"]

Light = tuple[float, float, float]

BACKDROP = {True: (0.070, 0.0), False: (0.045, -0.035)}
"""Light added to the ground in the middle and at the corners of the picture, in the dark theme and
in the light one: a body stands out from it without a frame."""

STOPS = 8


@dataclass(frozen=True)
class Overlays:
    """What is drawn over the mesh."""

    wires: bool = False
    dots: bool = False


class MeshSurface(Pane):
    """Shows a mesh view from an eye."""

    def show_view(self, view: MeshView) -> None:
        """Take a new view and ask for a paint."""
        raise NotImplementedError

    def look(self, eye: Eye) -> None:
        """Look from elsewhere."""
        raise NotImplementedError

    def set_overlays(self, overlays: Overlays) -> None:
        """Draw wires and dots over the mesh, or not."""
        raise NotImplementedError


def ground() -> tuple[Light, Light]:
    """Return the colours of the ground in the middle and at the rim, parts 0 to 1."""
    middle, rim = BACKDROP[theme.current().dark]
    return _lit(middle), _lit(rim)


def backdrop(width: float, height: float) -> QRadialGradient:
    """Return the ground behind a mesh, as `render.mesh` draws it."""
    middle, rim = ground()
    gradient = QRadialGradient(QPointF(width / 2, height * 0.47), 0.62 * max(width, height))
    for place in range(STOPS + 1):
        share = place / STOPS
        soft = share * share * (3 - 2 * share)
        parts = (a + (b - a) * soft for a, b in zip(middle, rim, strict=True))
        gradient.setColorAt(share, QColor.fromRgbF(*parts))
    return gradient


def make_mesh_surface(parent: QWidget) -> MeshSurface:
    """Make the surface that suits this machine; ``PRIMORDIA_RENDERER=gl|painter`` forces one."""
    if uses_gl():
        from app.viewports.mesh_gl import GlMeshSurface

        return GlMeshSurface(parent)
    from app.viewports.mesh_cpu import CpuMeshSurface

    return CpuMeshSurface(parent)


def _lit(light: float) -> Light:
    red, green, blue = (min(max(p / 255 + light, 0.0), 1.0) for p in theme.current().ground_rgb())
    return red, green, blue

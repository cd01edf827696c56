"""What stands in front of the user: which view of which world, to be pictured or filmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.world import World
from engine.core.figures import FIGURES, HeadsView
from engine.core.views import Eye, ImageView, MeshView, View, ViewRequest

__all__ = ["Front", "FrontView", "Looking", "front_of"]

Size = tuple[int, int]

Looking = Callable[[], tuple[Eye, Size]]
"""Says from where the picture in front is looked at, and how many pixels it has."""

FrontView = Callable[[], str]
"""Names the view in front."""

_MOST = 8192  # texels


@dataclass(frozen=True, eq=False)
class Front:
    """A view that can be drawn, as it is looked at now.

    Attributes
    ----------
    world : World
    name : str
        Of the view.
    view : View
        What was shown last of it.
    eye : Eye
        From where it is looked at, if it is a solid.
    window : (width, height)
        Its size in pixels of the screen.
    made : bool
        Whether it was made of the views of several worlds: no world can be asked for it.
    """

    world: World
    name: str
    view: View
    eye: Eye
    window: Size
    made: bool = False

    @property
    def solid(self) -> bool:
        """Whether it is looked at from somewhere."""
        return isinstance(self.view, MeshView)

    @property
    def clear(self) -> bool:
        """Whether parts of it may be transparent."""
        return not isinstance(self.view, ImageView) or self.view.data.shape[-1] == 4

    def request(self, size: Size) -> ViewRequest:
        """Ask for all of what is shown: the cells, or the solid from its eye at a size."""
        shown = self.world.request(self.name) or ViewRequest()
        whole = replace(shown, region=None, probes=(), line=None, stats=None, bins=0)
        if isinstance(self.view, ImageView):
            return replace(whole, max_size=min(max(self.view.extent), _MOST))
        if self.solid:
            return replace(whole, max_size=max(size), eye=self.eye, size=size)
        return whole

    def words(self) -> str:
        """Say where it is seen from; "" for what is flat."""
        if not self.solid:
            return ""
        return f"seen from {self.eye.azimuth:.1f}, {self.eye.elevation:.1f} degrees"


def front_of(world: World | None, name: str, looking: Looking) -> Front | None:
    """Return what is in front, if something was shown of it and it can be drawn."""
    view = world.views.get(name) if world is not None else None
    if world is None or not isinstance(view, (ImageView, MeshView, HeadsView, *FIGURES)):
        return None
    eye, window = looking()
    return Front(world, name, view, eye, window)

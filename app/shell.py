"""What the parts of the window may use: one object instead of the window's insides.

No part knows another part's class; what two of them share is here, or a signal of the lab.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from app.asking import Asking
    from app.docks import Docks
    from app.filing import Filing
    from app.gallery.panel import GalleryPanel
    from app.jobs import Jobs
    from app.lab import Lab
    from app.page import WorldPage
    from app.panels.bottom import BottomPanel
    from app.panels.controls import ControlsPanel
    from app.pictures import Pictures
    from app.recordings import Recordings
    from app.settings import Settings
    from app.status import StatusLine
    from app.telling import Teller
    from app.topbar import TopBar
    from app.window import MainWindow
    from app.workspace.workspace import Workspace

__all__ = ["Part", "Shell"]


class Part(Protocol):
    """Something that is installed into the window once, see `app.parts`.

    A part may also have ``may_close() -> bool``, which asks before the window closes.
    """

    def close(self) -> None:
        """End what it runs (timers, threads, files); the worlds are still open."""


@dataclass
class Shell:
    """The common things of one window.

    Attributes
    ----------
    persist : bool
        Whether anything is kept on disk; not in tests.
    save_settings : callable
        Writes the settings to disk, where they are kept there at all.
    parts : dict of str to Part
        What was installed, by the names of `app.parts`.
    """

    window: MainWindow
    lab: Lab
    persist: bool
    jobs: Jobs
    settings: Settings
    save_settings: Callable[[], None]
    teller: Teller
    status: StatusLine
    topbar: TopBar
    docks: Docks
    asking: Asking
    filing: Filing
    pictures: Pictures
    recordings: Recordings
    gallery: GalleryPanel
    workspace: Workspace
    controls: ControlsPanel
    bottom: BottomPanel
    parts: dict[str, Any] = field(default_factory=dict)

    @property
    def page(self) -> WorldPage | None:
        """The page of the selected world."""
        return self.window.page

    def run(self, id: str, argument: str = "") -> None:
        """Do an action by its id; `BadInput` if it cannot be done now."""
        self.window.user_actions.run(id, argument)

    def checked(self, id: str) -> bool:
        """Tell whether a switch among the actions is on."""
        return self.window.user_actions[id].isChecked()

"""The main window: it arranges panels and worlds, and connects actions with what they do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMainWindow,
)

from app import paths, theme
from app import settings as settings_file
from app.actions import Actions
from app.asking import Asking
from app.deeds import all_handlers
from app.dialogs.act import perform
from app.docks import Docks
from app.dropping import plan_drop
from app.filing import Filing
from app.gallery.panel import GalleryPanel
from app.jobs import Jobs
from app.keys import KeyGuard, pass_hidden_panels
from app.lab import Lab
from app.links import Comparison
from app.losing import ask_to_lose
from app.menus import Menus
from app.news import News
from app.notify import LogRelay, Notifier
from app.page import WorldPage
from app.page_wishes import PageWishes
from app.pages import Pages
from app.panels.bottom import BottomPanel
from app.panels.controls import ControlsPanel
from app.parts import install_parts
from app.pictures import Pictures, Seeing
from app.recording_light import RecordingLight
from app.recordings import Recordings
from app.settings import Settings
from app.shell import Shell
from app.status import StatusLine
from app.story_below import StoryBelow
from app.telling import Teller
from app.toasts import Toasts
from app.topbar import TopBar
from app.viewports.drop import DropOverlay
from app.widgets.veil import Veil
from app.workspace.menu import open_tab_menu
from app.workspace.workspace import Workspace
from app.world import World
from engine.core.commands import RunnerState
from engine.core.errors import BadInput
from engine.core.system import ActionOffer
from engine.core.views import Eye

__all__ = ["MainWindow"]


class MainWindow(QMainWindow):
    """The program's window.

    Parameters
    ----------
    settings : Settings
        Read at the start, written at the end.
    persist : bool
        Whether settings are written to disk; tests keep them in memory.

    Signals
    -------
    first_frame
        A live picture was shown for the first time.
    """

    first_frame = Signal()

    def __init__(self, settings: Settings, *, persist: bool = True) -> None:
        super().__init__()
        self.setWindowTitle("Primordia")
        self.setMinimumSize(720, 480)
        self.settings = settings
        self._persist = persist
        self._settings_told = False
        self._keys = KeyGuard(self)
        self.lab = Lab(device=settings.device, parent=self)
        self.jobs = Jobs(self)
        asking = Asking(settings, self)
        self.filing = Filing(self.lab, self.jobs, asking, settings, self)
        self.pictures = Pictures(self.lab, self.jobs, asking, self.looking, self.front, self)
        self.recordings = Recordings(
            self.lab, self.jobs, asking, settings, self.looking, self.front, self
        )
        self.notifier = Notifier(self)
        self.relay = LogRelay()
        self._build_panels()
        self.shell = self._make_shell(asking)
        install_parts(self.shell)
        handlers = all_handlers(self.shell)
        self.user_actions = Actions(self.lab, handlers, self, settings.shortcuts)
        self.menus = Menus(self)
        self._build_bar()
        self._connect()
        self.user_actions["view.lines"].setChecked(True)
        self.docks.restore(settings)
        self.user_actions.refresh()

    # Building.

    def _build_panels(self) -> None:
        self.topbar = TopBar(self.lab)
        self.setMenuWidget(self.topbar)
        self.veil = Veil(self)
        self._empty = QLabel(
            "Choose a world on the left, or drop a picture, a mesh or a saved file here"
        )
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("dim", True)
        self._drop = DropOverlay(self._empty, self._judge)
        self._drop.dropped.connect(self._dropped)
        self.workspace = Workspace(self._empty, self._worlds)
        self.setCentralWidget(self.workspace)
        self._pages = Pages(self.lab, self.workspace, self.settings, self)
        self.toasts = Toasts(self.workspace)
        self._drop.shown.connect(self.toasts.set_aside)
        self.gallery = GalleryPanel()
        self.controls = ControlsPanel(self.lab)
        self.bottom = BottomPanel(self.lab, self.jobs)
        self.docks = Docks(self, self.gallery, self.controls, self.bottom)
        self._story = StoryBelow(self.bottom, self.docks.bottom)
        self.status = StatusLine()
        self.setStatusBar(self.status)
        self.teller = Teller(self.toasts, self.status, self)
        self._news = News(self.lab, self.teller, self.status, self)

    def _make_shell(self, asking: Asking) -> Shell:
        return Shell(
            window=self,
            lab=self.lab,
            persist=self._persist,
            jobs=self.jobs,
            settings=self.settings,
            save_settings=self._save_settings,
            teller=self.teller,
            status=self.status,
            topbar=self.topbar,
            docks=self.docks,
            asking=asking,
            filing=self.filing,
            pictures=self.pictures,
            recordings=self.recordings,
            gallery=self.gallery,
            workspace=self.workspace,
            controls=self.controls,
            bottom=self.bottom,
        )

    def _build_bar(self) -> None:
        self._rec = RecordingLight()
        self._rec.clicked.connect(self.recordings.stop)
        self.topbar.add_widget(self._rec)
        for id in ("file.screenshot", "record.start", "view.theme"):
            self.topbar.add_button(self.user_actions[id])

    def _connect(self) -> None:
        lab = self.lab
        lab.opened.connect(self._opened)
        lab.selected.connect(self._selected)
        lab.problem.connect(self.teller.tell)
        self.jobs.progressed.connect(self.teller.progressed)
        self.jobs.lasted.connect(self.teller.lasted)
        for source in (self.filing, self.pictures, self.recordings):
            source.said.connect(self.teller.said)
            source.failed.connect(self.teller.tell)
        self.filing.recent_changed.connect(self._save_settings)
        self.notifier.crashed.connect(self.teller.crashed)
        self.relay.line.connect(self.bottom.log.add)
        logging.getLogger().addHandler(self.relay)
        self.gallery.opened.connect(self._open_preset)
        self.bottom.wanted.connect(self.docks.bottom.show)
        self.bottom.act_asked.connect(self.act)
        self.controls.training.target_asked.connect(self.filing.choose_target)
        self.topbar.close_asked.connect(self.close_world)
        self.topbar.torn.connect(self.workspace.drag)
        self.topbar.menu_asked.connect(self._tab_menu)
        self.workspace.menu_asked.connect(self._tab_menu)
        self.workspace.close_asked.connect(self.close_item)
        wishes = PageWishes(self.shell)
        wishes.first_frame.connect(self.first_frame)
        self._pages.made.connect(wishes.take)
        self._pages.turned.connect(self._turned)
        self.topbar.new_asked.connect(self.user_actions["world.new"].trigger)
        for dock in self.docks.all():
            dock.visibilityChanged.connect(self._docks_changed)

    # Worlds.

    @property
    def empty(self) -> QLabel:
        """What is seen while no world is open."""
        return self._empty

    @property
    def page(self) -> WorldPage | None:
        """The page in front."""
        return self._pages.front

    def pages(self) -> tuple[WorldPage, ...]:
        """Return the pages of all worlds."""
        return self._pages.all()

    def page_of(self, world: World) -> WorldPage | None:
        """Return the page of a world."""
        return self._pages.of(world)

    def looking(self) -> tuple[Eye, tuple[int, int]]:
        """Return from where a solid in front is looked at, and its size in the window's pixels."""
        page = self.page
        if page is None:
            return Eye(), (0, 0)
        viewport, ratio = page.viewport, self.devicePixelRatioF()
        eye = viewport.eye() if isinstance(viewport, Seeing) else Eye()
        return eye, (round(viewport.width() * ratio), round(viewport.height() * ratio))

    def front(self) -> str:
        """Return the name of the view in front; "" where no world is open."""
        page = self.page
        return page.viewport.name if page is not None else ""

    def close_world(self, world: World) -> None:
        """Close a world; where anything would be lost, once the user agreed."""
        self.shell.parts["losing"].close_world(world)

    def ask_to_lose(self, world: World, lose: Callable[[], object]) -> None:
        """Ask whether what a world learned may be lost; `lose` is called if so."""
        ask_to_lose(world, self, lose, partial(self._save_model, world))

    def _save_model(self, world: World) -> None:
        # The file is written by the world's thread: it is closed by a second try, once saved.
        self.lab.select(world)
        self.filing.save("model")

    def _opened(self, world: World) -> None:
        world.state_changed.connect(self._state_changed)
        world.pending_changed.connect(self.user_actions.refresh)
        world.title_changed.connect(self._mark_tile)

    def _worlds(self) -> list[World]:
        return self.lab.worlds

    def _turned(self) -> None:
        self.toasts.raise_()
        self.user_actions.refresh()

    def _tab_menu(self, item: object, where: QPoint) -> None:
        self.workspace.turn_to(item)
        open_tab_menu(item, where, self.user_actions, self)

    def close_item(self, item: object) -> None:
        """Close a world, after asking where anything would be lost, or a comparison."""
        if isinstance(item, World):
            self.close_world(item)
        elif isinstance(item, Comparison):
            self.shell.parts["links"].end(item)

    def _selected(self, world: World | None) -> None:
        self._story.leave()
        if "session" not in self.shell.parts:  # it titles the window with the session's name
            self.setWindowTitle(f"{world.title} - Primordia" if world is not None else "Primordia")
        if world is not None:
            self.gallery.select(world.slug, world.preset)
            self._pages.focus()
        self.status.set_state(world.state if world is not None else None)
        self._rec.set_state(world.state if world is not None else None)
        self.user_actions.refresh()

    def _state_changed(self, state: RunnerState) -> None:
        world = self.lab.world
        if world is not None and self.sender() is world:
            self.status.set_state(state)
            self._rec.set_state(state)
            self.user_actions.refresh()

    def show_parameter(self, name: str) -> None:
        """Bring a parameter's row into sight."""
        self.docks.controls.show()
        self.controls.show_parameter(name)

    def _mark_tile(self) -> None:
        world = self.lab.world
        if world is not None:
            self.gallery.select(world.slug, world.preset)

    def act(self, offer: ActionOffer, known: dict[str, Any]) -> None:
        """Do one of the system's own actions, after asking for what it needs."""
        if self.lab.world is not None:
            perform(offer, known, self.lab.world, self)

    def _open_preset(self, slug: str, preset: str, another: bool) -> None:
        self.lab.open_preset(slug, preset, replace=not another)

    # View.

    def full_screen(self, argument: str) -> None:
        on = not self.isFullScreen()
        if on:
            self.showFullScreen()
        else:
            self.showNormal()
        self.topbar.setVisible(not on)
        self.status.setVisible(not on)
        compared = [comparison.page for comparison in self.shell.parts["links"].comparisons]
        for page in (*self._pages.all(), *compared):
            page.set_immersive(on)
        self.workspace.turn_to(self.workspace.focused)  # what went may have had the keyboard

    def _docks_changed(self) -> None:
        ids = ("view.gallery", "view.controls", "view.bottom")
        for id, dock in zip(ids, self.docks.all(), strict=True):
            self.user_actions[id].setChecked(dock.isVisible())

    def set_theme(self, name: str = "") -> None:
        """Change to a theme by its name, or to the other one."""
        if not name:
            name = "light" if theme.current().dark else "dark"
        if name not in ("dark", "light", "system"):
            raise BadInput(f"there is no theme {name!r}", remedy="Use dark, light or system")
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, name)
        self.settings.theme = name
        self.user_actions.retint()

    # Drops on the empty window, and the end.

    def _judge(self, data: QMimeData) -> tuple[bool, str]:
        plan = plan_drop(data, self.lab)
        return plan.accepted, plan.sentence

    def _dropped(self, data: QMimeData) -> None:
        self.filing.take(plan_drop(data, self.lab))

    def _save_settings(self) -> None:
        problem = ""
        if self._persist:
            problem = settings_file.save(self.settings, paths.settings_file())
        if problem and not self._settings_told:
            self._settings_told = True
            self.teller.say(f"Settings cannot be kept: {problem}", "train")

    def focusNextPrevChild(self, next: bool) -> bool:
        """Move on by Tab, past panels that lie behind others."""
        return pass_hidden_panels(self, partial(super().focusNextPrevChild, next))

    def closeEvent(self, event: QCloseEvent) -> None:
        asking = [getattr(part, "may_close", None) for part in self.shell.parts.values()]
        if any(may is not None and not may() for may in asking):
            event.ignore()
            return
        self.docks.remember(self.settings)
        self._save_settings()
        logging.getLogger().removeHandler(self.relay)
        for part in self.shell.parts.values():
            part.close()
        self.workspace.stop()
        self.jobs.close()
        self.lab.close_all()
        super().closeEvent(event)

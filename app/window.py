"""The main window: it arranges panels and worlds, and connects actions with what they do."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QByteArray, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from app import paths, theme
from app import settings as settings_file
from app.actions import ACTIONS, Actions
from app.asking import Asking
from app.deeds import Deeds
from app.dialogs.act import perform
from app.dialogs.failure import FailureDialog
from app.dialogs.reproduce import ReproduceDialog
from app.dropping import plan_drop
from app.filing import Filing
from app.jobs import Jobs
from app.keys import KeyGuard
from app.lab import Lab, World
from app.notify import LogRelay, Notifier
from app.page import WorldPage
from app.panels.bottom import BottomPanel
from app.panels.controls import ControlsPanel
from app.panels.gallery import GalleryPanel
from app.pictures import Pictures, Seeing
from app.recordings import Recordings
from app.settings import Settings
from app.status import StatusLine
from app.toasts import Toasts
from app.topbar import TopBar
from app.viewports.drop import DropOverlay
from engine.core.activity import Activity, ActivityStatus
from engine.core.commands import (
    Command,
    Failure,
    Play,
    Redo,
    Reply,
    Reset,
    RunnerState,
    Train,
    Undo,
)
from engine.core.errors import BadInput, Cancelled, UserError
from engine.core.handling import CHANGES_WORLD
from engine.core.system import ActionOffer
from engine.core.views import Eye

__all__ = ["LAYOUT_VERSION", "MainWindow"]

LAYOUT_VERSION = 1
# Together they leave 768 pixels to the picture in a window of 1280.
GALLERY_WIDTH = 224
CONTROLS_WIDTH = 284
BOTTOM_HEIGHT = 236
NARROW = 1100
MENUS = ("File", "Edit", "World", "Train", "View", "Reproduce", "Help")
logger = logging.getLogger(__name__)


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
        self._narrow = False
        self._seen_frame = False
        self._before_hiding: list[QDockWidget] = []
        self._keys = KeyGuard(self)
        self._pages: dict[World, WorldPage] = {}
        self.lab = Lab(device=settings.device, parent=self)
        self.jobs = Jobs(self)
        asking = Asking(settings, self)
        self.filing = Filing(self.lab, self.jobs, asking, settings, self)
        self.pictures = Pictures(self.lab, self.jobs, asking, self.looking, self)
        self.recordings = Recordings(self.lab, asking, settings, self.looking, self)
        self.notifier = Notifier(self)
        self.relay = LogRelay()
        self._build_panels()
        self.user_actions = Actions(self.lab, Deeds(self).handlers(), self)
        self._build_menus()
        self._connect()
        self.user_actions["view.lines"].setChecked(True)
        self._restore_layout()
        self.user_actions.refresh()

    # Building.

    def _build_panels(self) -> None:
        self.topbar = TopBar(self.lab)
        self.setMenuWidget(self.topbar)
        self._stack = QStackedWidget()
        self._empty = QLabel("Choose a system on the left, or drop a picture here")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("dim", True)
        self._drop = DropOverlay(self._empty, self._judge)
        self._drop.dropped.connect(self._dropped)
        self._stack.addWidget(self._empty)
        self.setCentralWidget(self._stack)
        self.toasts = Toasts(self._stack)
        self._drop.shown.connect(self.toasts.set_aside)
        self.gallery = GalleryPanel()
        self.controls = ControlsPanel(self.lab)
        self.bottom = BottomPanel(self.lab, self.jobs)
        self.gallery_dock = self._dock(
            "gallery", self.gallery, Qt.DockWidgetArea.LeftDockWidgetArea
        )
        self.controls_dock = self._dock(
            "controls", self.controls, Qt.DockWidgetArea.RightDockWidgetArea
        )
        self.bottom_dock = self._dock("bottom", self.bottom, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.bottom_dock.hide()
        corners = Qt.Corner
        self.setCorner(corners.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(corners.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.status = StatusLine()
        self.setStatusBar(self.status)

    def _dock(self, name: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(self)
        dock.setObjectName(name)
        dock.setTitleBarWidget(QWidget(dock))
        dock.setWidget(panel)
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.addDockWidget(area, dock)
        return dock

    def _build_menus(self) -> None:
        self._menus = {name: self.topbar.menu.addMenu(name) for name in MENUS}
        for spec in ACTIONS:
            if not spec.menu:
                continue
            menu = self._menus[spec.menu]
            if spec.separator:
                menu.addSeparator()
            menu.addAction(self.user_actions[spec.id])
            # A shortcut must work while its menu is closed and the panels are hidden.
            self.addAction(self.user_actions[spec.id])
        opened = self.user_actions["file.save-model"]
        self._recent = self._menus["File"].addMenu("Open recent")
        self._menus["File"].insertMenu(opened, self._recent)
        self._recent.aboutToShow.connect(self._fill_recent)
        self._own = self._menus["World"].addMenu("Actions of this system")
        self._own.aboutToShow.connect(self._fill_own)
        self._menus["Reproduce"].aboutToShow.connect(self._fill_reproduce)
        self._rec = QPushButton()
        self._rec.setObjectName("recording")
        self._rec.setToolTip("Stop recording and finish the file  (Ctrl+Shift+R)")
        self._rec.clicked.connect(self.recordings.stop)
        self._rec.hide()
        self.topbar.add_widget(self._rec)
        for id in ("file.screenshot", "record.start", "view.theme"):
            self.topbar.add_button(self.user_actions[id])

    def _connect(self) -> None:
        lab = self.lab
        lab.opened.connect(self._opened)
        lab.closed.connect(self._closed)
        lab.selected.connect(self._selected)
        lab.problem.connect(self.tell)
        self.jobs.progressed.connect(self._progressed)
        self.jobs.lasted.connect(self._lasted)
        for source in (self.filing, self.pictures, self.recordings):
            source.said.connect(self._said)
            source.failed.connect(self.tell)
        self.filing.recent_changed.connect(self._save_settings)
        self.notifier.crashed.connect(self._crashed)
        self.relay.line.connect(self.bottom.log.add)
        logging.getLogger().addHandler(self.relay)
        application = QApplication.instance()
        assert application is not None
        application.installEventFilter(self._keys)
        self.gallery.opened.connect(self._open_preset)
        self.bottom.wanted.connect(self.bottom_dock.show)
        self.controls.inspector.released.connect(self._unpin)
        self.controls.training.target_asked.connect(self.filing.choose_target)
        self.topbar.close_asked.connect(self.close_world)
        self.topbar.new_asked.connect(self.user_actions["world.new"].trigger)
        for dock in (self.gallery_dock, self.controls_dock, self.bottom_dock):
            dock.visibilityChanged.connect(self._docks_changed)

    # Worlds.

    @property
    def page(self) -> WorldPage | None:
        """The page in front."""
        return self._pages.get(self.lab.world) if self.lab.world is not None else None

    def looking(self) -> tuple[Eye, tuple[int, int]]:
        """Return from where a solid in front is looked at, and its size in the window's pixels."""
        page = self.page
        if page is None:
            return Eye(), (0, 0)
        viewport, ratio = page.viewport, self.devicePixelRatioF()
        eye = viewport.eye() if isinstance(viewport, Seeing) else Eye()
        return eye, (round(viewport.width() * ratio), round(viewport.height() * ratio))

    def close_world(self, world: World) -> None:
        """Close a world, after asking where training would be lost."""
        if world.unsaved and not self.may_lose(world):
            return
        self.lab.close(world)

    def _opened(self, world: World) -> None:
        page = WorldPage(world, self.lab, hint=not self.settings.hint_done)
        page.dropped.connect(self.filing.take)
        page.picked.connect(self._pin)
        page.act_asked.connect(self.act)
        page.drawn.connect(self._drawn)
        page.stroke_made.connect(self._stroke_made)
        page.dragging.connect(self.toasts.set_aside)
        page.warned.connect(self._warned)
        world.state_changed.connect(self._state_changed)
        world.answered.connect(self._answered)
        world.pending_changed.connect(self.user_actions.refresh)
        world.failed.connect(self._failed)
        world.trained.connect(self._trained)
        world.rested.connect(self._rested)
        world.title_changed.connect(self._mark_tile)
        page.set_smooth(self.user_actions["view.smooth"].isChecked())
        page.set_lines(self.user_actions["view.lines"].isChecked())
        self._pages[world] = page
        self._stack.addWidget(page)

    def _closed(self, world: World) -> None:
        page = self._pages.pop(world)
        self._stack.removeWidget(page)
        page.hide()
        page.deleteLater()

    def _selected(self, world: World | None) -> None:
        for other, page in self._pages.items():
            page.set_shown(other is world)
        self._stack.setCurrentWidget(self._pages[world] if world is not None else self._empty)
        self.toasts.raise_()
        self.setWindowTitle(f"{world.title} - Primordia" if world is not None else "Primordia")
        if world is not None:
            self.gallery.select(world.slug, world.preset)
            page = self._pages[world]
            page.viewport.setFocus()
        self.status.set_state(world.state if world is not None else None)
        self._show_recording(world.state if world is not None else None)
        self.user_actions.refresh()

    def _state_changed(self, state: RunnerState) -> None:
        world = self.lab.world
        if world is not None and self.sender() is world:
            self.status.set_state(state)
            self._show_recording(state)
            self.user_actions.refresh()

    def _warned(self, words: str) -> None:
        page = self.sender()
        if isinstance(page, WorldPage):
            self.say(f"{page.world.title}: {words}", "train")

    def _trained(self, updates: int) -> None:
        world = self.sender()
        if isinstance(world, World):
            words = f"{world.title} was trained as planned, {updates:,} updates"
            self.say(words, "accent", action=("Train on", _Later(world, Train(True))))

    def _rested(self, reason: str) -> None:
        world = self.sender()
        if isinstance(world, World):
            self.say(
                f"{world.title}: {reason}", "accent", action=("Play on", _Later(world, Play()))
            )

    def _mark_tile(self) -> None:
        world = self.lab.world
        if world is not None:
            self.gallery.select(world.slug, world.preset)

    def _show_recording(self, state: RunnerState | None) -> None:
        film = state.recording if state is not None else None
        self._rec.setVisible(film is not None)
        if film is not None:
            goal = f" of {film.planned:,}" if film.planned is not None else ""
            size = f"{film.bytes / 2**20:.1f} MB"
            self._rec.setText(f"Recording {film.frames:,}{goal}, {size}")

    def _answered(self, command: Command, reply: Reply) -> None:
        error = reply.error
        if error is None and isinstance(command, Undo | Redo):
            self.status.say(f"{'Undid' if isinstance(command, Undo) else 'Redid'} {reply.value}")
        if error is None or isinstance(error, Cancelled):
            return
        # A fault that may have half changed the world has stopped it: the dialog tells of that.
        if isinstance(error, UserError) or not isinstance(command, CHANGES_WORLD):
            self.tell(error)

    def _failed(self, failure: Failure) -> None:
        world = self.sender()
        if world not in self._pages:
            return  # it was closed because it could not be built, and the lab has told so
        title = world.title if isinstance(world, World) else "Primordia"
        logger.error("%s: %s failed: %s", title, failure.during, failure.report)
        # A world that fails again tells its newest failure only.
        for former in self.findChildren(FailureDialog):
            if former.property("world") == id(world):
                former.close()
        dialog = FailureDialog(title, failure, self)
        dialog.setProperty("world", id(world))
        if isinstance(world, World):
            dialog.reset_asked.connect(_Later(world, Reset()))
        dialog.show()

    def _drawn(self) -> None:
        self.status.count_frame()
        if not self._seen_frame:
            self._seen_frame = True
            self.first_frame.emit()

    def _stroke_made(self) -> None:
        self.settings.hint_done = True

    def _pin(self, place: tuple[float, ...]) -> None:
        page = self.page
        if page is not None:
            for grid in page.grids():
                grid.set_pins((place,))
        self.controls.inspector.pin(place)
        self.controls_dock.show()
        self.controls.show_inspector()

    def _unpin(self) -> None:
        for page in self._pages.values():
            for grid in page.grids():
                grid.set_pins(())

    def act(self, offer: ActionOffer, known: dict[str, Any]) -> None:
        """Do one of the system's own actions, after asking for what it needs."""
        if self.lab.world is not None:
            perform(offer, known, self.lab.world, self)

    def _open_preset(self, slug: str, preset: str, another: bool) -> None:
        self.lab.open_preset(slug, preset, replace=not another)

    def may_lose(self, world: World) -> bool:
        """Ask whether what a world learned may be lost."""
        box = QMessageBox(self)
        box.setWindowTitle("Primordia")
        box.setText(f"{world.title} was trained and not saved.")
        box.setInformativeText("Closing it loses what it learned.")
        save = box.addButton("Save model...", QMessageBox.ButtonRole.AcceptRole)
        lose = box.addButton("Close without saving", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        box.deleteLater()
        if box.clickedButton() is save:
            # The file is written by the world's thread: it is closed by a second try, once saved.
            self.lab.select(world)
            self.filing.save("model")
        return box.clickedButton() is lose

    # View.

    def toggle_gallery(self, argument: str) -> None:
        self.gallery_dock.setVisible(not self.gallery_dock.isVisible())

    def toggle_controls(self, argument: str) -> None:
        self.controls_dock.setVisible(not self.controls_dock.isVisible())

    def toggle_bottom(self, argument: str) -> None:
        self.bottom_dock.setVisible(not self.bottom_dock.isVisible())

    def toggle_panels(self, argument: str) -> None:
        docks = (self.gallery_dock, self.controls_dock, self.bottom_dock)
        shown = [dock for dock in docks if dock.isVisible()]
        for dock in shown or self._before_hiding or docks[:2]:
            dock.setVisible(not shown)
        self._before_hiding = shown

    def full_screen(self, argument: str) -> None:
        on = not self.isFullScreen()
        if on:
            self.showFullScreen()
        else:
            self.showNormal()
        self.topbar.setVisible(not on)
        self.status.setVisible(not on)
        for page in self._pages.values():
            page.set_immersive(on)

    def _docks_changed(self) -> None:
        for id, dock in (
            ("view.gallery", self.gallery_dock),
            ("view.controls", self.controls_dock),
            ("view.bottom", self.bottom_dock),
        ):
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

    def _restore_layout(self) -> None:
        self.reset_layout("")
        saved = self.settings
        if saved.layout_version != LAYOUT_VERSION:
            return
        # Qt refuses what it cannot read and changes nothing then.
        geometry, layout = (
            saved.geometry.encode("ascii", "ignore"),
            saved.layout.encode("ascii", "ignore"),
        )
        self.restoreGeometry(QByteArray.fromBase64(geometry))
        self.restoreState(QByteArray.fromBase64(layout), LAYOUT_VERSION)

    def reset_layout(self, argument: str) -> None:
        self.resize(QSize(1280, 800))
        self.gallery_dock.show()
        self.controls_dock.show()
        self.bottom_dock.hide()
        self.resizeDocks(
            [self.gallery_dock, self.controls_dock],
            [GALLERY_WIDTH, CONTROLS_WIDTH],
            Qt.Orientation.Horizontal,
        )
        self.resizeDocks([self.bottom_dock], [BOTTOM_HEIGHT], Qt.Orientation.Vertical)

    # Menus that are made when they open.

    def _fill_recent(self) -> None:
        self._recent.clear()
        for path in self.settings.recent:
            action = self._recent.addAction(path)
            action.setData(path)
            action.triggered.connect(self._open_recent)
        if not self.settings.recent:
            self._recent.addAction("Files that you open or save appear here").setEnabled(False)

    def _open_recent(self) -> None:
        self.filing.open(str(self._chosen_data()))

    def _fill_own(self) -> None:
        self._own.clear()
        world = self.lab.world
        can = world.state.capabilities if world is not None else None
        for offer in can.actions if can is not None else ():
            if offer.target == "none":
                action = self._own.addAction(offer.title)
                action.setToolTip(offer.help)
                action.setData(offer)
                action.triggered.connect(self._act_chosen)
        if self._own.isEmpty():
            self._own.addAction("This system has none").setEnabled(False)

    def _act_chosen(self) -> None:
        self.act(self._chosen_data(), {})

    def _fill_reproduce(self) -> None:
        menu = self._menus["Reproduce"]
        if len(menu.actions()) > 1:
            return
        from engine import experiments

        menu.addSeparator()
        for name in experiments.names():
            action = menu.addAction(name)
            action.setData(name)
            action.triggered.connect(self._reproduce_chosen)

    def _reproduce_chosen(self) -> None:
        self.reproduce(str(self._chosen_data()))

    def reproduce(self, name: str) -> None:
        """Show the check of a published figure; other worlds can be used meanwhile."""
        from engine import experiments

        dialog = ReproduceDialog(experiments.experiment(name), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show()

    def _chosen_data(self) -> Any:
        chosen = self.sender()
        assert isinstance(chosen, QAction)
        return chosen.data()

    # Saying things.

    def tell(self, error: BaseException) -> None:
        """Tell the user of something that could not be done; our own faults carry details."""
        if isinstance(error, UserError):
            words = str(error)
            if error.path is not None and error.path.name:
                # The file's name is enough here, and folders wrap badly.
                words = words.replace(str(error.path), error.path.name, 1)
            self.say(words, "danger")
        else:
            logger.error("unexpected", exc_info=error)
            details = "".join(traceback.format_exception(error))
            self.say(f"{type(error).__name__}: {error}", "danger", details=details)

    def _said(self, text: str, role: str, action: tuple[str, Callable[[], object]] | None) -> None:
        self.say(text, role, action=action)

    def say(
        self,
        text: str,
        role: str,
        *,
        details: str = "",
        action: tuple[str, Callable[[], object]] | None = None,
    ) -> None:
        self.toasts.show_message(text, role, details=details, action=action)
        self.status.say(text if len(text) < 80 else text[:77] + "...")

    def _progressed(self, status: ActivityStatus) -> None:
        share = f"  {status.fraction:.0%}" if status.fraction is not None else ""
        note = f"  {status.note}" if status.note else ""
        done = {"finished": "  done", "cancelled": "  stopped"}.get(status.state, f"{share}{note}")
        self.status.say(f"{status.title}{done}")

    def _lasted(self, activity: Activity) -> None:
        if QApplication.activeModalWidget() is None:  # a dialog shows its own progress
            self.say(f"{activity.title}...", "info", action=("Cancel", activity.cancel))

    def _crashed(self, words: str, report: str) -> None:
        self.toasts.show_message(words, "danger", details=report)

    # Drops on the empty window, and the end.

    def _judge(self, data: QMimeData) -> tuple[bool, str]:
        plan = plan_drop(data, self.lab)
        return plan.accepted, plan.sentence

    def _dropped(self, data: QMimeData) -> None:
        self.filing.take(plan_drop(data, self.lab))

    def _save_settings(self) -> None:
        if self._persist:
            settings_file.save(self.settings, paths.settings_file())

    def closeEvent(self, event: QCloseEvent) -> None:
        unsaved = [world for world in self.lab.worlds if world.unsaved]
        if self._persist and any(not self.may_lose(world) for world in unsaved):
            event.ignore()
            return
        self.settings.geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        self.settings.layout = bytes(self.saveState(LAYOUT_VERSION).toBase64().data()).decode()
        self.settings.layout_version = LAYOUT_VERSION
        self._save_settings()
        logging.getLogger().removeHandler(self.relay)
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self._keys)
        self.jobs.close()
        self.lab.close_all()
        super().closeEvent(event)


class _Later:
    """A command for a world, to be sent when a signal comes: holds no window alive."""

    def __init__(self, world: World, command: Command) -> None:
        self._world, self._command = world, command

    def __call__(self) -> None:
        self._world.submit(self._command)

"""The gallery in the window: what its tiles do, and the presets that the user makes."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QMenu, QMessageBox

from app import paths, theme
from app.gallery.items import Item
from app.gallery.save import PresetDialog, Words
from app.gallery.saving import Saving, starts
from app.gallery.user_presets import UserPreset, UserPresets
from app.shell import Shell
from app.world import World
from engine import thumbnails
from engine.core.activity import Activity
from engine.core.colour import colourise
from engine.core.commands import Load, SetSpeed
from engine.core.errors import UserError
from engine.core.spec import Asset, Spec
from engine.core.views import ImageView

__all__ = ["Gallery", "install"]

NARROW = 1100
"""Pixels of the window below which the gallery folds to icons."""

RECENT_MOST = 24
SOURCE = "user"


def install(shell: Shell) -> Gallery:
    """Give the gallery panel its life."""
    return Gallery(shell)


class Gallery(QObject):
    """Stars, what was opened last, context menus, and the user's own presets.

    Attributes
    ----------
    own : UserPresets
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.window)
        self._shell = shell
        self._panel = shell.gallery
        self.own = UserPresets(paths.presets_folder())
        self._panel.take(self.own)
        self._mark()
        self._panel.starred.connect(self._star_tile)
        self._panel.menu_asked.connect(self._menu)
        self._panel.save_asked.connect(self._save_asked)
        shell.lab.sources[SOURCE] = self.open
        shell.lab.opened.connect(self._opened)
        shell.window.installEventFilter(self)

    def close(self) -> None:
        """Listen no more."""
        self._shell.window.removeEventFilter(self)
        self._shell.lab.sources.pop(SOURCE, None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fold the gallery where the window is narrow."""
        if watched is self._shell.window and isinstance(event, QResizeEvent):
            narrow = event.size().width() < NARROW
            was = 0 < event.oldSize().width() < NARROW
            # Only when the limit is crossed: between, the user folds and unfolds it by hand.
            if narrow != was or event.oldSize().width() < 0:
                self._panel.set_folded(narrow and not self._shell.docks.gallery.isFloating())
        return False

    # Stars, and what was opened last.

    def star(self, key: str) -> None:
        """Give a preset a star, or take it away."""
        stars = self._shell.settings.favourites
        self._shell.settings.favourites = (
            [other for other in stars if other != key] if key in stars else [*stars, key]
        )
        self._mark()
        self._shell.save_settings()

    def _star_tile(self, item: Item) -> None:
        self.star(item.key)

    def _opened(self, world: World) -> None:
        if not world.preset:
            return
        own = world.preset.startswith(f"{SOURCE}:")
        key = world.preset if own else f"{world.slug}/{world.preset}"
        recent = self._shell.settings.recent_presets
        kept = [key, *(other for other in recent if other != key)]
        self._shell.settings.recent_presets = kept[:RECENT_MOST]
        self._mark()

    def _mark(self) -> None:
        settings = self._shell.settings
        self._panel.mark(settings.favourites, settings.recent_presets)

    # The menu of a tile.

    def _menu(self, item: Item | None, at: QPoint) -> None:
        menu = self.menu(item)
        menu.popup(at)

    def menu(self, item: Item | None) -> QMenu:
        """Make the context menu of a tile, or of the ground between them; it deletes itself."""
        menu = QMenu(self._panel)
        menu.aboutToHide.connect(menu.deleteLater)
        if item is not None:
            opened = self._panel.opened
            _add(menu, "Open", "play", partial(opened.emit, item.slug, item.preset, False))
            _add(menu, "Open beside", "plus", partial(opened.emit, item.slug, item.preset, True))
            starred = item.key in self._shell.settings.favourites
            words = "Remove from favourites" if starred else "Add to favourites"
            menu.addSeparator()
            _add(menu, words, "star", partial(self.star, item.key))
            _add(menu, "Copy name", "copy", partial(_copy, f"{item.slug}/{item.preset}".strip("/")))
        if item is not None and item.kind == "user":
            name = item.slug.partition(":")[2]
            menu.addSeparator()
            _add(menu, "Edit...", "tag", partial(self.edit, name))
            _add(menu, "Delete...", "trash-2", partial(self.ask_delete, name))
        menu.addSeparator()
        save = _add(menu, "Save this world as a preset...", "save", self._save_asked)
        world = self._shell.lab.world
        save.setEnabled(world is not None and world.state.alive)
        return menu

    # The user's own.

    def open(self, name: str, replace: bool) -> World | None:
        """Open one of the user's presets; its files are read in a job."""
        try:
            preset = self.own.get(name)
        except UserError as error:
            self._shell.teller.tell(error)
            return None

        def work(activity: Activity) -> tuple[Spec, Asset | None]:
            return self.own.open(preset)

        self._shell.jobs.start(work, partial(self._read, preset, replace), self._shell.teller.tell)
        return None

    def _read(self, preset: UserPreset, replace: bool, found: tuple[Spec, Asset | None]) -> None:
        lab, (spec, state) = self._shell.lab, found
        world = lab.open(
            spec.with_(device=lab.device),
            preset.title,
            replace=replace,
            careful=True,
            preset=f"{SOURCE}:{preset.name}",
        )
        if state is not None:
            world.submit(Load(state, fresh=True))
        world.submit(SetSpeed(preset.speed))
        page = self._shell.window.page_of(world)
        if page is not None and preset.page:
            page.recall(preset.page)

    def ask_save(self) -> PresetDialog | None:
        """Ask for the words of a preset made of the world in front."""
        world = self._shell.lab.world
        if world is None or not world.state.alive:
            self._shell.teller.say("Open a world first", "info")
            return None
        offered = starts(world)
        dialog = PresetDialog(
            Words(world.title), tuple(offered.values()), self._glimpse(world), self._shell.window
        )
        dialog.accepted.connect(partial(self._save_as, world, tuple(offered), dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _glimpse(self, world: World) -> QPixmap | None:
        """Draw what is seen now, for the dialog; None of what is no picture."""
        page = self._shell.window.page_of(world)
        view = world.views.get(page.viewport.name) if page is not None else None
        if not isinstance(view, ImageView):
            return None
        pixels = thumbnails.middle(colourise(view))
        side, depth = pixels.shape[0], pixels.shape[2]
        form = QImage.Format.Format_RGBA8888 if depth == 4 else QImage.Format.Format_RGB888
        image = QImage(pixels.tobytes(), side, side, side * depth, form)
        # Now: what is encoded as the preset's picture takes half a second, and is made in a job.
        mode = Qt.TransformationMode
        wanted = QSize(thumbnails.SIDE, thumbnails.SIDE)
        how = mode.FastTransformation if side < wanted.width() else mode.SmoothTransformation
        return QPixmap.fromImage(image.scaled(wanted, Qt.AspectRatioMode.IgnoreAspectRatio, how))

    def save(self, world: World, words: Words, start: Any) -> None:
        """Make a preset of a world, beginning as one of `starts` says."""
        page = self._shell.window.page_of(world)
        done = partial(self._saved, world)
        saving = Saving(self.own, self._shell.jobs, done, self._shell.teller.tell, self)
        viewport = page.viewport if page is not None else None
        saving.begin(world, viewport, words, start, page.memento() if page is not None else {})

    def _save_asked(self) -> None:
        self.ask_save()

    def _save_as(self, world: World, offered: tuple[str, ...], dialog: PresetDialog) -> None:
        if world in self._shell.lab.worlds:
            self.save(world, dialog.words(), offered[dialog.start()])

    def _saved(self, world: World, preset: UserPreset) -> None:
        self._panel.refresh()
        if world in self._shell.lab.worlds:
            world.preset = f"{SOURCE}:{preset.name}"  # from now on it is this one
        if world is self._shell.lab.world:
            self._panel.reveal(preset.slug, world.preset)
        self._shell.docks.gallery.show()
        self._shell.teller.say(f"Saved the preset {preset.title}", "accent")

    def edit(self, name: str) -> PresetDialog | None:
        """Ask for other words of a preset."""
        try:
            preset = self.own.get(name)
        except UserError as error:
            self._shell.teller.tell(error)
            return None
        picture = self.own.picture(name)
        dialog = PresetDialog(
            Words(preset.title, preset.look, preset.tags),
            picture=QPixmap(str(picture)) if picture is not None else None,
            parent=self._shell.window,
        )
        dialog.accepted.connect(partial(self._edited, name, dialog))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _edited(self, name: str, dialog: PresetDialog) -> None:
        words = dialog.words()
        try:
            self.own.edit(name, title=words.title, look=words.look, tags=words.tags)
        except UserError as error:
            self._shell.teller.tell(error)
        self._panel.refresh()

    def ask_delete(self, name: str) -> QMessageBox | None:
        """Ask whether a preset of the user's may be deleted, files and all."""
        try:
            preset = self.own.get(name)
        except UserError as error:
            self._shell.teller.tell(error)
            return None
        box = QMessageBox(self._shell.window)
        box.setWindowTitle("Delete preset")
        box.setText(f"Delete the preset {preset.title}?")
        box.setInformativeText("Its picture and what it has learned go with it.")
        box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.buttonClicked.connect(partial(self._delete_answered, name, box))
        box.finished.connect(box.deleteLater)
        box.open()
        return box

    def _delete_answered(self, name: str, box: QMessageBox, button: Any) -> None:
        if box.buttonRole(button) == QMessageBox.ButtonRole.DestructiveRole:
            self.delete(name)

    def delete(self, name: str) -> None:
        """Delete a preset of the user's."""
        try:
            self.own.delete(name)
        except (UserError, OSError) as error:
            self._shell.teller.tell(error)
        key = f"{SOURCE}:{name}"
        settings = self._shell.settings
        settings.favourites = [other for other in settings.favourites if other != key]
        settings.recent_presets = [other for other in settings.recent_presets if other != key]
        self._panel.refresh()
        self._mark()


def _add(menu: QMenu, words: str, icon: str, do: Any) -> Any:
    action = menu.addAction(theme.icon(icon, "dim"), words)
    action.triggered.connect(_Plain(do))
    return action


class _Plain:
    """Calls something without the argument that a signal brings."""

    def __init__(self, do: Any) -> None:
        self._do = do

    def __call__(self, checked: bool = False) -> None:
        self._do()


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)

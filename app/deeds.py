"""What the actions do: each handler gets the argument of a script, "" from a menu or a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QInputDialog, QMessageBox

from app import paths
from app.dialogs.help import ShortcutsDialog, about_text, diagnostics
from app.page import new_seed
from app.viewports.brush import HAND, INSPECT
from app.viewports.hand import HandViewport
from app.viewports.surface import gl_renderer, uses_gl
from engine.core import registry
from engine.core.commands import Redo, Reset, SetSpeed, Step, Train, Undo
from engine.core.errors import BadInput
from engine.core.spec import check_seed

if TYPE_CHECKING:
    from app.window import MainWindow

__all__ = ["Deeds"]

_FIGURES = 40  # of a number that somebody types


def _whole(argument: str) -> int:
    text = argument.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _FIGURES):
        raise BadInput(
            f"{argument[:_FIGURES]!r} is not a whole number from 0 up",
            remedy=f"Write it with up to {_FIGURES} figures",
        )
    return int(text)


class Deeds:
    """The handlers of one window's actions.

    Those that arrange the window itself (panels, layout, theme) are the window's own methods.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._lab = window.lab

    def handlers(self) -> dict[str, Callable[[str], object]]:
        """Return what to do for every id of `app.actions`."""
        window, filing = self._window, self._window.filing
        pictures, recordings = window.pictures, window.recordings
        return {
            "file.open": filing.open,
            "file.save-model": self._save_model,
            "file.save-world": self._save_world,
            "file.save-training": self._save_training,
            "file.export": filing.export,
            "file.screenshot": pictures.save,
            "file.copy": pictures.copy,
            "record.start": recordings.start,
            "record.stop": recordings.stop,
            "file.quit": self._quit,
            "mesh.quality": filing.meshing.quality,
            "mesh.remove": filing.meshing.remove,
            "edit.undo": self._undo,
            "edit.redo": self._redo,
            "world.new": self._new_world,
            "world.open": self._open_named,
            "world.close": self._close_current,
            "transport.play": self._play,
            "transport.step": self._step,
            "transport.back": self._back,
            "transport.step-many": self._step_many,
            "transport.run-to": self._run_to,
            "transport.reset": self._reset,
            "transport.reseed": self._reseed,
            "transport.faster": self._faster,
            "transport.slower": self._slower,
            "params.apply": self._apply,
            "params.defaults": self._defaults,
            "train.toggle": self._train,
            "train.target": filing.choose_target,
            "train.fresh": self._forget,
            "tool.hand": self._hand,
            "tool.next": self._next_brush,
            "tool.inspect": self._inspect,
            "view.next": self._next_channel,
            "view.find": self._find,
            "view.fit": self._fit,
            "view.one": self._one_to_one,
            "view.zoom-in": self._zoom_in,
            "view.zoom-out": self._zoom_out,
            "view.smooth": self._smooth,
            "view.lines": self._lines,
            "view.gallery": window.docks.toggle_gallery,
            "view.controls": window.docks.toggle_controls,
            "view.bottom": window.docks.toggle_bottom,
            "view.panels": window.docks.toggle_all,
            "view.full-screen": window.full_screen,
            "view.reset-layout": window.docks.reset,
            "view.theme": window.set_theme,
            "reproduce.open": self._reproduce,
            "help.shortcuts": self._shortcuts,
            "help.log": self._open_log,
            "help.diagnostics": self._copy_diagnostics,
            "help.about": self._about,
        }

    def _open_named(self, argument: str) -> None:
        slug, _, preset = argument.partition("/")
        if not slug:
            raise BadInput("world.open needs a system", remedy="Write world.open SYSTEM/PRESET")
        registry.entry(slug)
        self._lab.open_preset(slug, preset)

    def _new_world(self, argument: str = "") -> None:
        if argument:
            self._lab.open_preset(*argument.split("/", 1), replace=False)
            return
        entries = registry.catalogue()
        titles = [entry.info.title for entry in entries]
        title, accepted = QInputDialog.getItem(
            self._window, "New world", "System", titles, 0, False
        )
        if accepted:
            self._lab.open_preset(entries[titles.index(title)].info.slug, replace=False)

    def _close_current(self, argument: str) -> None:
        if self._lab.world is not None:
            self._window.close_world(self._lab.world)

    def _undo(self, argument: str) -> None:
        self._lab.submit(Undo())

    def _redo(self, argument: str) -> None:
        self._lab.submit(Redo())

    def _play(self, argument: str) -> None:
        if self._window.page is not None:
            self._window.page.toggle_play()

    def _step(self, argument: str) -> None:
        self._lab.submit(Step(1))

    def _back(self, argument: str) -> None:
        if self._window.page is not None:
            self._window.page.step_back()

    def _step_many(self, argument: str) -> None:
        count = self._number("Steps", "How many steps?", 100, argument)
        if count is not None:
            self._lab.submit(Step(count))

    def _run_to(self, argument: str) -> None:
        step = self._number("Go to step", "Which step?", 1000, argument)
        if step is not None and self._window.page is not None:
            self._window.page.jumper.go(step)

    def _number(self, title: str, words: str, default: int, argument: str) -> int | None:
        if argument:
            return _whole(argument)
        number, accepted = QInputDialog.getInt(
            self._window, title, words, default, 1, 2_000_000_000
        )
        return number if accepted else None

    def _reset(self, argument: str) -> None:
        self._lab.submit(Reset(check_seed(_whole(argument)) if argument.strip() else None))

    def _reseed(self, argument: str) -> None:
        if self._lab.world is not None:
            self._lab.submit(Reset(new_seed(self._lab.world.state.seed)))

    def _faster(self, argument: str) -> None:
        self._change_speed(2.0)

    def _slower(self, argument: str) -> None:
        self._change_speed(0.5)

    def _change_speed(self, factor: float) -> None:
        if self._lab.world is None:
            return
        # Beyond 1000 steps/s lies "as fast as it goes", from which slower leads back to 500.
        speed = max(1.0, (self._lab.world.state.speed or 1000.0) * factor)
        self._lab.submit(SetSpeed(None if speed > 1000 else speed))

    def _apply(self, argument: str) -> None:
        if self._lab.world is not None:
            self._lab.world.apply_pending()

    def _defaults(self, argument: str) -> None:
        self._window.controls.parameters.reset_all()

    def _train(self, argument: str) -> None:
        if self._lab.world is not None:
            self._lab.submit(Train(not self._lab.world.state.training))
            self._window.docks.controls.show()

    def _forget(self, argument: str) -> None:
        world = self._lab.world
        if world is not None and (not world.unsaved or self._window.may_lose(world)):
            world.unsaved = False
            world.rebuild(world.state.spec.with_(model=None))

    def _save_model(self, argument: str) -> None:
        self._window.filing.save("model", argument)

    def _save_world(self, argument: str) -> None:
        self._window.filing.save("world", argument)

    def _save_training(self, argument: str) -> None:
        self._window.filing.save("training", argument)

    def _hand(self, argument: str) -> None:
        for grid in self._grids():
            grid.set_tool(HAND)

    def _inspect(self, argument: str) -> None:
        for grid in self._grids():
            grid.set_tool(INSPECT)

    def _next_brush(self, argument: str) -> None:
        for grid in self._grids():
            names = [brush.name for brush in grid.tools.brushes]
            if argument and argument not in names:
                known = ", ".join(names) or "none"
                raise BadInput(f"there is no brush {argument!r}", remedy=f"Use one of: {known}")
            if names:
                held = grid.tools.tool
                place = names.index(held) + 1 if held in names else 0
                grid.set_tool(argument or names[place % len(names)])

    def _next_channel(self, argument: str) -> None:
        if self._window.page is not None:
            self._window.page.next_mode()

    def _reproduce(self, argument: str) -> None:
        from engine import experiments

        names = list(experiments.names())
        name, chosen = argument, bool(argument)
        if not argument:
            name, chosen = QInputDialog.getItem(
                self._window, "Reproduce", "Published figure", names, 0, False
            )
        if chosen:
            self._window.reproduce(name)

    def _find(self, argument: str) -> None:
        if self._window.page is not None:
            self._window.page.open_find(argument)

    def _fit(self, argument: str) -> None:
        for grid in self._grids():
            grid.fit()

    def _one_to_one(self, argument: str) -> None:
        for grid in self._grids():
            grid.one_to_one()

    def _zoom_in(self, argument: str) -> None:
        for grid in self._grids():
            grid.zoom(1)

    def _zoom_out(self, argument: str) -> None:
        for grid in self._grids():
            grid.zoom(-1)

    def _smooth(self, argument: str) -> None:
        if self._window.page is not None:
            self._window.page.set_smooth(self._window.user_actions["view.smooth"].isChecked())

    def _lines(self, argument: str) -> None:
        if self._window.page is not None:
            self._window.page.set_lines(self._window.user_actions["view.lines"].isChecked())

    def _grids(self) -> tuple[HandViewport, ...]:
        return self._window.page.grids() if self._window.page is not None else ()

    def _shortcuts(self, argument: str) -> None:
        dialog = ShortcutsDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _open_log(self, argument: str) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(paths.log_folder())))

    def _copy_diagnostics(self, argument: str) -> None:
        renderer = gl_renderer() if uses_gl() else f"QPainter ({gl_renderer() or 'no OpenGL'})"
        device = self._lab.world.state.device if self._lab.world is not None else ""
        QGuiApplication.clipboard().setText(diagnostics(renderer, device))
        self._window.teller.say("Copied versions and devices", "accent")

    def _about(self, argument: str) -> None:
        QMessageBox.about(self._window, "About Primordia", about_text())

    def _quit(self, argument: str) -> None:
        self._window.close()

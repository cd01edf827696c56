"""Every user action, declared once: menus, toolbar, shortcuts and scripts are made from this table.

An action is a name, words, a shortcut, an icon and a condition; what it does is a method that the
window connects by the action's id. `primordia gui --do "id argument; id"` runs them by these ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from app import theme
from app.lab import Lab
from engine.core.errors import BadInput, UserError

__all__ = ["ACTIONS", "ActionSpec", "Actions"]

Condition = Callable[[Lab], str]
Handler = Callable[[str], object]


def _always(lab: Lab) -> str:
    return ""


def _world(lab: Lab) -> str:
    return "" if lab.world is not None else "Open a world first"


def _alive(lab: Lab) -> str:
    if lab.world is None:
        return "Open a world first"
    return "" if lab.world.state.alive else "The world is being built"


def _past(lab: Lab) -> str:
    if lab.world is None or not lab.world.state.alive:
        return _alive(lab)
    state = lab.world.state
    earlier = bool(state.moments) and state.step > state.moments[0]
    return "" if earlier else "Nothing earlier is kept"


def _trainable(lab: Lab) -> str:
    if lab.world is None or not lab.world.state.alive:
        return _alive(lab)
    can = lab.world.state.capabilities
    return "" if can is not None and can.trainable else "This system does not learn"


def _targetable(lab: Lab) -> str:
    if lab.world is None or not lab.world.state.alive:
        return _alive(lab)
    can = lab.world.state.capabilities
    return "" if can is not None and can.targets else "This system takes no target"


def _programs(lab: Lab) -> str:
    if lab.world is None or not lab.world.state.alive:
        return _alive(lab)
    can = lab.world.state.capabilities
    return "" if can is not None and can.alphabet is not None else "This world has no programs"


def _solid(lab: Lab) -> str:
    if lab.world is None or not lab.world.state.alive:
        return _alive(lab)
    can = lab.world.state.capabilities
    return "" if can is not None and can.settles else "This world lives on no mesh"


def _dropped_mesh(lab: Lab) -> str:
    reason = _solid(lab)
    if not reason and lab.world is not None and lab.world.state.spec.mesh is None:
        return "It lives on a built-in shape"
    return reason


def _undo(lab: Lab) -> str:
    return _hand(lab, 0, "Nothing was painted that could be undone")


def _redo(lab: Lab) -> str:
    return _hand(lab, 1, "Nothing was undone")


def _hand(lab: Lab, place: int, nothing: str) -> str:
    """Say why what the hand did cannot be taken back or done again."""
    if lab.world is None or not lab.world.state.alive:
        return _alive(lab)
    can = lab.world.state.capabilities
    if can is None or not can.undoable:
        return "This world cannot take strokes back; its earlier steps are kept instead (Left)"
    return "" if lab.world.state.undo[place] else nothing


def _recording(lab: Lab) -> str:
    recording = lab.world is not None and lab.world.state.recording is not None
    return "" if recording else "Nothing is being recorded"


def _not_recording(lab: Lab) -> str:
    if lab.world is not None and lab.world.state.recording is not None:
        return "A recording is under way"
    return _alive(lab)


def _pending(lab: Lab) -> str:
    return "" if lab.world is not None and lab.world.pending else "No change waits"


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    Attributes
    ----------
    id : str
        ``group.verb``; what scripts call it.
    text : str
        In menus; an ellipsis where it asks for something first.
    menu : str
        The menu that holds it; "" for actions without one.
    shortcut, also : str
        In Qt's portable notation; a second key that does the same.
    icon : str
        A Lucide name.
    help : str
        For the tooltip and the status line.
    refusal : callable
        Says why it cannot be done now; "" when it can.
    checkable : bool
        Whether it is a switch.
    separator : bool
        Whether a line is drawn above it in its menu.
    """

    id: str
    text: str
    menu: str
    shortcut: str = ""
    icon: str = ""
    help: str = ""
    refusal: Condition = _always
    checkable: bool = False
    separator: bool = False
    also: str = ""


def _table() -> tuple[ActionSpec, ...]:
    a = ActionSpec
    return (
        a("file.open", "Open...", "File", "Ctrl+O", "folder-open",
          "Open a picture, a model, a world or a mesh"),
        a("file.save-model", "Save model...", "File", "Ctrl+S", "save",
          "Save the trained weights as a .safetensors file", _trainable, separator=True),
        a("file.save-world", "Save world...", "File", "Ctrl+Shift+S", "box",
          "Save the world as it is now, to go on from tomorrow", _alive),
        a("file.save-training", "Save world and training...", "File", "Ctrl+Alt+S", "",
          "Save everything, optimiser and pool included, to go on training tomorrow", _trainable),
        a("file.export", "Export...", "File", "Ctrl+E", "download",
          "Write a file of this system's own kind", _alive),
        a("file.screenshot", "Save picture...", "File", "Ctrl+P", "camera",
          "Save the world as a PNG at a chosen size", _alive, separator=True),
        a("file.copy", "Copy picture", "File", "Ctrl+Shift+C", "copy",
          "Copy the world's picture to the clipboard", _alive),
        a("record.start", "Record...", "File", "Ctrl+R", "video",
          "Record a film or frames, step by step", _not_recording),
        a("record.stop", "Stop recording", "File", "Ctrl+Shift+R", "circle-stop",
          "Finish the file that is being recorded", _recording),
        a("file.quit", "Quit", "File", "Ctrl+Q", "", "", separator=True),
        a("edit.undo", "Undo", "Edit", "Ctrl+Z", "undo-2",
          "Take back the last stroke or action", _undo),
        a("edit.redo", "Redo", "Edit", "Ctrl+Shift+Z", "redo-2",
          "Do again what was undone", _redo, also="Ctrl+Y"),
        a("world.new", "New world...", "World", "Ctrl+T", "plus", "Open another world beside this"),
        a("world.open", "Open system", "", "", "", "Open SYSTEM or SYSTEM/PRESET"),
        a("world.close", "Close world", "World", "Ctrl+W", "x", "Close this world", _world),
        a("transport.play", "Play", "World", "Space", "play", "Let time run, or stop it",
          _alive, checkable=True, separator=True),
        a("transport.step", "One step", "World", "Right", "step-forward",
          "Do one step and pause", _alive),
        a("transport.step-many", "Steps...", "World", "Shift+Right", "skip-forward",
          "Do a number of steps and pause", _alive),
        a("transport.back", "One step back", "World", "Left", "step-back",
          "Put the world back by one step and pause", _past),
        a("transport.run-to", "Go to step...", "World", "Ctrl+G", "",
          "Back to an earlier step, or on to a later one without drawing every step", _alive),
        a("transport.reset", "Reset", "World", "R", "rotate-ccw",
          "Begin again with the same seed", _alive),
        a("transport.reseed", "New seed", "World", "Shift+R", "dices",
          "Begin again with another seed", _alive),
        a("transport.faster", "Faster", "World", "Ctrl+Up", "", "Double the speed", _alive),
        a("transport.slower", "Slower", "World", "Ctrl+Down", "", "Halve the speed", _alive),
        a("params.apply", "Apply and restart", "World", "Ctrl+Return", "refresh-cw",
          "Build the world anew with the changed parameters", _pending, separator=True),
        a("params.defaults", "Reset all parameters", "World", "Ctrl+Backspace",
          "", "Bring every parameter back to what the world began with", _alive),
        a("mesh.quality", "Mesh quality...", "World", "Ctrl+Shift+M", "ruler",
          "How even the mesh is that the world lives on, and remeshing it", _solid, separator=True),
        a("mesh.remove", "Leave the dropped mesh", "World", "", "",
          "Live on the built-in shape again", _dropped_mesh),
        a("train.toggle", "Train", "Train", "T", "graduation-cap",
          "Start or stop learning", _trainable, checkable=True),
        a("train.target", "Choose target picture...", "Train", "Ctrl+Shift+O", "image-plus",
          "Choose the picture to learn, or one map of a material", _targetable),
        a("train.fresh", "Forget what was learned", "Train", "Ctrl+Shift+F", "trash-2",
          "Begin training again from fresh weights", _trainable),
        a("tool.hand", "Hand", "View", "H", "hand", "Move the picture by dragging", _world),
        a("tool.next", "Next brush", "View", "B", "brush", "Take the next brush in hand", _world),
        a("tool.inspect", "Inspect", "View", "I", "crosshair",
          "See the channels of a cell or a vertex; click to pin it", _world),
        a("view.next", "Next channel", "View", "C", "layers",
          "Colour, then every hidden channel, then all of them", _world, separator=True),
        a("view.find", "Find program...", "View", "Ctrl+F", "search",
          "Search the world for a piece of a program", _programs),
        a("view.fit", "Fit", "View", "F", "maximize", "Show the whole world", _world),
        a("view.one", "One to one", "View", "1", "scan", "One screen pixel per cell", _world),
        a("view.zoom-in", "Zoom in", "View", "+", "zoom-in", "", _world),
        a("view.zoom-out", "Zoom out", "View", "-", "zoom-out", "", _world),
        a("view.smooth", "Smooth pixels", "View", "Ctrl+M", "", "Interpolate between cells",
          checkable=True, separator=True),
        a("view.lines", "Grid lines", "View", "Ctrl+H", "grid-3x3", "Lines between large cells",
          checkable=True),
        a("view.gallery", "Gallery", "View", "Ctrl+1", "panel-left", "", checkable=True,
          separator=True),
        a("view.controls", "Controls", "View", "Ctrl+2", "panel-right", "", checkable=True),
        a("view.bottom", "Plots and log", "View", "Ctrl+3", "panel-bottom", "", checkable=True),
        a("view.panels", "Hide all panels", "View", "Ctrl+0", "", "Only the picture, or back"),
        a("view.full-screen", "Full screen", "View", "F11", "", "", checkable=True),
        a("view.reset-layout", "Reset layout", "View", "Ctrl+Shift+0", "",
          "Panels as at first launch"),
        a("view.theme", "Dark or light", "View", "Ctrl+L", "moon", "Change between the themes",
          separator=True),
        a("reproduce.open", "Reproduce a figure...", "Reproduce", "Ctrl+Shift+P", "flask-conical",
          "Run a published figure as a check"),
        a("help.shortcuts", "Shortcuts", "Help", "F1", "keyboard", "All actions and their keys"),
        a("help.log", "Open log folder", "Help", "Ctrl+F1", "file", ""),
        a("help.diagnostics", "Copy diagnostics", "Help", "Shift+F1", "copy",
          "Versions, devices and renderer, for a report"),
        a("help.about", "About Primordia", "Help", "Alt+F1", "info", "", separator=True),
    )  # fmt: skip


ACTIONS = _table()


class Actions(QObject):
    """The actions of one window, as Qt actions that know whether they can be done.

    Parameters
    ----------
    lab : Lab
    handlers : mapping of id to callable
        What each action does; it gets the argument of a script, "" from a menu. Every id of the
        table must be there.
    """

    def __init__(
        self, lab: Lab, handlers: Mapping[str, Handler], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        missing = {spec.id for spec in ACTIONS} ^ set(handlers)
        if missing:
            raise KeyError(f"actions and handlers differ in {sorted(missing)}")
        self._lab = lab
        self._handlers = dict(handlers)
        self._actions: dict[str, QAction] = {}
        for spec in ACTIONS:
            self._actions[spec.id] = self._make(spec)
        self.refresh()

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def run(self, id: str, argument: str = "") -> None:
        """Do an action by its id, as scripts and tests do.

        Raises
        ------
        BadInput
            If there is no such action, or it cannot be done now (the message says why).
        """
        spec = next((spec for spec in ACTIONS if spec.id == id), None)
        if spec is None:
            known = ", ".join(spec.id for spec in ACTIONS)
            raise BadInput(f"there is no action {id!r}", remedy=f"Use one of: {known}")
        reason = spec.refusal(self._lab)
        if reason:
            raise BadInput(f"{id} cannot be done now", remedy=reason)
        if spec.checkable and not argument:
            self._actions[id].trigger()
        else:
            self._handlers[id](argument)
        self.refresh()

    def refresh(self) -> None:
        """Bring enabled states and tooltips up to date."""
        for spec in ACTIONS:
            reason = spec.refusal(self._lab)
            action = self._actions[spec.id]
            if action.isEnabled() != (not reason):
                action.setEnabled(not reason)
            action.setToolTip(_tooltip(spec, reason))
        state = self._lab.world.state if self._lab.world is not None else None
        self._check("transport.play", state is not None and state.playing)
        self._check("train.toggle", state is not None and state.training)
        self._actions["transport.play"].setText("Pause" if state and state.playing else "Play")
        self._actions["train.toggle"].setText(
            "Stop training" if state and state.training else "Train"
        )
        back, again = state.undo if state is not None else ("", "")
        self._actions["edit.undo"].setText(f"Undo {back}".strip())
        self._actions["edit.redo"].setText(f"Redo {again}".strip())

    def retint(self) -> None:
        """Draw the icons anew after the theme changed."""
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.id].setIcon(theme.icon(_icon(spec)))

    def _check(self, id: str, on: bool) -> None:
        if self._actions[id].isChecked() != on:
            self._actions[id].setChecked(on)

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, self)
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        action.setStatusTip(spec.help)
        if spec.icon:
            action.setIcon(theme.icon(_icon(spec)))
        if spec.shortcut:
            keys = [spec.shortcut, spec.also] if spec.also else [spec.shortcut]
            action.setShortcuts([QKeySequence.fromString(key) for key in keys])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(self._triggered)
        return action

    def _triggered(self) -> None:
        sender = self.sender()
        try:
            self._handlers[sender.objectName()]("")
        except UserError as error:
            self._lab.problem.emit(error)
        self.refresh()


def _icon(spec: ActionSpec) -> str:
    """The theme's switch wears the sign of the theme in force."""
    if spec.id == "view.theme" and not theme.current().dark:
        return "sun"
    return spec.icon


def _tooltip(spec: ActionSpec, reason: str) -> str:
    words = spec.help or spec.text.rstrip(".")
    keys = f"  ({spec.shortcut})" if spec.shortcut else ""
    return f"{words}{keys}" + (f"\n{reason}" if reason else "")

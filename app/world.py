"""An open world: its runner, what it showed last, its time series and its waiting changes.

Panels submit commands to it and listen to its signals; they hold no runner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from app.bridge import Bridge, Scalars
from app.callbacks import deliver
from app.head_focus import HeadFocus
from app.series import Series
from engine.core import registry
from engine.core.commands import (
    Act,
    Ask,
    Command,
    ExportFile,
    Jump,
    Load,
    Look,
    Rebuild,
    Record,
    Reply,
    RunnerState,
    RunTo,
    Save,
    SetParam,
    Snapshot,
    Step,
    StopRecording,
    Train,
)
from engine.core.courtesy import please
from engine.core.errors import UserError
from engine.core.handling import CHANGES_WORLD
from engine.core.params import ParamField
from engine.core.runner import Runner
from engine.core.spec import Spec
from engine.core.views import View, ViewRequest

if TYPE_CHECKING:
    from app.linking import Link

__all__ = ["World", "own_view", "shared_view"]

_WRITES = (Save, ExportFile, Snapshot, Record, StopRecording)


class World(QObject):
    """An open world: its runner, what it showed last, its time series and its waiting changes.

    Signals
    -------
    views_changed : dict of str to View
        New pictures; also kept in `views`.
    state_changed : RunnerState
    scalars_changed : str
        Kind of the series that grew, "training" or "world".
    told : str
        What came of one of its own actions, in its words, whoever asked for it.
    answered : Command, Reply
        A command of ours was done or refused.
    replied : Command, Reply
        Any command of ours was, also those of which `answered` does not tell.
    failed : Failure
    title_changed : str
    trained : int
        Training came to the end of its plan, after so many updates.
    pending_changed
        What waits for "Apply and restart", or for an answer, changed.
    rested : str
        The world paused itself, and why.
    program_picked : bytes, Place or None
        A program was chosen in one of the world's views: its code, and where it is in the world if
        it was chosen there.
    closed
        It ends: nothing more is heard from it.
    """

    views_changed = Signal(object)
    state_changed = Signal(object)
    scalars_changed = Signal(str)
    answered = Signal(object, object)
    replied = Signal(object, object)
    _late = Signal(object)
    told = Signal(str)
    failed = Signal(object)
    title_changed = Signal(str)
    trained = Signal(int)
    pending_changed = Signal()
    rested = Signal(str)
    program_picked = Signal(object, object)
    closed = Signal()

    def __init__(
        self, spec: Spec, title: str, *, playing: bool = True, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.views: dict[str, View] = {}
        self.series: dict[str, dict[str, Series]] = {"training": {}, "world": {}}
        self.pending: dict[str, Any] = {}
        self.preset = ""
        self.opens_with = ""  # title or name of the view to show first, until it is shown
        self._fields: tuple[str, tuple[ParamField, ...]] | None = None
        self.unsaved = False
        self.undo_words: tuple[str, str] = ("", "")  # what undo and redo would do; "" for nothing
        self.link: Link | None = None  # holds it in lockstep with another world
        self._requests: dict[str, dict[str, ViewRequest]] = {}
        self._sent: dict[int, Command] = {}
        self._asked: dict[str, tuple[int, Any]] = {}
        self._applied: dict[int, dict[str, Any]] = {}
        self._questions: dict[int, Callable[[Reply], None]] = {}
        self._unheard: set[int] = set()
        self._followed: dict[int, Callable[[Reply], None]] = {}
        self._merged: dict[str, ViewRequest] = {}
        self._head_focus = HeadFocus()
        self._bridge = Bridge(self)
        self._bridge.views.connect(self._take_views)
        self._bridge.scalars.connect(self._take_scalars)
        self._bridge.replied.connect(self._take_reply)
        self._bridge.state.connect(self._take_state)
        self._bridge.failure.connect(self.failed)
        self._late.connect(self._take_reply, Qt.ConnectionType.QueuedConnection)
        self.state = self._own_state = RunnerState(spec=spec)
        self._origin: Mapping[str, Any] = spec.params
        self._runner = Runner(spec, self._bridge.listener, playing=playing)

    @property
    def slug(self) -> str:
        """Name of the system in the registry."""
        return self.state.spec.slug

    @property
    def fields(self) -> tuple[ParamField, ...]:
        """The parameters, as the catalogue describes them."""
        slug = self.slug
        if self._fields is None or self._fields[0] != slug:
            self._fields = (slug, registry.entry(slug).fields)
        return self._fields[1]

    @property
    def params(self) -> Mapping[str, Any]:
        """Parameters as they are now, defaults filled in; waiting changes are not among them."""
        asked = {name: value for name, (_, value) in self._asked.items()}
        return {f.name: f.default for f in self.fields} | self.state.spec.params | asked

    @property
    def origin(self) -> Mapping[str, Any]:
        """Parameters as the world began, by a preset or by what it was made anew from."""
        return {f.name: f.default for f in self.fields} | dict(self._origin)

    @property
    def replaced(self) -> frozenset[str]:
        """Names of the choices of a body that count for nothing: a mesh of the user's is there."""
        can = self.state.capabilities
        there = can is not None and self.state.spec.mesh is not None
        return can.bodies if there and can is not None else frozenset()

    def start(self) -> None:
        """Start the thread that builds the world; what was submitted before waits for it."""
        self._runner.start()

    def submit(self, command: Command) -> int:
        """Send a command; the reply comes as a signal."""
        self._sent[command.id] = command
        if self.link is not None and self.link.takes(self, command):
            return command.id
        return self._runner.submit(command)

    def pass_on(self, command: Command, *, quietly: bool = False) -> None:
        """Send a command past the link; `answered` does not tell of it if `quietly`."""
        self._sent[command.id] = command
        if quietly:
            self._unheard.add(command.id)
        self._runner.submit(command)

    def answer(
        self, command: Command, step: int | None = None, *, error: UserError | None = None
    ) -> None:
        """Reply to a command that the link did, or refused, without the runner."""
        at = self.state.step if step is None else step
        value = at if isinstance(command, Step | RunTo | Jump) and error is None else None
        self._late.emit(Reply(command.id, at, error=error, value=value))

    @property
    def unanswered(self) -> bool:
        """Whether a command was not answered yet."""
        return bool(self._sent)

    def waits_for(self, command: int) -> bool:
        """Tell whether a command, by its id, was not answered yet."""
        return command in self._sent

    def ask(
        self, question: str, arguments: Mapping[str, Any], done: Callable[[Reply], None]
    ) -> int:
        """Ask the world something; `done` gets the reply, be it an answer or a refusal.

        One of `engine.core.capabilities.QUESTIONS`. Nothing is called once the widget whose method
        `done` is was deleted, or the world was closed. `answered` does not tell of it.
        """
        return self.do(Ask(question, dict(arguments)), done)

    def do(self, command: Command, done: Callable[[Reply], None]) -> int:
        """Send a command whose reply goes to `done` alone, as of `ask`."""
        self._questions[command.id] = done
        return self.submit(command)

    def act(
        self,
        name: str,
        arguments: Mapping[str, Any],
        done: Callable[[Reply], None] | None = None,
    ) -> int:
        """Do one of the world's own actions, as menus do; `answered` tells of it.

        `done` gets the reply as well: who drags something sends the next place only then.
        """
        command = Act(name, dict(arguments))
        if done is not None:
            self._followed[command.id] = done
        return self.submit(command)

    def look(self, client: str, wanted: Mapping[str, ViewRequest], *, own: bool = False) -> None:
        """Say what one client (a viewport, a panel) wants to see; an empty mapping ends it.

        Where several clients want the same view, the first to ask decides and probes are joined.
        With `own`, the client gets exactly what it asks for, beside what others see: its views
        come as "VIEW@CLIENT" (see `own_view`), less often than those that are shared.
        """
        if own:
            wanted = {own_view(view, client): request for view, request in wanted.items()}
        if self._requests.get(client, {}) == dict(wanted):
            return
        self._requests.pop(client, None)
        for name in [n for n in self.views if n.endswith(f"@{client}") and n not in wanted]:
            del self.views[name]
        if wanted:
            self._requests[client] = dict(wanted)
        merged: dict[str, ViewRequest] = {}
        # The viewport leads: it is the one that must get exactly what it shows.
        for name in sorted(self._requests, key=lambda client: client != "viewport"):
            for view, request in self._requests[name].items():
                if view in merged:
                    probes = tuple(dict.fromkeys(merged[view].probes + request.probes))
                    merged[view] = replace(merged[view], probes=probes)
                else:
                    merged[view] = request
        can = self.state.capabilities
        offered = {offer.name: offer.kind for offer in can.views} if can is not None else {}
        kinds = {name: offered[view] for name in merged if (view := shared_view(name)) in offered}
        merged = self._head_focus.share(merged, kinds)
        self._merged = merged
        self.submit(Look(merged))

    def request(self, view: str) -> ViewRequest | None:
        """Return what is looked at in a view, all clients together."""
        return self._merged.get(view)

    def set_title(self, title: str) -> None:
        """Rename the world: it is no longer the preset that it was opened from."""
        self.title = title
        self.preset = ""
        self.title_changed.emit(title)

    def set_param(self, name: str, value: Any) -> None:
        """Change a parameter: live ones at the next tick, rebuild ones wait for `apply_pending`."""
        field = next(field for field in self.fields if field.name == name)
        if field.apply == "live":
            # Until the world answers, what was asked for is shown: a slider must not spring back.
            self._asked[name] = (self.submit(SetParam(name, value)), value)
            return
        if value == self.params.get(name) and name not in self.replaced:
            self.pending.pop(name, None)
        else:
            self.pending[name] = value
        self.pending_changed.emit()

    def apply_pending(self) -> None:
        """Build the world anew with the waiting changes; weights stay where they fit."""
        spec, applied = self.state.spec, dict(self.pending)
        can = self.state.capabilities
        if can is not None and can.bodies & set(applied):
            spec = spec.with_(mesh=None)  # a built-in one was chosen instead
        self.pending.clear()
        self.pending_changed.emit()
        params = {**spec.params, **applied}
        number = self.rebuild(spec.with_(params=params), keep_model=True)
        self._applied[number] = applied

    def discard_pending(self) -> None:
        """Forget the waiting changes."""
        self.pending.clear()
        self.pending_changed.emit()

    def rebuild(self, spec: Spec, *, keep_model: bool = False) -> int:
        """Make the world anew from another spec; returns the command's id."""
        return self.submit(Rebuild(spec, keep_model=keep_model))

    @property
    def learning(self) -> bool:
        """Whether it learns, or was asked to and did not answer yet."""
        asked = [command.on for command in self._sent.values() if isinstance(command, Train)]
        return self.state.training or any(asked)

    @property
    def changing(self) -> bool:
        """Whether a change by hand was asked for and not answered yet."""
        asked = [command for command in self._sent.values() if isinstance(command, CHANGES_WORLD)]
        return any(not (isinstance(c, Jump) or (isinstance(c, Load) and c.fresh)) for c in asked)

    @property
    def writing(self) -> bool:
        """Whether it is being recorded, or a file was asked for and is not written yet."""
        asked = any(isinstance(command, _WRITES) for command in self._sent.values())
        return asked or self.state.recording is not None

    def begin_close(self) -> None:
        """Ask the thread to end; nothing is heard from this world any more."""
        self._bridge.close()
        self.closed.emit()
        self._runner.begin_close()

    @property
    def ended(self) -> bool:
        """Whether its thread has ended, or never began."""
        return self._runner.ended

    def join(self, timeout: float) -> bool:
        """Wait for the end of the thread; False if it goes on."""
        return self._runner.join(timeout)

    def _take_views(self) -> None:
        views = self._runner.mailbox.take()
        if views is not None:
            self.views.update(views)
            self.views_changed.emit(views)

    def _take_scalars(self, batch: Scalars) -> None:
        for kind, x, values in batch:
            group = self.series.setdefault(kind, {})
            for name, value in values.items():
                if name not in group:
                    group[name] = Series()
                group[name].append(x, value)
        kinds = {kind for kind, _, _ in batch}
        if "training" in kinds:
            self.unsaved = True
        for kind in sorted(kinds):
            self.scalars_changed.emit(kind)

    def _take_reply(self, reply: Reply) -> None:
        command = self._sent.pop(reply.id, None)
        done = self._questions.pop(reply.id, None)
        self.replied.emit(command, reply)
        if reply.id in self._unheard:
            self._unheard.discard(reply.id)
            return
        if reply.ok and isinstance(command, Act) and isinstance(reply.value, str):
            self.told.emit(reply.value)
        if done is not None:
            deliver(done, reply)
            return
        if reply.ok and isinstance(command, Save):
            self.unsaved = False
        if reply.ok and isinstance(command, Load):
            self.series["training"].clear()
            if reply.value != "model":  # else the world goes on as it was
                self.series["world"].clear()
        if reply.ok and isinstance(command, Rebuild):
            self._fields = None  # a plugin may have been loaded anew
            self.pending_changed.emit()  # rows are made of the fields
        applied = self._applied.pop(reply.id, None)
        if applied and not reply.ok:
            self.pending = {**applied, **self.pending}  # they wait again, to be mended
            self.pending_changed.emit()
        if reply.ok and isinstance(command, Rebuild) and not command.keep_model:
            self._origin = command.spec.params
            for series in self.series.values():
                series.clear()
        newest = (
            isinstance(command, SetParam) and self._asked.get(command.name, (0,))[0] == reply.id
        )
        if newest and isinstance(command, SetParam):
            del self._asked[command.name]
        self.answered.emit(command, reply)
        if newest and not reply.ok:
            self.pending_changed.emit()  # rows go back to what is so
        follower = self._followed.pop(reply.id, None)
        if follower is not None:
            deliver(follower, reply)

    def retell(self) -> None:
        """Tell the state again: what a link shows of it changed."""
        self._take_state(self._own_state)

    def _take_state(self, state: RunnerState) -> None:
        self._own_state = state
        if self.link is not None:
            state = self.link.seen(self, state)
        before, self.state = self.state, state
        if state.capabilities is not before.capabilities:
            with please():  # views, tools and buttons are made
                self.state_changed.emit(state)
        else:
            self.state_changed.emit(state)
        if state.paused_by and not before.paused_by:
            self.rested.emit(state.paused_by)
        if before.training and not state.training and state.updates == state.updates_planned:
            self.trained.emit(state.updates)


def own_view(view: str, client: str) -> str:
    """Name a view as one client alone sees it."""
    return f"{view}@{client}"


def shared_view(name: str) -> str:
    """Name the view of the system that a name of `own_view` stands for; other names stay."""
    return name.partition("@")[0]

"""The chronicle of one world: it hears what was done, and takes it back or does it again.

Replies come later than what was asked for, so that this is a list with one command under way and
not a `QUndoStack`, whose commands are done when they return.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.chronicle.entries import MERGE_SECONDS, Entries, Entry, Kind, is_same
from app.chronicle.words import (
    load_words,
    lowered,
    param_words,
    pending_words,
    rebuild_words,
)
from app.world import World
from engine.core.commands import (
    Act,
    Bookmark,
    Branch,
    Brush,
    Command,
    Forget,
    Jump,
    Keep,
    Load,
    Rebuild,
    Record,
    Redo,
    Reply,
    Reset,
    Restore,
    RunnerState,
    RunTo,
    SetParam,
    Step,
    Undo,
)
from engine.core.params import ParamField

__all__ = ["WorldChronicle"]

_NOTED = (SetParam, Brush, Act, Reset, Load, Rebuild, Restore, Record)

TOO_LARGE = "Its state was too large to be kept: give the history more memory in Settings"
FORGOTTEN = "The world does not remember it any more"


class WorldChronicle(QObject):
    """What was done to one world, undone and redone one after the other.

    Signals
    -------
    changed
        The list, what it offers, or the bookmarks.
    moved : str
        What was undone or redone, in words, but for what the hand did: the world tells of that.
    kept : Bookmark
        The present was bookmarked.
    branched : Branched, str, int
        What a world of its own begins with, words for where it left, and the step to go on to.

    Attributes
    ----------
    entries : Entries
    """

    changed = Signal()
    moved = Signal(str)
    kept = Signal(object)
    branched = Signal(object, str, object)

    def __init__(self, world: World, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.world = world
        self.entries = Entries()
        self._asked: list[bool] = []  # what waits: True undoes, False does again
        self._under_way: tuple[int, Entry, bool] | None = None
        self._newest = 0  # the gesture that was heard of last
        self._pending: dict[str, Any] = dict(world.pending)
        self._spec, self._former = world.state.spec, world.state.spec
        self._marks: tuple[Bookmark, ...] = ()
        self._taking_back = False
        self._branches: dict[int, str] = {}
        self._steps = (world.state.step, world.state.step)  # before the newest state, and in it
        world.answered.connect(self._answered)
        world.state_changed.connect(self._state_changed)
        world.pending_changed.connect(self._pending_changed)

    @property
    def bookmarks(self) -> tuple[Bookmark, ...]:
        """The states that the user keeps, oldest first."""
        return self.world.state.bookmarks

    # What is asked for.

    def undo(self) -> None:
        """Take back the last thing that was done, after those that are under way."""
        self._asked.append(True)
        self._go_on()

    def redo(self) -> None:
        """Do again what was undone last, after those that are under way."""
        self._asked.append(False)
        self._go_on()

    def go_to(self, entry: Entry | None) -> None:
        """Undo or redo until an entry is the last that holds; None is before the first."""
        if self._under_way is not None or (entry is not None and entry not in self.entries.all):
            return
        goal = self.entries.all.index(entry) + 1 if entry is not None else 0
        can = [not (e.ahead or self.why_not(e)) for e in self.entries.all]
        back = sum(can[goal : self.entries.done])
        again = sum(can[self.entries.done : goal])
        self._asked += [True] * back + [False] * again
        self._go_on()

    def keep(self, title: str = "", pixels: int = 160) -> None:
        """Bookmark the present."""
        self.world.submit(Keep(title, pixels))

    def recall(self, bookmark: Bookmark) -> None:
        """Put the world back into a bookmarked state; this can be undone."""
        self.world.submit(Restore(bookmark.deposit))

    def forget(self, bookmark: Bookmark) -> None:
        """Drop a bookmark."""
        self.world.submit(Forget(bookmark.deposit))

    def branch(self, *, step: int | None = None, bookmark: Bookmark | None = None) -> None:
        """Ask for a world of its own that begins at a step, a bookmark or the present."""
        command = Branch(step, bookmark.deposit if bookmark is not None else None)
        self._branches[command.id] = bookmark.title if bookmark is not None else ""
        self.world.submit(command)

    # One after the other.

    def _go_on(self) -> None:
        while self._asked and self._under_way is None:
            back = self._asked.pop(0)
            entry = self._usable_undo() if back else self.entries.next_redo()
            if entry is None:
                self._asked.clear()
            elif entry.kind == "pending":
                self._set_pending(entry, back)
            else:
                self._send(entry, back)
        self._refresh()

    def _usable_undo(self) -> Entry | None:
        """Return what can be taken back; gestures that the world forgot are passed over."""
        return self.entries.next_undo(gestures=bool(self.world.state.undo[0]))

    def why_not(self, entry: Entry) -> str:
        """Say why an entry that holds cannot be taken back, not even in its turn; "" if it can."""
        if entry.why or entry.kind != "gesture" or self.world.state.undo[0]:
            return entry.why
        return FORGOTTEN if self.entries.is_of_now(entry) else ""

    def _send(self, entry: Entry, back: bool) -> None:
        command: Command | None = entry.undo if back else entry.redo
        if entry.kind == "gesture":
            command = Undo() if back else Redo()
        if isinstance(command, Restore):
            command = Restore(command.deposit)  # an id is answered once
        elif isinstance(command, SetParam):
            command = SetParam(command.name, command.value)
        elif isinstance(command, Act):
            command = Act(command.name, command.arguments)
        if command is None:
            entry.why = TOO_LARGE
            return
        self._under_way = (command.id, entry, back)
        self.world.submit(command)

    def _set_pending(self, entry: Entry, back: bool) -> None:
        self._taking_back = True
        self.world.pending = dict(entry.before if back else entry.after)
        self._pending = dict(self.world.pending)
        self.world.pending_changed.emit()
        self._taking_back = False
        (self.entries.undone if back else self.entries.redone)(entry)

    def _arrived(self, reply: Reply) -> None:
        """Follow an undo or redo of ours."""
        assert self._under_way is not None
        _, entry, back = self._under_way
        self._under_way = None
        if not reply.ok:
            self._asked.clear()
            entry.why = str(reply.error)
        elif back:
            entry.redo = reply.inverse
            self.entries.undone(entry)
        else:
            entry.undo = reply.inverse
            entry.why = "" if entry.kind == "gesture" or reply.inverse is not None else TOO_LARGE
            self.entries.redone(entry)
        if reply.ok and entry.kind != "gesture":
            self.moved.emit(f"{'Undid' if back else 'Redid'} {lowered(entry.words)}")
        self._go_on()

    # What is heard.

    def _answered(self, command: Command, reply: Reply) -> None:
        if self._under_way is not None and reply.id == self._under_way[0]:
            self._arrived(reply)
            return
        words = self._branches.pop(reply.id, "")
        if not reply.ok:
            return
        if isinstance(command, Branch):
            goal = reply.value.step if command.step is None else command.step
            self.branched.emit(reply.value, words or f"step {goal:,}", goal)
        elif isinstance(command, Keep):
            self.kept.emit(reply.value)
        elif isinstance(command, Undo | Redo):
            self._hand_moved(isinstance(command, Undo))
        elif isinstance(command, Jump):
            self.entries.jumped(int(reply.value))
        elif isinstance(command, Step | RunTo):
            if not self.entries.ran(int(reply.value)):
                return
        elif isinstance(command, _NOTED):
            if not self._walked(command, reply):
                self._note(command, reply)
        else:
            return
        self._refresh()

    def _walked(self, command: Command, reply: Reply) -> bool:
        """Follow what is the same as undo or redo, sent by somebody else: a linked world, a hand.

        Values that come quickly after each other are joined instead.
        """
        back, again = self._usable_undo(), self.entries.next_redo()
        quick = back is not None and time.time() - back.at <= MERGE_SECONDS
        if back is not None and is_same(back.undo, command) and not (back.name and quick):
            back.redo = reply.inverse
            self.entries.undone(back)
        elif again is not None and is_same(again.redo, command):
            again.undo = reply.inverse
            self.entries.redone(again)
        else:
            return False
        return True

    def _note(self, command: Command, reply: Reply) -> None:
        """Make an entry of what was done, if it is one."""
        make = partial(self._entry, reply)
        if isinstance(command, SetParam):
            self._note_param(command, reply)
        elif isinstance(command, Brush | Act) and reply.inverse is None:
            if reply.gesture > self._newest or (reply.gesture and self._goes_on(reply)):
                words = self.world.state.undo[0]
                words = words[:1].upper() + words[1:] if words else "By hand"
                icon = "brush" if isinstance(command, Brush) else "wand-sparkles"
                self.entries.add(make("gesture", words, icon, gesture=reply.gesture))
                self._newest = max(self._newest, reply.gesture)
        elif isinstance(command, Act):
            self.entries.add(make("act", self._title_of(command), "wand-sparkles"))
        elif isinstance(command, Reset):
            words = "Reset" if command.seed is None else f"New seed {command.seed}"
            self._leap(make("leap", words, "rotate-ccw"))
        elif isinstance(command, Load):
            if command.fresh:
                self.entries.began_anew()
            else:
                self._leap(make("leap", load_words(command), "folder-open"))
        elif isinstance(command, Rebuild):
            words = rebuild_words(self._fields(), self._former, command)
            self._drop_pending()
            self._leap(make("leap", words, "refresh-cw"))
        elif isinstance(command, Restore):
            marked = next((m for m in self.bookmarks if m.deposit == command.deposit), None)
            words = f"Back to {marked.title}" if marked is not None else "Put back"
            self._leap(make("leap", words, "bookmark"))
        elif isinstance(command, Record) and command.from_reset:
            self._leap(make("leap", "Reset for a film", "video"))

    def _note_param(self, command: SetParam, reply: Reply) -> None:
        field = self._fields().get(command.name)
        before = reply.inverse.value if isinstance(reply.inverse, SetParam) else None
        if field is None or before == reply.value:
            return
        made = self._entry(
            reply,
            "param",
            "",
            "sliders-horizontal",
            name=command.name,
            before=before,
            after=reply.value,
        )
        entry = self.entries.add(made)
        if entry is not None:
            entry.words = param_words(field, entry.before, entry.after)

    def _goes_on(self, reply: Reply) -> bool:
        last = self.entries.all[self.entries.done - 1] if self.entries.done else None
        return last is not None and last.gesture == reply.gesture

    def _leap(self, entry: Entry) -> None:
        entry.why = "" if entry.undo is not None else TOO_LARGE
        entry.step = self._steps[0]
        self.entries.add(entry)

    def _entry(self, reply: Reply, kind: Kind, words: str, icon: str, **more: Any) -> Entry:
        return Entry(kind, words, icon, reply.step, time.time(), undo=reply.inverse, **more)

    def _hand_moved(self, back: bool) -> None:
        """Follow an undo or redo of the hand that somebody else sent."""
        held = self.entries.all[: self.entries.done]
        entry = (
            next((e for e in reversed(held) if e.kind == "gesture"), None)
            if back
            else self.entries.next_redo()
        )
        if entry is None or entry.kind != "gesture":
            return
        if not back:
            self.entries.redone(entry)
        elif entry is held[-1]:
            self.entries.undone(entry)
        else:
            self.entries.remove(entry)

    def _state_changed(self, state: RunnerState) -> None:
        if state.spec is not self._spec and state.spec != self._spec:
            self._former, self._spec = self._spec, state.spec
        self._steps = (self._steps[1], state.step)
        looks = False
        if state.playing and state.target_step is None:  # on its way to a step it may be jumping
            looks = self.entries.ran(state.step)
        if state.bookmarks is not self._marks:
            self._marks, looks = state.bookmarks, True
        if looks or self._words() != self.world.undo_words:
            self._refresh()

    def _pending_changed(self) -> None:
        now = dict(self.world.pending)
        before, self._pending = self._pending, now
        if self._taking_back or now == before:
            return
        last = self.entries.all[self.entries.done - 1] if self.entries.done else None
        if last is not None and last.kind == "pending" and now and last.before == now:
            self.entries.remove(last)  # what could not be applied waits again
        else:
            changed = sorted(n for n in {**before, **now} if before.get(n) != now.get(n))
            words = pending_words(self._fields(), before, now)
            self.entries.add(
                Entry(
                    "pending",
                    words,
                    "hourglass",
                    self.world.state.step,
                    time.time(),
                    name=",".join(changed),
                    before=before,
                    after=now,
                )
            )
        self._refresh()

    def _drop_pending(self) -> None:
        """Forget the changes that waited: they are in the world now."""
        for entry in [e for e in self.entries.all[: self.entries.done] if e.kind == "pending"]:
            self.entries.remove(entry)

    def _fields(self) -> dict[str, ParamField]:
        return {field.name: field for field in self.world.fields}

    def _title_of(self, command: Act) -> str:
        can = self.world.state.capabilities
        offers = can.actions if can is not None else ()
        return next((o.title for o in offers if o.name == command.name), command.name)

    def _words(self) -> tuple[str, str]:
        back, again = self._usable_undo(), self.entries.next_redo()
        return (
            lowered(back.words) if back is not None else "",
            lowered(again.words) if again is not None else "",
        )

    def _refresh(self) -> None:
        self.world.undo_words = self._words()
        self.changed.emit()

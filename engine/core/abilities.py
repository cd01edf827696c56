"""What a system may be able to do beyond ticking and being seen: small protocols and offers.

`engine.core.capabilities` asks a system for them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel

from engine.core.activity import Activity, null_activity
from engine.core.experiment import Experiment
from engine.core.spec import Asset
from engine.core.views import Pick, Stroke

__all__ = [
    "Action",
    "ActionOffer",
    "Actionable",
    "BrushTool",
    "BrushValue",
    "Brushable",
    "Experimental",
    "Export",
    "Exportable",
    "Inspectable",
    "Logged",
    "Measured",
    "Need",
    "Poll",
    "Row",
    "Settling",
    "TargetOption",
    "Targetable",
    "Trainable",
    "Undoable",
]


Poll = Callable[[], None]
"""Called often by what lasts: it raises `Cancelled`, or lets others have their turn."""


@runtime_checkable
class Trainable(Protocol):
    """Learns. A training step is a transaction.

    It raises `Cancelled` or `DivergedError` with weights, optimiser, pool and training generator as
    they were before the call.
    """

    def train_step(self, poll: Poll) -> dict[str, float]:
        """Do one update; call `poll` at least every 50 ms. Returns scalars, "loss" among them."""

    def train_progress(self) -> tuple[int, int]:
        """Return updates done and updates planned."""


@dataclass(frozen=True)
class TargetOption:
    """One way to take a target: a label, the parameters it sets, the minutes it should take."""

    label: str
    params: dict[str, Any]
    minutes: float | None = None
    recommended: bool = False


@runtime_checkable
class Targetable(Protocol):
    """Can be given something to learn. A class asks `target_kinds` and `target_options`.

    Both are class methods, since a target makes a new world: the app shows the options before it
    exists.
    """

    @classmethod
    def target_kinds(cls) -> tuple[str, ...]:
        """Return what can be learned: "image", ..."""

    @classmethod
    def target_options(cls, target: Asset, device: str) -> tuple[TargetOption, ...]:
        """Return the ways to learn `target` on `device`, one of them recommended."""


@dataclass(frozen=True)
class BrushValue:
    """The value that a brush paints: label, range, what it begins with, unit."""

    label: str
    low: float
    high: float
    default: float
    unit: str = ""


@dataclass(frozen=True)
class Need:
    """What has to be chosen before a tool does anything.

    The parameter, its value while nothing is chosen, and a sentence that asks for it.
    """

    param: str
    idle: str
    words: str


@dataclass(frozen=True)
class BrushTool:
    """A brush: what the tool strip shows and which controls it needs.

    `icon` is a Lucide name; `paints` says whether channel and value are chosen; `radius` is in
    cells, or in units of the mesh. `value` describes a value of its own, without a channel. `needs`
    names a choice without which its strokes would do nothing.
    """

    name: str
    title: str
    icon: str
    help: str
    paints: Literal["nothing", "channel"] = "nothing"
    radius: float = 6.0
    value: BrushValue | None = None
    needs: Need | None = None


@runtime_checkable
class Brushable(Protocol):
    """Can be damaged and painted, also while it runs or trains."""

    def brushes(self) -> tuple[BrushTool, ...]:
        """Return the brushes, the commonest first."""

    def brush(self, stroke: Stroke) -> None:
        """Apply one piece of a stroke."""


@runtime_checkable
class Undoable(Protocol):
    """Can take back what the hand did to it: strokes and actions on its fields.

    Only what the gesture wrote is put back; time has gone on elsewhere.
    """

    def undo_words(self) -> tuple[str, str]:
        """Say what would be undone and what done again, in words; "" where there is nothing."""

    def undo(self) -> None:
        """Take back the last gesture; `BadInput` where there is none."""

    def redo(self) -> None:
        """Do it again; `BadInput` where nothing was undone."""


@runtime_checkable
class Settling(Protocol):
    """Lives on a mesh of the user's, `Spec.mesh`: the packed bytes of `engine.meshes.asset`."""

    @classmethod
    def settles(cls) -> bool:
        """Whether a mesh may be given."""


@dataclass(frozen=True)
class Row:
    """One line of an inspector: a label, a value and its unit."""

    label: str
    value: float | int | str
    unit: str = ""


@runtime_checkable
class Inspectable(Protocol):
    """Can say what is at a place."""

    def inspect(self, pick: Pick) -> tuple[Row, ...]:
        """Describe a place, line by line."""


@runtime_checkable
class Measured(Protocol):
    """Has scalars worth a plot; called about ten times a second, must be cheap."""

    def metrics(self) -> dict[str, float]:
        """Return the scalars by name."""


@runtime_checkable
class Logged(Protocol):
    """Has scalars that belong to certain steps and may be ready only later."""

    def take_log(self) -> list[tuple[int, dict[str, float]]]:
        """Hand over what became ready since the last call: (step, scalars by name)."""

    def log_pending(self) -> bool:
        """Whether something is still being computed; views are made anew when nothing is."""


@dataclass(frozen=True)
class Export:
    """A file that a system can write: its ending with the dot, a title, and the writer.

    An ending may have two parts, ".metrics.csv"; the longest one that a name has decides.

    Attributes
    ----------
    write : callable
        Writes the present to a path, whole or not at all.
    begin : callable, optional
        Where that takes long: copies what is needed, quickly, and returns what writes it to a path
        in any thread, reporting into an `Activity` and asking it, while the world goes on.
    """

    ending: str
    title: str
    write: Callable[[Path], None]
    begin: Callable[[], Callable[[Path, Activity], None]] | None = None

    @classmethod
    def apart(
        cls, ending: str, title: str, begin: Callable[[], Callable[[Path, Activity], None]]
    ) -> Export:
        """Make one that can be written beside the running world, and at once where nobody waits."""
        return cls(ending, title, lambda path: begin()(path, null_activity()), begin)


@runtime_checkable
class Exportable(Protocol):
    """Can write files of its own kind."""

    def exports(self) -> tuple[Export, ...]:
        """Return the kinds of file."""


@runtime_checkable
class Experimental(Protocol):
    """Brings published figures as runnable checks."""

    @classmethod
    def experiments(cls) -> tuple[Experiment, ...]:
        """Return the published figures."""


@dataclass(frozen=True)
class Action:
    """Something peculiar to a system that the user may do.

    Attributes
    ----------
    title : str
        For menus, an imperative.
    arguments : pydantic model class, optional
        What to ask for; its fields become a small form and the options of the command line.
    target : str
        What it is done to: "none", "cell", "region", "program", "head", "point", "vertex".
    undoable : bool
        Whether its reply carries an inverse; `act` then returns ``(value, undoing command)``.
    """

    title: str
    arguments: type[BaseModel] | None = None
    target: str = "none"
    undoable: bool = False
    help: str = ""


@runtime_checkable
class Actionable(Protocol):
    """Offers actions; `act` gets arguments already validated by the action's model."""

    def actions(self) -> dict[str, Action]:
        """Return the actions by name."""

    def act(self, name: str, arguments: Any) -> Any:
        """Do one; an undoable one returns its value and the command that undoes it.

        What may take over 50 ms calls `self.poll` in between, and changes nothing if that raises.
        """


@dataclass(frozen=True)
class ActionOffer:
    """An action as the app sees it: picklable, arguments as a JSON schema."""

    name: str
    title: str
    target: str
    schema: dict[str, Any] | None
    help: str

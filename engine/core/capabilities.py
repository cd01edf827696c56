"""What one system can do, asked of it once; questions and actions that are passed on to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from engine.core.abilities import (
    Actionable,
    ActionOffer,
    Brushable,
    BrushTool,
    Exportable,
    Inspectable,
    Measured,
    Poll,
    Settling,
    Targetable,
    Trainable,
    Undoable,
)
from engine.core.errors import BadInput
from engine.core.programs import Alphabet, Traceable
from engine.core.system import System, ViewOffer, no_poll

__all__ = ["QUESTIONS", "SEEN", "Capabilities", "ask", "capabilities", "perform"]


@dataclass(frozen=True)
class Capabilities:
    """What a running system can do, as one picklable value."""

    views: tuple[ViewOffer, ...]
    trainable: bool = False
    targets: tuple[str, ...] = ()
    brushes: tuple[BrushTool, ...] = ()
    actions: tuple[ActionOffer, ...] = ()
    inspectable: bool = False
    measured: bool = False
    exports: tuple[tuple[str, str], ...] = field(default=())
    alphabet: Alphabet | None = None
    undoable: bool = False
    settles: bool = False
    bodies: frozenset[str] = frozenset()


def capabilities(system: System) -> Capabilities:
    """Ask a system what it can do."""
    offers: tuple[ActionOffer, ...] = ()
    if isinstance(system, Actionable):
        offers = tuple(
            ActionOffer(
                name,
                action.title,
                action.target,
                action.arguments.model_json_schema() if action.arguments else None,
                action.help,
            )
            for name, action in system.actions().items()
        )
    return Capabilities(
        views=system.view_offers(),
        trainable=isinstance(system, Trainable),
        targets=system.target_kinds() if isinstance(system, Targetable) else (),
        brushes=system.brushes() if isinstance(system, Brushable) else (),
        actions=offers,
        inspectable=isinstance(system, Inspectable),
        measured=isinstance(system, Measured),
        exports=tuple((e.ending, e.title) for e in system.exports())
        if isinstance(system, Exportable)
        else (),
        alphabet=system.alphabet() if isinstance(system, Traceable) else None,
        undoable=isinstance(system, Undoable),
        settles=isinstance(system, Settling) and system.settles(),
        bodies=system.bodies,
    )


QUESTIONS: dict[str, type] = {
    "inspect": Inspectable,
    **dict.fromkeys(
        (
            "locate",
            "program",
            "find",
            "assemble",
            "spell",
            "disassemble",
            "trace",
            "score",
        ),
        Traceable,
    ),
}
"""What may be asked of a system that has the ability, by the name of the method that answers."""

SEEN: frozenset[str] = frozenset(("find",))
"""Questions whose answer is seen in the views as well: they are made anew after these."""


def ask(system: System, name: str, arguments: Mapping[str, Any]) -> Any:
    """Let a system answer a question; nothing changes that is saved or that ticks depend on.

    What was found is set off in its pictures from then on (`SEEN`).

    Raises
    ------
    BadInput
        If the system cannot answer that, or an argument is wrong.
    """
    ability = QUESTIONS.get(name)
    if ability is None or not isinstance(system, ability):
        raise BadInput(f"{system.info.title} cannot answer {name!r}")
    return getattr(system, name)(**arguments)


def perform(system: System, name: str, arguments: Mapping[str, Any], poll: Poll = no_poll) -> Any:
    """Validate an action's arguments and do it.

    Parameters
    ----------
    poll : callable
        Is `system.poll` meanwhile.

    Raises
    ------
    BadInput
        If the system has no such action or an argument is out of its range.
    Cancelled
        If `poll` raised it; nothing has changed then.
    """
    known = system.actions() if isinstance(system, Actionable) else {}
    if name not in known or not isinstance(system, Actionable):
        raise BadInput(
            f"{system.info.title} has no action {name!r}",
            remedy="Use one of: " + (", ".join(sorted(known)) or "none"),
        )
    model, checked = known[name].arguments, None
    if model is not None:
        try:
            checked = model.model_validate(dict(arguments))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadInput(f"{name}: {where}: {first['msg']}") from None
    system.poll = poll
    try:
        return system.act(name, checked)
    finally:
        system.poll = no_poll

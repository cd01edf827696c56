"""What the palette offers: actions, presets, worlds, views, parameters, settings, looks, files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any

from app.deeds import ACTIONS
from app.settings import rows
from app.shell import Shell
from engine.core.params import ParamField

__all__ = ["PROVIDERS", "Entry", "Provider"]


@dataclass(frozen=True)
class Entry:
    """One line of the palette.

    Attributes
    ----------
    id : str
        Says which one was chosen last, in the next run as well.
    title, group : str
        What is done, and what kind of thing it is.
    words : str
        More that it is found by.
    key : str
        Its shortcut, as this system's users know it.
    reason : str
        Why it cannot be done now; "" when it can.
    icon : str
        A Lucide name.
    weight : float
        What it counts beside others that answer equally well: what acts on the open world comes
        before what opens another.
    run : callable
    """

    id: str
    title: str
    group: str
    run: Callable[[], object]
    words: str = ""
    key: str = ""
    reason: str = ""
    icon: str = ""
    weight: float = 0.0


Provider = Callable[[Shell], Iterable[Entry]]


def actions(shell: Shell) -> Iterable[Entry]:
    """Everything that the table of actions declares and that needs no argument of a script."""
    table = shell.window.user_actions
    for spec in ACTIONS:
        if spec.scripted or spec.id == "palette.open":
            continue
        action = table[spec.id]
        yield Entry(
            f"action:{spec.id}",
            # Its words of now: "Pause", "Undo painting".
            action.text().rstrip("."),
            spec.menu or "Action",
            partial(shell.run, spec.id),
            words=f"{spec.text} {spec.help} {spec.id}",
            key=table.key_text(spec.id),
            reason=spec.refusal(shell.lab),
            icon=spec.icon,
            weight=2.0,
        )


def own_actions(shell: Shell) -> Iterable[Entry]:
    """What the selected world's system can do beyond what all can."""
    world = shell.lab.world
    can = world.state.capabilities if world is not None else None
    for offer in can.actions if can is not None else ():
        if offer.target == "none":
            yield Entry(
                f"own:{offer.name}",
                offer.title,
                "Action of this system",
                partial(shell.window.act, offer, {}),
                words=offer.help,
                icon="wand-sparkles",
                weight=1.5,
            )


def parameters(shell: Shell) -> Iterable[Entry]:
    """The selected world's parameters: choosing one brings its row into sight."""
    world = shell.lab.world
    if world is None:
        return
    values = {**world.params, **world.pending}
    for field in world.fields:
        value = _shown(field, values.get(field.name))
        yield Entry(
            f"parameter:{field.name}",
            f"{field.title}: {value}" if value else field.title,
            "Parameter",
            partial(shell.window.show_parameter, field.name),
            words=f"{field.name} {field.group} {field.help}",
            icon="sliders-horizontal",
            weight=1.0,
        )


def _shown(field: ParamField, value: Any) -> str:
    """Write a value that is a word or a number; texts are too long, and secrets are not shown."""
    unit = f" {field.unit}" if field.unit else ""
    if field.kind == "bool":
        return "on" if value else "off"
    if field.kind in ("int", "float") and isinstance(value, int | float):
        return f"{value:,}{unit}" if isinstance(value, int) else f"{value:g}{unit}"
    return str(value) if field.kind == "choice" else ""


def worlds(shell: Shell) -> Iterable[Entry]:
    """The open worlds."""
    for place, world in enumerate(shell.lab.worlds):
        here = world is shell.lab.world
        yield Entry(
            f"world:{id(world)}",
            world.title,
            "Open world",
            partial(shell.lab.select, world),
            words=f"{world.slug} {place + 1} go to switch",
            reason="This world is in front" if here else "",
            icon="square",
            weight=1.0,
        )


def views(shell: Shell) -> Iterable[Entry]:
    """The views of the world in front."""
    page = shell.page
    titles = page.titles() if page is not None else ()
    if page is None or len(titles) < 2:
        return
    for place, title in enumerate(titles):
        yield Entry(
            f"view:{title}",
            title,
            "View of this world",
            partial(page.choose, place),
            words="show view tab",
            icon="eye",
            weight=1.0,
        )


def tools(shell: Shell) -> Iterable[Entry]:
    """The brushes of the world in front."""
    page = shell.page
    grids = page.grids() if page is not None else ()
    for brush in grids[0].tools.brushes if grids else ():
        yield Entry(
            f"brush:{brush.name}",
            brush.title,
            "Brush",
            partial(shell.run, "tool.next", brush.name),
            words=f"{brush.name} {brush.help} tool paint",
            icon="brush",
            weight=1.0,
        )


def themes(shell: Shell) -> Iterable[Entry]:
    """The looks."""
    for name, title, icon in (
        ("dark", "Dark theme", "moon"),
        ("light", "Light theme", "sun"),
        ("system", "Theme of the system", "monitor"),
    ):
        yield Entry(
            f"theme:{name}",
            title,
            "Theme",
            partial(shell.run, "view.theme", name),
            words="look colours appearance",
            reason="This is the theme now" if shell.settings.theme == name else "",
            icon=icon,
        )


def settings(shell: Shell) -> Iterable[Entry]:
    """The settings: choosing one shows it on their page."""
    for name, row in rows().items():
        yield Entry(
            f"setting:{name}",
            row.title,
            "Setting",
            partial(shell.run, "settings.open", row.title),
            words=f"{name} {row.section} {row.help}",
            icon="settings",
            weight=-0.5,
        )


def presets(shell: Shell) -> Iterable[Entry]:
    """Everything in the gallery: presets of every system, the user's own, plugins."""
    for item in shell.gallery.items:
        named = item.title if item.title == item.system else f"{item.system}: {item.title}"
        yield Entry(
            f"preset:{item.key}",
            named,
            "Preset",
            partial(shell.gallery.opened.emit, item.slug, item.preset, True),
            words=f"{item.words} open world",
            icon="sprout",
            weight=-1.0,
        )


def recent(shell: Shell) -> Iterable[Entry]:
    """Files and sessions that were opened or saved last."""
    for path in dict.fromkeys((*shell.settings.recent, *shell.settings.recent_sessions)):
        yield Entry(
            f"file:{path}",
            PurePath(path).name,
            "Recent file",
            partial(shell.filing.open, path),
            words=f"{path} open",
            icon="file",
            weight=-1.0,
        )


PROVIDERS: tuple[Provider, ...] = (
    actions,
    own_actions,
    tools,
    views,
    worlds,
    parameters,
    themes,
    settings,
    presets,
    recent,
)

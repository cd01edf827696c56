"""``primordia list``: what there is, without importing any of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from app.commands.options import As_json
from app.commands.report import emit, table
from engine.core import registry
from engine.core.presets import Entry

__all__ = ["list_systems"]


def list_systems(
    system: Annotated[
        str, typer.Argument(metavar="[NAME]", help="One system, with presets and parameters.")
    ] = "",
    as_json: As_json = False,
) -> None:
    """List the systems, or the presets and parameters of one."""
    if system:
        entry = _entry(system)
        emit(_describe(entry), _page(entry), as_json=as_json)
        return
    entries = registry.catalogue()
    rows = [
        (e.info.slug, e.info.title, f"{len(e.presets)} presets", e.info.summary) for e in entries
    ]
    emit({"systems": [_describe(entry) for entry in entries]}, table(rows), as_json=as_json)


def _entry(slug: str) -> Entry:
    if slug not in registry.slugs():
        registry.system_class(slug)  # says which there are
    return registry.entry(slug)


def _describe(entry: Entry) -> dict[str, Any]:
    return {
        **asdict(entry.info),
        "trainable": entry.trainable,
        "targets": entry.targets,
        "lives_on_meshes": entry.settles,
        "presets": [asdict(preset) for preset in entry.presets],
        "parameters": [asdict(field) for field in entry.fields],
    }


def _page(entry: Entry) -> list[str]:
    lines = [f"{entry.info.title}: {entry.info.summary}", f"  {entry.info.paper}", "", "Presets:"]
    if entry.presets:
        lines += [f"  {row}" for row in table((p.id, p.title) for p in entry.presets)]
    lines += ["", "Parameters (--set NAME=VALUE):"]
    for field in entry.fields:
        lines += [f"  {field.name} = {field.default}  ({field.range_text})", f"      {field.help}"]
    return lines

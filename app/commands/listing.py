"""``primordia list``: what there is, without importing any of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.options import As_json
from app.commands.report import emit, table
from engine.core import registry
from engine.core.errors import BadInput
from engine.core.plugin_folder import Plugins
from engine.core.presets import Entry

__all__ = ["list_systems"]


def list_systems(
    system: Annotated[
        str, typer.Argument(metavar="[NAME]", help="One system, with presets and parameters.")
    ] = "",
    plugins: Annotated[
        bool, typer.Option("--plugins", help="The files in the folder of plugins, and their state.")
    ] = False,
    allow_plugin: Annotated[
        str,
        typer.Option(
            "--allow-plugin",
            metavar="FILE",
            help="Let a file of that folder run, as it is now. It is code: look at it first.",
        ),
    ] = "",
    as_json: As_json = False,
) -> None:
    """List the systems, or the presets and parameters of one."""
    if allow_plugin:
        _allow(allow_plugin)
    if plugins or allow_plugin:
        _list_plugins(as_json)
        return
    if system:
        entry = _entry(system)
        emit(_describe(entry), _page(entry), as_json=as_json)
        return
    entries = registry.catalogue()
    rows = [
        (e.info.slug, e.info.title, f"{len(e.presets)} presets", e.info.summary) for e in entries
    ]
    emit({"systems": [_describe(entry) for entry in entries]}, table(rows), as_json=as_json)


def _allow(name: str) -> None:
    folder = _folder()
    folder.allow(folder.named(name))


def _list_plugins(as_json: bool) -> None:
    folder = _folder()
    found: list[dict[str, Any]] = []
    for file in folder.files:
        error = folder.error(file)
        found.append(
            {
                "file": str(file.path),
                "sha256": file.sha256,
                "systems": [glimpse.info.slug for glimpse in file.systems],
                "allowed": folder.allows(file),
                "state": folder.state(file),
                "problem": str(error) if error is not None else "",
            }
        )
    rows = [
        (
            Path(one["file"]).name,
            ", ".join(one["systems"]) or "none",
            "allowed" if one["allowed"] else _STATES[one["state"]],
            one["problem"],
        )
        for one in found
    ]
    lines = [f"plugins of {folder.folder}", *table(rows)] if rows else []
    empty = [f"there is no plugin in {folder.folder}"]
    emit({"folder": str(folder.folder), "plugins": found}, lines or empty, as_json=as_json)


_STATES = {"new": "not allowed yet", "changed": "changed since it was allowed", "broken": "broken"}


def _folder() -> Plugins:
    folder = registry.plugins()
    if folder is None:
        raise BadInput("no folder of plugins is in use")
    return folder


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

"""``primordia presets``: keep the gallery's files current (for those who write systems)."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from app.commands.options import As_json
from app.commands.progress import working
from app.commands.report import emit
from engine.core import presets as files
from engine.core import registry
from engine.core.activity import Activity
from engine.core.errors import BadInput
from engine.core.files import write_atomically

__all__ = ["presets"]


def presets(
    system: Annotated[
        str, typer.Option("--system", metavar="NAME", help="Only this one; all if left out.")
    ] = "",
    write: Annotated[
        bool, typer.Option("--write", help="Bring the generated parts up to date.")
    ] = False,
    thumbnails: Annotated[
        bool, typer.Option("--thumbnails", help="Run every preset and draw its thumbnail.")
    ] = False,
    only: Annotated[
        str,
        typer.Option("--only", metavar="ID", help="With --thumbnails: draw this preset's alone."),
    ] = "",
    as_json: As_json = False,
) -> None:
    """Check the preset files, refresh what is generated, draw the thumbnails."""
    if system:
        registry.system_class(system)
    if only and not (system and thumbnails):
        raise BadInput(
            "--only chooses a thumbnail of one system", remedy="Add --thumbnails --system NAME"
        )
    if only:
        registry.entry(system).preset(only)  # refuses an unknown one
    chosen = (system,) if system else registry.slugs()
    changed, drawn, stale = [], [], []
    with working("Presets") as activity:
        for slug in chosen:
            path = registry.preset_file(slug)
            kind = registry.system_class(slug)
            if write and files.refresh(kind, path):
                changed.append(str(path))
            elif not path.exists() or files.outdated(kind, path):
                stale.append(slug)
            if thumbnails and path.exists():
                drawn += _draw(slug, activity, only)
    lines = [f"written: {path}" for path in [*changed, *drawn]]
    lines += [f"out of date: {slug} (primordia presets --write)" for slug in stale]
    result = {"written": changed, "thumbnails": drawn, "out_of_date": stale}
    emit(result, lines or ["all presets are up to date"], as_json=as_json)


def _draw(slug: str, activity: Activity, only: str = "") -> list[str]:
    """Draw the thumbnails of a system, or one of them, and enter their names into its file."""
    from engine.thumbnails import draw

    path = registry.preset_file(slug)
    entry = files.read(path)
    folder = path.parent / "thumbnails"
    folder.mkdir(exist_ok=True)
    content = json.loads(path.read_bytes())
    written = []
    for preset, stored in zip(entry.presets, content["presets"], strict=True):
        if entry.trainable and preset.model is None and not preset.updates:
            continue  # nothing has been learned yet: there is nothing to see
        if only and preset.id != only:
            continue
        name = f"{slug}.{preset.id}.png"
        write_atomically(folder / name, draw(slug, preset, activity))
        stored["thumbnail"] = name
        written.append(str(folder / name))
    write_atomically(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    return written

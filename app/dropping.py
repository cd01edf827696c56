"""What happens with a file or a preset that is dropped: decided, and said, before it is let go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QMimeData

from app.gallery.items import MIME
from app.lab import Lab
from app.world import World
from engine import openers
from engine.core import registry
from engine.core.errors import BadInput, UserError
from engine.core.pickles import PICKLE_ENDINGS, conversion
from engine.core.presets import Entry
from engine.core.sidecar_files import ENDING, is_sidecar

__all__ = ["Plan", "plan_drop"]

Deed = Literal[
    "preset",
    "target",
    "new-target",
    "mesh",
    "new-mesh",
    "model",
    "world",
    "published",
    "program",
    "session",
    "sidecar",
    "refuse",
]


@dataclass(frozen=True)
class Plan:
    """What a drop will do.

    Attributes
    ----------
    deed : str
        "target" teaches the selected world, "new-target" opens a system that learns it; "mesh" lets
        the selected world live on it, "new-mesh" one that is opened; "world" opens beside the world
        in front; "program" puts a text into its Tape panel; "session" takes the place of all that
        is open; "sidecar" makes its picture or film again. A world that learns is left alone: what
        would change it opens beside it.
    sentence : str
        Shown over the picture while the mouse hovers.
    path : Path, optional
        The file.
    slug, preset : str
        The system to open.
    world : World, optional
        The one that it was decided for.
    problem, remedy : str
        The two halves of the sentence of what is refused.
    """

    deed: Deed
    sentence: str
    path: Path | None = None
    slug: str = ""
    preset: str = ""
    problem: str = ""
    remedy: str = ""
    world: World | None = None

    @property
    def accepted(self) -> bool:
        """Whether letting go does anything."""
        return self.deed != "refuse"


def plan_drop(data: QMimeData, lab: Lab, world: World | None = None) -> Plan:
    """Decide by a file's name, and a glance at its header, what a drop will do.

    Parameters
    ----------
    data : QMimeData
    lab : Lab
    world : World, optional
        The one that it is dropped on; the selected one if None.
    """
    world = world or lab.world
    if data.hasFormat(MIME):
        slug, _, preset = bytes(data.data(MIME).data()).decode("utf-8", "replace").partition("/")
        where = _beside(lab, world)
        words = f"Open {data.text() or slug}{where}"
        return Plan("preset", words, slug=slug, preset=preset, world=world)
    urls = data.urls() if data.hasUrls() else []
    files = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    if len(files) > 1 and (leader := _leader(files)) is not None:
        return plan_file(leader, lab, world)
    if len(files) != 1:
        words = "Drop one file at a time" if files else "Only files on this computer can be dropped"
        return _refuse(words, "Choose a picture, a model or a world")
    return plan_file(files[0], lab, world)


def _beside(lab: Lab, world: World | None) -> str:
    """Say where a world is opened, if not in the place of this one."""
    return " in a new tab" if lab.protected(world) or lab.work_in(world) else ""


def _leader(files: list[Path]) -> Path | None:
    """Find the one that others belong to: a mesh with its pictures, a map of one material."""
    meshes = [file for file in files if openers.kind_of(file) == "mesh"]
    companions = {".mtl", ".bin", *openers.endings("image")}
    if len(meshes) == 1 and all(f in meshes or f.suffix.lower() in companions for f in files):
        return meshes[0]
    names = {_material_of(file) for file in files if openers.kind_of(file) == "image"}
    same = len({file.parent for file in files}) == 1 and len(names) == 1
    return files[0] if same and names != {""} and not meshes else None


def _refuse(problem: str, remedy: str, path: Path | None = None) -> Plan:
    sentence = f"{problem}: {remedy[0].lower()}{remedy[1:]}"
    return Plan("refuse", sentence, path, problem=problem, remedy=remedy)


def plan_file(path: Path, lab: Lab, world: World | None = None) -> Plan:
    """Decide by its name and its header what opening a file will do, as of `plan_drop`."""
    world = world or lab.world
    return replace(_plan(path, lab, world), world=world)


def _plan(path: Path, lab: Lab, world: World | None) -> Plan:
    try:
        kind = openers.glance(path)
    except BadInput as error:
        return _refuse(f"{path.name} {error.problem}", error.remedy, path)
    if path.is_dir():
        return _plan_folder(path, lab, world)
    if kind == "image":
        return _plan_image(path, lab, world)
    if kind == "model":
        return Plan("model", f"Open the model {path.name}{_beside(lab, world)}", path)
    if kind == "world":
        where = " in a new tab" if world is not None else ""
        return Plan("world", f"Open the world {path.name}{where}", path)
    if path.suffix.lower() == ENDING and is_sidecar(path):
        return Plan("sidecar", f"Make {path.stem} again, and compare every pixel", path)
    if kind == "published":
        where = _beside(lab, world)
        return Plan("published", f"Import the published weights {path.name}{where}", path)
    if kind == "mesh":
        return _plan_mesh(path, lab, world)
    if kind == "session":
        return _plan_session(path, lab)
    if kind == "program":
        return _plan_program(path, world)
    if path.suffix.lower() in PICKLE_ENDINGS:
        problem = f"{path.name} is a pickle, and opening one can run the code in it"
        return _refuse(problem, conversion(path), path)
    kinds = openers.endings("session", "model", "world", "published")
    known = ", ".join((*openers.endings("image")[:2], *kinds[:-1]))
    problem = f"{path.name} is no picture, no model, no world and no session"
    return _refuse(problem, f"Choose a {known} or {kinds[-1]} file", path)


def _plan_session(path: Path, lab: Lab) -> Plan:
    from app.session.unpack import peek  # reads zip archives

    try:
        manifest = peek(path)
    except UserError as error:
        return _refuse(f"{path.name} {error.problem}", error.remedy or "Choose another file", path)
    count = len(manifest.worlds)
    words = f"Open the session {path.stem}, {'one world' if count == 1 else f'{count} worlds'}"
    if lab.worlds:
        words += ", in place of what is open"
    return Plan("session", words, path)


def _plan_program(path: Path, world: World | None) -> Plan:
    can = world.state.capabilities if world is not None else None
    if world is None or can is None or can.alphabet is None:
        problem = f"{path.name} is a text, and there is no world of programs to put it into"
        return _refuse(problem, "Open a soup first", path)
    try:
        openers.open_program(path)
    except UserError as error:
        return _refuse(f"{path.name} {error.problem}", error.remedy or "Choose another file", path)
    return Plan("program", f"Put the program {path.name} on the tape of {world.title}", path)


def _plan_folder(path: Path, lab: Lab, world: World | None) -> Plan:
    from engine.media.material_set import is_material

    if not is_material(path):
        return _refuse(
            f"{path.name} is a folder without the maps of a material", "Choose a file", path
        )
    words = f"the material {path.name}"
    return _teach("material", words, path, lab, world) or _refuse(
        "No system here learns materials", "Choose a picture from the folder", path
    )


def _plan_image(path: Path, lab: Lab, world: World | None) -> Plan:
    if "material" in _targets(world) and (name := _material_of(path)):
        found = _teach("material", f"the material {name}", path, lab, world)
        if found is not None:
            return found
    return _teach("image", path.name, path, lab, world) or _refuse(
        "No system here learns pictures", "Install one that does", path
    )


def _material_of(path: Path) -> str:
    """Name the material that a picture is a map of, if the other maps lie beside it."""
    from engine.media.material_set import is_material, role_of  # needs what reads pictures

    role = role_of(path)
    return (role[1] or path.parent.name) if role is not None and is_material(path) else ""


def _targets(world: World | None) -> tuple[str, ...]:
    """Return what a world learns."""
    can = world.state.capabilities if world is not None else None
    return can.targets if can is not None else ()


def _teach(kind: str, words: str, path: Path, lab: Lab, world: World | None) -> Plan | None:
    """Teach this world, or the first system that learns such a thing; None without one."""
    if world is not None and kind in _targets(world):
        title = registry.entry(world.slug).info.title
        if lab.protected(world):
            sentence = f"Open another {title} beside this one and train it on {words}"
            return Plan("new-target", sentence, path, slug=world.slug)
        return Plan("target", f"Train {title} on {words}", path, slug=world.slug)
    learner = next((entry.info for entry in _catalogue() if kind in entry.targets), None)
    if learner is None:
        return None
    sentence = f"Open {learner.title}{_beside(lab, world)} and train it on {words}"
    return Plan("new-target", sentence, path, slug=learner.slug)


def _plan_mesh(path: Path, lab: Lab, world: World | None) -> Plan:
    can = world.state.capabilities if world is not None else None
    if world is not None and can is not None and can.settles:
        if lab.protected(world):
            title = registry.entry(world.slug).info.title
            sentence = f"Open another {title} beside this one on {path.name}"
            return Plan("new-mesh", sentence, path, slug=world.slug)
        return Plan("mesh", f"Let {world.title} live on {path.name}", path, slug=world.slug)
    settler = next((entry.info for entry in _catalogue() if entry.settles), None)
    if settler is None:
        problem = f"{path.name} is a mesh, and no system here lives on meshes"
        return _refuse(problem, "Choose a picture, a model or a world", path)
    sentence = f"Open {settler.title}{_beside(lab, world)} on {path.name}"
    return Plan("new-mesh", sentence, path, slug=settler.slug)


def _catalogue() -> tuple[Entry, ...]:
    try:
        return registry.catalogue()
    except UserError:
        return ()

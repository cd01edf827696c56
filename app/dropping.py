"""What happens with a file or a preset that is dropped: decided, and said, before it is let go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QMimeData

from app.lab import Lab
from app.panels.gallery import MIME
from engine import openers
from engine.core import registry
from engine.core.errors import BadInput, UserError
from engine.core.pickles import PICKLE_ENDINGS, conversion
from engine.core.presets import Entry

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
        in front.
    sentence : str
        Shown over the picture while the mouse hovers.
    path : Path, optional
        The file.
    slug, preset : str
        The system to open.
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

    @property
    def accepted(self) -> bool:
        """Whether letting go does anything."""
        return self.deed != "refuse"


def plan_drop(data: QMimeData, lab: Lab) -> Plan:
    """Decide by a file's name, and a glance at its header, what a drop will do."""
    if data.hasFormat(MIME):
        slug, _, preset = bytes(data.data(MIME).data()).decode("utf-8", "replace").partition("/")
        return Plan("preset", f"Open {data.text() or slug}", slug=slug, preset=preset)
    urls = data.urls() if data.hasUrls() else []
    files = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    if len(files) > 1 and (leader := _leader(files)) is not None:
        return plan_file(leader, lab)
    if len(files) != 1:
        words = "Drop one file at a time" if files else "Only files on this computer can be dropped"
        return _refuse(words, "Choose a picture, a model or a world")
    return plan_file(files[0], lab)


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


def plan_file(path: Path, lab: Lab) -> Plan:
    """Decide by its name and its header what opening a file will do."""
    try:
        kind = openers.glance(path)
    except BadInput as error:
        return _refuse(f"{path.name} {error.problem}", error.remedy, path)
    if path.is_dir():
        return _plan_folder(path, lab)
    if kind == "image":
        return _plan_image(path, lab)
    if kind == "model":
        return Plan("model", f"Open the model {path.name}", path)
    if kind == "world":
        where = " in a new tab" if lab.world is not None else ""
        return Plan("world", f"Open the world {path.name}{where}", path)
    if kind == "published":
        return Plan("published", f"Import the published weights {path.name}", path)
    if kind == "mesh":
        return _plan_mesh(path, lab)
    if path.suffix.lower() in PICKLE_ENDINGS:
        problem = f"{path.name} is a pickle, and opening one can run the code in it"
        return _refuse(problem, conversion(path), path)
    kinds = openers.endings("model", "world", "published")
    known = ", ".join((*openers.endings("image")[:2], *kinds[:-1]))
    problem = f"{path.name} is no picture, no model and no world"
    return _refuse(problem, f"Choose a {known} or {kinds[-1]} file", path)


def _plan_folder(path: Path, lab: Lab) -> Plan:
    from engine.media.material_set import is_material

    if not is_material(path):
        return _refuse(
            f"{path.name} is a folder without the maps of a material", "Choose a file", path
        )
    words = f"the material {path.name}"
    return _teach("material", words, path, lab) or _refuse(
        "No system here learns materials", "Choose a picture from the folder", path
    )


def _plan_image(path: Path, lab: Lab) -> Plan:
    if "material" in _targets(lab) and (name := _material_of(path)):
        found = _teach("material", f"the material {name}", path, lab)
        if found is not None:
            return found
    return _teach("image", path.name, path, lab) or _refuse(
        "No system here learns pictures", "Install one that does", path
    )


def _material_of(path: Path) -> str:
    """Name the material that a picture is a map of, if the other maps lie beside it."""
    from engine.media.material_set import is_material, role_of  # needs what reads pictures

    role = role_of(path)
    return (role[1] or path.parent.name) if role is not None and is_material(path) else ""


def _targets(lab: Lab) -> tuple[str, ...]:
    """Return what the selected world learns."""
    can = lab.world.state.capabilities if lab.world is not None else None
    return can.targets if can is not None else ()


def _teach(kind: str, words: str, path: Path, lab: Lab) -> Plan | None:
    """Teach the selected world, or the first system that learns such a thing; None without one."""
    if lab.world is not None and kind in _targets(lab):
        title = registry.entry(lab.world.slug).info.title
        return Plan("target", f"Train {title} on {words}", path, slug=lab.world.slug)
    learner = next((entry.info for entry in _catalogue() if kind in entry.targets), None)
    if learner is None:
        return None
    sentence = f"Open {learner.title} and train it on {words}"
    return Plan("new-target", sentence, path, slug=learner.slug)


def _plan_mesh(path: Path, lab: Lab) -> Plan:
    world = lab.world
    can = world.state.capabilities if world is not None else None
    if world is not None and can is not None and can.settles:
        return Plan("mesh", f"Let {world.title} live on {path.name}", path, slug=world.slug)
    settler = next((entry.info for entry in _catalogue() if entry.settles), None)
    if settler is None:
        problem = f"{path.name} is a mesh, and no system here lives on meshes"
        return _refuse(problem, "Choose a picture, a model or a world", path)
    return Plan("new-mesh", f"Open {settler.title} on {path.name}", path, slug=settler.slug)


def _catalogue() -> tuple[Entry, ...]:
    try:
        return registry.catalogue()
    except UserError:
        return ()

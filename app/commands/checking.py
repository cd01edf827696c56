"""``primordia check``: say what a file is, or why it cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.commands.options import As_json
from app.commands.progress import working
from app.commands.report import emit, table
from engine import openers
from engine.core import registry
from engine.core.errors import BadInput, UserError, about

__all__ = ["check"]

VGG_FIELD = "vgg_weights"

Looked = tuple[str, dict[str, Any], str]


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A picture, mesh, model or world.")],
    as_json: As_json = False,
) -> None:
    """Say what a picture, a mesh, a model or a world is, or why it cannot be used (exit 2).

    Of a mesh also how even it is to live on.
    """
    try:
        kind, facts, words = _look(file)
    except UserError as error:
        if as_json:
            result = {"file": file, "usable": False, "problem": error.problem}
            emit(result | {"remedy": error.remedy}, (), as_json=True)
        raise
    emit({"file": file, "usable": True, "kind": kind, **facts}, [words], as_json=as_json)


def _look(path: Path) -> Looked:
    """Return the kind of a file, what it holds, and a line for people."""
    from engine.core.files import read_regular
    from engine.core.pickles import PICKLE_ENDINGS, refuse_pickles
    from engine.media.sniff import PICTURE_ENDINGS, claimed_kind, describe_kind, sniff_kind

    ending, kind = path.suffix.lower(), openers.kind_of(path)
    if kind in LOOKERS:
        return LOOKERS[kind](path)
    if ending in (".rle", ".cells"):
        return _pattern(path)
    if ending in PICKLE_ENDINGS:
        refuse_pickles(path)
    data = read_regular(path, limit=2**30)
    found = sniff_kind(data[:4096])
    if found in PICTURE_ENDINGS or claimed_kind(path.name):
        return _picture(path)
    if data[8:9] == b"{":  # what `open_model` reads has a name of the user's choice
        return _model(path)
    what = describe_kind(found) if found else "of a kind that nobody here knows"
    raise BadInput(
        f"is {what}" if data else "is empty",
        path=path,
        remedy="Use a picture, a mesh, a saved model or world or a published weight file",
    )


def _picture(path: Path) -> Looked:
    from engine.media.images import read_image
    from engine.media.target import check_target

    picture = check_target(read_image(path))
    takers = [e.info.slug for e in registry.catalogue() if "image" in e.targets]
    facts = {
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "alpha": picture.has_alpha,
        "frames": picture.frames,
        "notes": list(picture.notes),
        "target_for": takers,
    }
    words = f"{path}: {picture.format} picture, {picture.width} x {picture.height}"
    words += ", with transparency" if picture.has_alpha else ", opaque"
    words += f", {picture.frames} frames (the first counts)" if picture.frames > 1 else ""
    words += "".join(f"; {text}" for text in picture.notes)
    return "image", facts, f"{words}; can be learned by: {', '.join(takers) or 'none'}"


def _mesh(path: Path) -> Looked:
    from engine.media.mesh_files import read_mesh
    from engine.mesh_nca.intake import MOST_FACES
    from engine.meshes.mend import mend
    from engine.meshes.quality import judge
    from engine.meshes.surface import Surface

    with working(f"Reading {path.name}") as activity:
        mesh = read_mesh(path, activity)
        try:
            mended = mend(mesh.vertices, mesh.faces, activity)
        except BadInput as error:
            raise about(error, path) from None
        activity.progress(0, None, "Measuring")
        quality = judge(Surface.of(mended.vertices, mended.faces))
        activity.check()
        closed = mesh.closed
        activity.check()
    facts = {
        "format": mesh.format,
        "vertices": len(mesh.vertices),
        "faces": len(mesh.faces),
        "closed": closed,
        "low": mesh.vertices.min(axis=0).tolist(),
        "high": mesh.vertices.max(axis=0).tolist(),
        "quality": quality.verdict,
        "figures": {
            f.name: {"value": f.value, "gate": f.gate, "verdict": f.verdict}
            for f in quality.figures
        },
        "pieces": quality.pieces,
        "border_edges": quality.borders,
        "mended": {"vertices": len(mended.vertices), "faces": len(mended.faces)},
        "handles": quality.genus,
        "notes": list(mended.notes),
    }
    words = (
        f"{path}: {mesh.format} mesh, {len(mesh.vertices):,} vertices, {len(mesh.faces):,} faces"
    )
    words += f", {'closed' if closed else 'open'}"
    words += "".join(f"; {text}" for text in mended.notes)
    left = len(mended.vertices), len(mended.faces)
    if left != (len(mesh.vertices), len(mesh.faces)):
        words += f"; {left[0]:,} vertices, {left[1]:,} faces are left"
    lines = table((f"  {f.name}", f.text, f.verdict, f.gate) for f in quality.figures)
    large = len(mended.faces) > MOST_FACES
    advice = "; make it even with --remesh 10000" if quality.verdict == "poor" or large else ""
    advice += " --keep-edges" if advice and quality.sharp_edged else ""
    advice = f", but too large at more than {MOST_FACES:,} faces{advice}" if large else advice
    lines.append(f"  to live on: {quality.verdict}{advice}")
    return "mesh", facts, "\n".join((words, *lines))


def _weights(path: Path) -> Looked:
    return _vgg16(path) if _is_vgg16(path) else _model(path)


def _model(path: Path) -> Looked:
    """Open it as `run --model` does; whether its system can live with it is known once it does."""
    from engine.core import checkpoint
    from engine.core.files import read_regular

    opened = openers.open_model(path)
    openers.build(opened.spec.with_(device="cpu"), opened.state, path)
    data = opened.state.data if opened.state else read_regular(path, limit=openers.MODEL_BYTES)
    assert isinstance(data, bytes)
    loaded = checkpoint.parse(data, str(path))
    weights = sum(
        array.size
        for name, array in loaded.arrays.items()
        if name.startswith("model/") and not name.startswith(checkpoint.PAST)
    )
    facts = {
        "system": loaded.slug,
        "scope": loaded.scope,
        "step": loaded.step,
        "seed": loaded.seed,
        "params": loaded.params,
        "weights": weights,
        "arrays": {name: list(array.shape) for name, array in loaded.arrays.items()},
        "notes": list(opened.notes),
    }
    title = registry.entry(loaded.slug).info.title
    words = f"{path}: {loaded.scope} of {title} ({loaded.slug})"
    words += f", {weights:,} weights" if weights else ""
    if loaded.scope != "model":
        words += f", at step {loaded.step:,} of seed {loaded.seed}"
    return "model", facts, ". ".join((words, *opened.notes))


def _is_vgg16(path: Path) -> bool:
    """Look for torchvision's key names in the header of a safetensors file."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return False
    try:
        with safe_open(path, framework="np") as file:
            return "features.0.weight" in set(file.keys())
    except (SafetensorError, OSError):
        return False  # what is wrong with it is said by who reads it


def _vgg16(path: Path) -> Looked:
    from engine.style.vgg_weights import load_vgg16

    layers = load_vgg16(path)
    takers = [
        e.info.slug
        for e in registry.catalogue()
        if any(field.name == VGG_FIELD for field in e.fields)
    ]
    weights = sum(weight.numel() + bias.numel() for weight, bias in layers.values())
    facts = {"layers": len(layers), "weights": weights, "parameter": VGG_FIELD, "systems": takers}
    words = f"{path}: VGG-16 weights, for the parameter {VGG_FIELD} of {', '.join(takers)}"
    return "vgg16", facts, words


def _published(path: Path) -> Looked:
    from engine import imports

    kind = imports.sniff(path)
    names = imports.names(path)
    model = imports.load(path, names[0])
    weights = sum(array.size for array in model.weights.arrays().values())
    facts = {"format": kind, "models": list(names), "weights": weights}
    words = f"{path}: published weights ({kind}), {len(names)} model{'s' * (len(names) > 1)}"
    return "published", facts, f"{words} of {weights:,} weights: {', '.join(names)}"


def _pattern(path: Path) -> Looked:
    from engine.core.files import read_regular
    from engine.media import life_files

    text = read_regular(path, limit=64 * 2**20).decode("utf-8", "replace")
    parse = life_files.parse_rle if path.suffix.lower() == ".rle" else life_files.parse_cells
    pattern = parse(text, str(path))
    height, width = pattern.cells.shape
    population = int(pattern.cells.sum())
    facts = {"width": width, "height": height, "population": population, "rule": pattern.rule}
    words = f"{path}: pattern of {width} x {height} cells, {population:,} alive"
    return "pattern", facts, words + (f", rule {pattern.rule}" if pattern.rule else "")


def _session(path: Path) -> Looked:
    from app.session.unpack import unpack
    from engine.core.activity import null_activity

    session = unpack(path, null_activity())
    manifest = session.manifest
    worlds = [{"slug": w.slug, "title": w.title, "step": w.step} for w in manifest.worlds]
    facts = {"worlds": worlds, "saved": manifest.saved, "program": manifest.program}
    titles = ", ".join(world.title or world.slug for world in manifest.worlds) or "none"
    words = f"{path}: session with {len(worlds)} world{'s' * (len(worlds) != 1)}: {titles}"
    return "session", facts, "\n  ".join((words, *session.notes))


def _program(path: Path) -> Looked:
    text = openers.open_program(path)
    words = f"{path}: text of {len(text):,} characters; whether it is a program, a soup tells"
    return "program", {"characters": len(text)}, words


LOOKERS: Final[Mapping[openers.FileKind, Callable[[Path], Looked]]] = {
    "image": _picture,
    "model": _weights,
    "world": _model,
    "published": _published,
    "mesh": _mesh,
    "session": _session,
    "program": _program,
}
"""Who looks at the kinds that `openers` tell by their names."""

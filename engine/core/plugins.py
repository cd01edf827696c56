"""Systems in one file: read without running a line, run once they are allowed, blamed by line.

What a file offers is read from its syntax tree, so that the gallery can show it before the user
allows it. What runs is compiled from the very bytes that were looked at: a file that is changed
between the two is not run. Nothing that a file does while it is read or run ends the program,
`sys.exit` included; only a loop without end cannot be stopped, and is for that reason never run in
the thread of a window.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from pydantic import ValidationError

from engine.core.blame import PREFIX, PluginError, blame
from engine.core.errors import BadInput, UserError
from engine.core.files import read_regular
from engine.core.params import Params
from engine.core.presets import describe
from engine.core.system import System, SystemInfo

__all__ = ["Glimpse", "PluginFile", "glance", "run"]

_LIMIT = 2**20
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Glimpse:
    """A system as its source tells of it: the name of its class, and who it says it is."""

    name: str
    info: SystemInfo
    line: int


@dataclass(frozen=True)
class PluginFile:
    """A file of the folder, not run.

    Attributes
    ----------
    path : Path
    sha256 : str
        Of its bytes, hexadecimal; "" where they cannot be read.
    source : bytes
        What was looked at, and what `run` runs.
    systems : tuple of Glimpse
    problem : PluginError, optional
        Why it offers nothing.
    """

    path: Path
    sha256: str
    source: bytes
    systems: tuple[Glimpse, ...] = ()
    problem: BadInput | None = None

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self.path.name


def glance(path: Path) -> PluginFile:
    """Read what a file offers; not a line of it is run."""
    try:
        source = read_regular(path, limit=_LIMIT)
    except UserError as error:
        problem = BadInput(error.problem, path=path, remedy=error.remedy)
        return PluginFile(path, "", b"", problem=problem)
    sha256 = hashlib.sha256(source).hexdigest()
    try:
        systems = tuple(_systems(ast.parse(source, str(path)), path))
        if not systems:
            words = "has no class with info = SystemInfo(...), so there is no system in it"
            raise PluginError(words, path=path)
    except PluginError as error:
        return PluginFile(path, sha256, source, problem=error)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return PluginFile(path, sha256, source, problem=blame(error, path))
    return PluginFile(path, sha256, source, systems)


def _systems(tree: ast.Module, path: Path) -> Iterator[Glimpse]:
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        for line in node.body:
            targets = line.targets if isinstance(line, ast.Assign) else ()
            if isinstance(line, ast.AnnAssign):
                targets = [line.target]
            names = {target.id for target in targets if isinstance(target, ast.Name)}
            if "info" in names and isinstance(line, ast.Assign | ast.AnnAssign):
                call = line.value
                if isinstance(call, ast.Call) and _called(call) == "SystemInfo":
                    yield Glimpse(node.name, _info(call, path), node.lineno)


def _called(call: ast.Call) -> str:
    name = call.func
    return name.id if isinstance(name, ast.Name) else getattr(name, "attr", "")


def _info(call: ast.Call, path: Path) -> SystemInfo:
    try:
        given = [ast.literal_eval(value) for value in call.args]
        named = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
        info = SystemInfo(*given, **named)
    except (ValueError, TypeError):
        raise PluginError(
            "SystemInfo(...) cannot be read without running it",
            path=path,
            line=call.lineno,
            remedy="Write slug, title, summary, paper and family as plain texts in quotes",
        ) from None
    texts = (info.slug, info.title, info.summary, info.paper, info.family, *info.tags)
    if not all(isinstance(text, str) for text in texts) or not _SLUG.fullmatch(info.slug):
        raise PluginError(
            f"{info.slug!r} cannot be the name of a system",
            path=path,
            line=call.lineno,
            remedy="Use lower case letters, figures and hyphens, and texts for all the others",
        )
    return info


def run(file: PluginFile) -> dict[str, type[System]]:
    """Run a file that was allowed; returns its systems by slug.

    Raises
    ------
    PluginError
        If it cannot be run to its end or a system in it is none, with the line where that is known.
    """
    if file.problem is not None:
        raise file.problem
    name = f"{PREFIX}{file.path.stem}"
    module = ModuleType(name)
    module.__file__ = str(file.path)
    module.__spec__ = ModuleSpec(name, None, origin=str(file.path))
    former = sys.modules.get(name)
    sys.modules[name] = module  # pydantic and pickle look classes up by their module
    try:
        code = compile(file.source, str(file.path), "exec", dont_inherit=True)
        exec(code, module.__dict__)
        return {glimpse.info.slug: _checked(module, glimpse, file) for glimpse in file.systems}
    except BaseException as error:
        if former is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = former
        if isinstance(error, KeyboardInterrupt | PluginError):
            raise
        raise blame(error, file.path) from error


def _checked(module: ModuleType, glimpse: Glimpse, file: PluginFile) -> type[System]:
    found = getattr(module, glimpse.name, None)
    problem = ""
    if not (isinstance(found, type) and issubclass(found, System)):
        problem = f"{glimpse.name} is not a system: it has to be derived from System"
    elif found.info.slug != glimpse.info.slug:
        problem = f"{glimpse.name} calls itself {found.info.slug} when it is run"
    elif inspect.isabstract(found):
        missing = ", ".join(sorted(found.__abstractmethods__))
        problem = f"{glimpse.name} lacks {missing}"
    elif not (
        isinstance(getattr(found, "Params", None), type) and issubclass(found.Params, Params)
    ):
        problem = f"{glimpse.name} lacks Params, a class derived from Params"
    if problem or not (isinstance(found, type) and issubclass(found, System)):
        raise PluginError(problem, path=file.path, line=glimpse.line)
    _check_defaults(found.Params, file)
    for field in describe(found).fields:
        if field.kind in ("int", "float") and (field.low is None or field.high is None):
            raise PluginError(
                f"the parameter {field.name} has no range",
                path=file.path,
                line=glimpse.line,
                remedy=f"Give the lowest and highest {field.name} with ge=... and le=...",
            )
    return found


def _check_defaults(params: type[Params], file: PluginFile) -> None:
    """Refuse parameters that cannot begin as they say they do."""
    try:
        params()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        of = f"the parameter {name} cannot begin as {first['input']!r}" if name else "Params"
        raise PluginError(
            f"{of}: {first['msg'].removeprefix('Value error, ')}",
            path=file.path,
            line=_line_of(file, params.__name__, name),
            remedy="Give every parameter a default of its own kind, inside its range",
        ) from None


def _line_of(file: PluginFile, name: str, field: str) -> int:
    """Find the line of a class where it declares a field, else the class's own; 0 if neither."""
    for node in ast.parse(file.source).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            for line in node.body:
                target = line.target if isinstance(line, ast.AnnAssign) else None
                if isinstance(target, ast.Name) and target.id == field:
                    return line.lineno
            return node.lineno
    return 0

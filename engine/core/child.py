"""How a child process is started, from sources and from a bundle alike.

From sources the interpreter runs a module (``python -m MODULE``). In a bundle there is no
interpreter: `sys.executable` is the program itself, which carries out a module for its parent by
the hidden verb ``primordia _child MODULE ARGUMENTS``. Only modules that are made for it are run.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence

from engine.core.errors import BadInput

__all__ = ["MODULES", "VERB", "command", "frozen", "run"]

VERB = "_child"
"""The hidden verb of the program."""

MODULES = (
    "engine.meshes.remesh_child",
    "engine.bench.harness",
    "engine.bench.mesh_memory",
)
"""Modules that may be run as a child."""


def frozen() -> bool:
    """Whether this is a bundle, in which `sys.executable` is the program."""
    return bool(getattr(sys, "frozen", False))


def command(module: str, *arguments: str) -> list[str]:
    """Return the words that start a child which runs a module of the engine.

    Raises
    ------
    BadInput
        For a module that is not one of `MODULES`.
    """
    _check(module)
    if frozen():
        return [sys.executable, VERB, module, *arguments]
    return [sys.executable, "-m", module, *arguments]


def run(arguments: Sequence[str]) -> None:
    """Be the child: run the module that the first argument names with the others.

    Raises
    ------
    BadInput
        Without a module, or for one that is not one of `MODULES`.
    """
    if not arguments:
        raise BadInput("no module was named", remedy=f"Use one of {', '.join(MODULES)}")
    module = arguments[0]
    _check(module)
    sys.argv = list(arguments)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _check(module: str) -> None:
    if module not in MODULES:
        raise BadInput(
            f"{module} is no module for a child process", remedy=f"Use one of {', '.join(MODULES)}"
        )

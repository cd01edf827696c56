"""Published figures as checks."""

from __future__ import annotations

from app.deeds.spec import ActionSpec, Handler
from app.shell import Shell

__all__ = ["SPECS", "handlers"]

SPECS = (
    ActionSpec(
        "reproduce.open",
        "Published figures",
        "Reproduce",
        "Ctrl+Shift+E",
        "flask-conical",
        "All checks with claim, published and measured value; NAME chooses one",
    ),
    ActionSpec(
        "reproduce.run",
        "Run a check",
        "",
        "",
        "play",
        "NAME: run the check of a published figure, in a process of its own",
        scripted=True,
    ),
    ActionSpec(
        "reproduce.run-all",
        "Run all checks",
        "Reproduce",
        "",
        "play",
        "Run every check that needs no file, one by one and at low priority",
    ),
    ActionSpec(
        "reproduce.cancel",
        "Cancel checks",
        "Reproduce",
        "",
        "circle-stop",
        "Break off the check that runs and those that wait",
    ),
)


def handlers(shell: Shell) -> dict[str, Handler]:
    """Return what each of the actions does."""
    deeds = _Reproduce(shell)
    return {
        "reproduce.open": deeds.open,
        "reproduce.run": deeds.run,
        "reproduce.run-all": deeds.run_all,
        "reproduce.cancel": deeds.cancel,
    }


class _Reproduce:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def open(self, argument: str) -> None:
        self._shell.parts["reproduce"].show(argument.strip())

    def run(self, argument: str) -> None:
        self._shell.parts["reproduce"].run(argument.strip())

    def run_all(self, argument: str) -> None:
        self._shell.parts["reproduce"].run("all")

    def cancel(self, argument: str) -> None:
        self._shell.parts["reproduce"].runs.cancel()

"""``primordia``: the window without arguments, and everything it does without a window.

Exit codes: 0 done; 1 a figure missed its tolerance, or an internal error (one line, the traceback
in the log); 2 bad input or usage (one line that names the file and the remedy); 130 interrupted.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points, version
from logging.handlers import RotatingFileHandler
from pathlib import Path

from engine.core import child
from engine.core.blame import blamed
from engine.core.errors import Cancelled, UserError

__all__ = ["main"]

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

logger = logging.getLogger("primordia")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == [child.VERB]:
        return _be_child(given[1:])
    log = _open_log()
    try:
        return _dispatch(given)
    except UserError as error:
        return _say(str(error), BAD_INPUT)
    except (Cancelled, KeyboardInterrupt):
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except MemoryError:
        logger.exception("out of memory: %s", given)
        return _say("there is not enough memory for this; use a smaller world", BAD_INPUT)
    except Exception as error:
        told = blamed(error)
        if isinstance(told, UserError):  # a plugin's fault: its file and line say more
            logger.exception("an error in a plugin: %s", given)
            return _say(str(told), BAD_INPUT)
        logger.exception("internal error: %s", given)
        where = f"; the log is {log}" if log is not None else ""
        return _say(f"internal error: {type(error).__name__}: {error}{where}", FAILED)


def _be_child(given: list[str]) -> int:
    """Do a module's work for our own parent process, which reads tracebacks as they are."""
    try:
        child.run(given)
    except UserError as error:
        return _say(str(error), BAD_INPUT)
    return DONE


def _dispatch(given: list[str]) -> int:
    if not given:
        # Straight to the window: what parses options takes a tenth of a second to import.
        from app.commands.window import open_window

        return open_window()
    if given == ["--version"]:
        print(f"primordia {version('primordia')}")  # noqa: T201
        return DONE
    if given[0] == "--reset-settings":
        given = ["gui", *given]
    from app.plugins.folder import folder_in_use

    with folder_in_use():
        return _parse(_own_verb(given))


def _parse(given: list[str]) -> int:
    """Read verb and options, and do what they say."""
    import typer

    usage_error = typer.BadParameter.__mro__[1]  # of click, which typer may carry within itself
    try:
        code = _parser(given[0])(given, prog_name="primordia", standalone_mode=False)
    except typer.Abort:
        return _say("interrupted", INTERRUPTED)
    except Exception as error:
        if not isinstance(error, usage_error):
            raise
        text = error.format_message()  # type: ignore[attr-defined]
        return _say(f"{text.rstrip('.')}. See: primordia --help.", BAD_INPUT)
    return code if isinstance(code, int) else DONE


def _own_verb(given: list[str]) -> list[str]:
    """Read ``SYSTEM ACTION ...`` as ``act --system SYSTEM ACTION ...``, unless it is a verb."""
    from engine.core import registry

    verb = given[0]
    if verb.startswith("-") or verb in (
        point.name for point in entry_points(group="primordia.commands")
    ):
        return given
    return ["act", "--system", *given] if verb in registry.slugs() else given


def _parser(verb: str) -> Callable[..., object]:
    """Make the parser; of the verbs of entry points only the one that is asked for is imported."""
    import typer

    from app.commands.acting import act
    from app.commands.benching import bench
    from app.commands.checking import check
    from app.commands.listing import list_systems
    from app.commands.presets import presets
    from app.commands.reproducing import reproduce
    from app.commands.running import export, render, run
    from app.commands.training import train
    from app.commands.window import gui

    parser = typer.Typer(
        help="A laboratory of self-organising systems. Without a verb the window opens.",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    parser.command("list")(list_systems)
    for ours in (run, act, train, render, export, reproduce, bench, check, gui, presets):
        parser.command(ours.__name__)(ours)
    for point in entry_points(group="primordia.commands"):
        if verb not in (point.name, "-h", "--help"):
            continue
        try:
            found = point.load()
            if isinstance(found, typer.Typer):  # a verb with verbs of its own
                parser.add_typer(found, name=point.name)
            else:
                parser.command(point.name)(found)
        except Exception:
            logger.exception("the verb %s of a plugin cannot be loaded", point.name)
    return parser


def _say(problem: str, code: int) -> int:
    """Print one line on stderr and return the exit code."""
    line = " ".join(problem.split())
    print(f"primordia: {line}", file=sys.stderr)  # noqa: T201
    return code


def _open_log() -> Path | None:
    """Log warnings and what nobody expected to a rotating file; None where none can be written."""
    from app.paths import log_folder

    logging.raiseExceptions = False  # a full disk must not print tracebacks of the log itself
    path = log_folder() / "primordia.log"
    root = logging.getLogger()
    if any(isinstance(handler, RotatingFileHandler) for handler in root.handlers):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path, maxBytes=1_000_000, backupCount=3, encoding="utf-8", delay=True
        )
    except OSError:
        root.addHandler(logging.NullHandler())
        return None
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
    )
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return path


if __name__ == "__main__":
    sys.exit(main())

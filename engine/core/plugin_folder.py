"""The user's folder of plugins: what lies in it, what of it may run, what runs and what went wrong.

Everything here may be called by any thread. A file runs the first time that one of its systems is
asked for, once; it runs again when it was changed, after `scan`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.core.blame import PluginError
from engine.core.consent import Consent
from engine.core.errors import BadInput
from engine.core.plugins import Glimpse, PluginFile, glance, run
from engine.core.presets import Entry, describe
from engine.core.system import System

__all__ = ["NotAllowed", "Plugins", "State"]

State = Literal["new", "changed", "allowed", "running", "broken"]
"""New and changed ones wait for consent; what is allowed runs when it is first asked for."""

logger = logging.getLogger(__name__)


class NotAllowed(BadInput):
    """A file that the user has not allowed to run."""


@dataclass(frozen=True)
class _Run:
    """What came of running a file: its systems, or why there are none."""

    sha256: str
    systems: dict[str, type[System]]
    error: PluginError | None = None


class Plugins:
    """A folder of one-file systems.

    Parameters
    ----------
    folder : Path
        Need not exist.
    consent : Consent
    taken : callable
        Names that no file may use: those of installed systems.
    """

    def __init__(
        self, folder: Path, consent: Consent, taken: Callable[[], Collection[str]]
    ) -> None:
        self.folder = folder
        self.consent = consent
        self._taken = taken
        self._lock = threading.RLock()
        self._files: tuple[PluginFile, ...] | None = None
        self._runs: dict[Path, _Run] = {}
        self._turns: dict[Path, threading.RLock] = {}
        self._ran: dict[str, Entry] = {}

    @property
    def files(self) -> tuple[PluginFile, ...]:
        """The Python files of the folder as they were when it was last looked at, by name."""
        with self._lock:
            if self._files is None:
                self.scan()
            return self._files or ()

    def scan(self) -> tuple[str, ...]:
        """Look at the folder anew; nothing is run.

        Returns
        -------
        tuple of str
            Names of systems whose class changed or went: worlds of theirs go on with the old one.
        """
        with self._lock:
            self.consent.read()
            taken: dict[str, str] = dict.fromkeys(self._taken(), "another one that is installed")
            found = []
            try:
                paths = sorted(self.folder.glob("*.py"))
            except OSError as error:
                logger.warning("the plugin folder cannot be read: %s", error)
                paths = []
            for path in paths:
                if not path.name.startswith((".", "_")):
                    found.append(_unique(glance(path), taken))
            self._files = tuple(found)
            now = {file.path: file for file in found}
            gone = [
                path
                for path, was in self._runs.items()
                if path not in now or now[path].sha256 != was.sha256 or not self.allows(now[path])
            ]
            return tuple(slug for path in gone for slug in self._runs.pop(path).systems)

    def state(self, file: PluginFile) -> State:
        """Say how things stand with a file."""
        if file.problem is not None:
            return "broken"
        if not self.allows(file):
            return "changed" if self.consent.knows(file.name) else "new"
        known = self._runs.get(file.path)
        if known is None:
            return "allowed"
        return "running" if known.error is None else "broken"

    def error(self, file: PluginFile) -> BadInput | None:
        """Return what is wrong with a file, as far as it was looked at or run."""
        known = self._runs.get(file.path)
        return file.problem or (known.error if known is not None else None)

    def slugs(self) -> tuple[str, ...]:
        """Names of the systems that may run."""
        files = [file for file in self.files if self.allows(file)]
        return tuple(glimpse.info.slug for file in files for glimpse in file.systems)

    def find(self, slug: str) -> tuple[PluginFile, Glimpse] | None:
        """Find the file that offers a system, allowed or not."""
        for file in self.files:
            for glimpse in file.systems:
                if glimpse.info.slug == slug:
                    return file, glimpse
        return None

    def glimpse(self, slug: str) -> Entry | None:
        """Describe a system by its class if it runs, else by its source alone; None if broken."""
        found = self.find(slug)
        if found is None:
            return None
        file, seen = found
        known = self._runs.get(file.path)
        if known is None:
            return Entry(info=seen.info, schema={})
        return describe(known.systems[slug]) if slug in known.systems else None

    def remembered(self, slug: str) -> Entry | None:
        """Describe a system that ran once: worlds of it live on when it may run no more."""
        return self._ran.get(slug)

    def system_class(self, slug: str) -> type[System]:
        """Return a system's class; its file is run if it was not yet.

        Raises
        ------
        NotAllowed
            If the user has not allowed the file.
        PluginError
            If it cannot be run; it is not tried again before it was changed.
        """
        found = self.find(slug)
        if found is None:
            raise BadInput(f"there is no system {slug!r} in {self.folder}")
        file, _ = found
        self._require(file)
        with self._lock:
            turn = self._turns.setdefault(file.path, threading.RLock())
        # One at a time, but a file that never ends keeps nobody from the others.
        with turn:
            known = self._runs.get(file.path)
            if known is None or known.sha256 != file.sha256:
                known = self._runs[file.path] = _outcome(file)
                self._ran |= {slug: describe(found) for slug, found in known.systems.items()}
        if known.error is not None:
            raise PluginError(
                known.error.problem,
                path=file.path,
                remedy=known.error.remedy,
                line=known.error.line,
            )
        return known.systems[slug]

    def allow(self, file: PluginFile) -> None:
        """Let a file run, as it was when it was looked at.

        Raises
        ------
        UserError
            If it is broken, or the list of what is allowed cannot be written.
        """
        if file.problem is not None:
            raise file.problem
        with self._lock:
            self.consent.allow(file.sha256, file.name)

    def withdraw(self, file: PluginFile) -> None:
        """Let a file run no more; worlds that it made go on until they are made anew."""
        with self._lock:
            self.consent.withdraw(file.sha256, file.name)
            self._runs.pop(file.path, None)

    def named(self, name: str) -> PluginFile:
        """Find a file by its path or its name.

        Raises
        ------
        BadInput
            If it is not in the folder.
        """
        for file in self.files:
            if name == file.name or Path(name).absolute() == file.path.absolute():
                return file
        raise BadInput(
            "is not in the folder of plugins",
            path=name,
            remedy=f"Put it into {self.folder} first",
        )

    def allows(self, file: PluginFile) -> bool:
        """Tell whether a file may run."""
        return file.problem is None and self.consent.allows(file.sha256)

    def _require(self, file: PluginFile) -> None:
        if self.allows(file):
            return
        known = self.consent.knows(file.name)
        raise NotAllowed(
            "was changed since it was allowed" if known else "is code that was not allowed yet",
            path=file.path,
            remedy="Allow it in the window under World > Plugins, or by: "
            f"primordia list --allow-plugin {file.name}",
        )


def _outcome(file: PluginFile) -> _Run:
    try:
        return _Run(file.sha256, run(file))
    except PluginError as error:
        logger.warning("a plugin cannot be used: %s", error, exc_info=True)
        error.__traceback__ = None  # its frames would keep what the file made
        return _Run(file.sha256, {}, error)


def _unique(file: PluginFile, taken: dict[str, str]) -> PluginFile:
    """Refuse a file one of whose names is taken, and take its names."""
    for glimpse in file.systems:
        owner = taken.setdefault(glimpse.info.slug, file.name)
        if owner != file.name:
            problem = PluginError(
                f"the name {glimpse.info.slug} is taken by {owner}",
                path=file.path,
                line=glimpse.line,
                remedy="Give the system another one",
            )
            return PluginFile(file.path, file.sha256, file.source, problem=problem)
    return file

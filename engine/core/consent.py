"""Which code of the user's folder may run: remembered by content, never by name.

A file is allowed as the bytes that the user saw: the same bytes are allowed wherever they lie, and
a file that was changed asks again. Whatever the list itself holds that cannot be read allows
nothing.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from engine.core.errors import UserError
from engine.core.files import describe_os_error, read_regular, write_atomically

__all__ = ["Consent"]

_FORMAT = 1
_LIMIT = 2**20
logger = logging.getLogger(__name__)


class Consent:
    """The list of what is allowed, in a JSON file of its own.

    Parameters
    ----------
    path : Path
        Need not exist; the folder is made when something is first allowed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, dict[str, str]] = {}
        self.read()

    def read(self) -> None:
        """Read the list again: another window or the command line may have written it."""
        self._known = {}
        try:
            if not self.path.exists():
                return
            content = json.loads(read_regular(self.path, limit=_LIMIT))
            stored = content["allowed"] if content["format"] == _FORMAT else {}
            self._known = {
                str(sha256): {"name": str(about["name"]), "when": str(about["when"])}
                for sha256, about in stored.items()
            }
        except (
            *(OSError, UserError, ValueError, KeyError),
            *(TypeError, AttributeError, RecursionError),
        ):
            logger.warning("no plugin is allowed: %s cannot be read", self.path, exc_info=True)

    def allows(self, sha256: str) -> bool:
        """Tell whether a file of this content may run."""
        return sha256 in self._known

    def since(self, sha256: str) -> str:
        """Return when it was allowed, an ISO date; "" if it was not."""
        return self._known.get(sha256, {}).get("when", "")

    def knows(self, name: str) -> bool:
        """Tell whether a file of this name was allowed, whatever it held then."""
        return any(about["name"] == name for about in self._known.values())

    def allow(self, sha256: str, name: str) -> None:
        """Allow a content; what the name held before is allowed no more.

        Raises
        ------
        UserError
            If the list cannot be written; nothing is allowed then.
        """
        when = datetime.now(UTC).isoformat(timespec="seconds")
        self.read()
        self._write(self._without(name) | {sha256: {"name": name, "when": when}})

    def withdraw(self, sha256: str, name: str) -> None:
        """Forget a content and everything that was allowed under its name.

        Raises
        ------
        UserError
            If the list cannot be written; nothing is changed then.
        """
        self.read()
        rest = self._without(name)
        rest.pop(sha256, None)
        self._write(rest)

    def _without(self, name: str) -> dict[str, dict[str, str]]:
        return {sha: about for sha, about in self._known.items() if about["name"] != name}

    def _write(self, known: dict[str, dict[str, str]]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise describe_os_error(error, self.path, writing=True) from error
        content = {"format": _FORMAT, "allowed": known}
        write_atomically(self.path, (json.dumps(content, indent=1) + "\n").encode())
        self._known = known

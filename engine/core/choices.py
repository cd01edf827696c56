"""Choices that are found, not listed: the modules of a package, or what a room makes.

Where every file of a folder is one thing to choose (a language, say), the folder is the list: a
parameter offers what lies there, and nothing of it is imported to know the names.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

__all__ = ["MODULES", "ModulesOf", "OneOf"]

MODULES: Final = "modules_of"
"""Key of a field's JSON schema under which the package stands."""


@dataclass(frozen=True)
class ModulesOf:
    """Annotate a text parameter: ``Annotated[str, ModulesOf("engine.soup.languages")]``.

    The JSON schema lists the names as an ``enum``, and names the package, so that a stored schema
    can be brought up to date with what lies there now.

    Attributes
    ----------
    package : str
        Whose modules are the choices. It is imported, its modules are not: let it be light.
    first : str
        The choice that stands before the others, which are sorted.
    """

    package: str
    first: str = ""

    def names(self) -> tuple[str, ...]:
        """List the modules that are there now; names that begin with an underscore are no choice.

        Raises
        ------
        ImportError
            If there is no such package.
        """
        folder = importlib.import_module(self.package)
        found = {entry.name for entry in pkgutil.iter_modules(folder.__path__)}
        choices = (name for name in found if not name.startswith("_"))
        return tuple(sorted(choices, key=lambda name: (name != self.first, name)))

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate a text, and then that it is a choice."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the field."""
        return {**handler(schema), "enum": list(self.names()), MODULES: self.package}

    def _check(self, value: str) -> str:
        if value not in self.names():
            raise PydanticCustomError("no_such_choice", "there is no such choice")
        return value


@dataclass(frozen=True)
class OneOf:
    """Annotate a text parameter with names that are known when its module is imported.

    A room that makes things by name (shapes, examples) lists them once, and no parameter repeats
    the list as a `Literal`.
    """

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Validate a text, and then that it is a choice."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe the field."""
        return {**handler(schema), "enum": list(self.names)}

    def _check(self, value: str) -> str:
        if value not in self.names:
            raise PydanticCustomError("no_such_choice", "there is no such choice")
        return value

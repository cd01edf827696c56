"""A pytest plugin in the place of pytest-qt: its option in pyproject.toml has to be known."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare pytest-qt's option."""
    parser.addini("qt_api", "unused without Qt")

"""A pytest plugin that stands in for pytest-qt: its option in pyproject.toml still has to be known."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare pytest-qt's option."""
    parser.addini("qt_api", "unused without Qt")

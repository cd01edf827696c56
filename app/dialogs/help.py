"""Help that needs no page: the program itself."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["about_text"]


def about_text() -> str:
    """Say what the program is, for the About box."""
    return (
        f"<b>Primordia {_version('primordia')}</b><br><br>"
        "A desktop laboratory in which people watch and shape self-organising systems.<br><br>"
        "Apache License 2.0. Fonts: Inter and JetBrains Mono (OFL). Icons: Lucide (ISC). "
        "Qt for Python under the LGPL."
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"

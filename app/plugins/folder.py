"""Which folder of plugins is in use; the command line and the window share it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app import paths
from app import settings as settings_file
from engine.core import registry
from engine.core.consent import Consent
from engine.core.plugin_folder import Plugins

__all__ = ["folder_in_use", "use_folder"]


def use_folder(chosen: str | None = None) -> Plugins:
    """Let the registry know the user's folder; nothing in it is run.

    Parameters
    ----------
    chosen : str, optional
        What the settings say, read from their file where it is not given; "" is the program's own.
    """
    if chosen is None:
        chosen = settings_file.load(paths.settings_file()).plugin_folder
    consent = Consent(paths.data_folder() / "plugin-consent.json")
    plugins = Plugins(paths.plugin_folder(chosen), consent, registry.installed)
    registry.use(plugins)
    return plugins


@contextmanager
def folder_in_use() -> Iterator[None]:
    """Let the registry know the user's folder for a while, as a verb of the command line does."""
    former = registry.plugins()
    use_folder()
    try:
        yield
    finally:
        registry.use(former)

"""What the bundle's program runs: the command line, with a place for compiled kernels."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path


def _kernels() -> Path:
    """Folder of compiled kernels, of this version: numba knows a bundle by its program only."""
    home = os.environ.get("PRIMORDIA_HOME")
    if home:
        folder = Path(home) / "cache"
    else:
        import platformdirs

        folder = platformdirs.user_cache_path("primordia", appauthor=False)
    return folder / "kernels" / version("primordia")


def _start() -> int:
    os.environ.setdefault("NUMBA_CACHE_DIR", str(_kernels()))
    from app.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(_start())

"""Uninstall by hand what an interrupted pip left half-installed, so that pip installs it afresh.

pip writes a package's RECORD last and moves a package that it replaces to a folder named ``~...``.
Run with the environment's own Python.
"""

from __future__ import annotations

import shutil
import sysconfig
from importlib.metadata import PathDistribution
from pathlib import Path


def repair(site_packages: Path) -> list[str]:
    """Remove the metadata of packages of which files are missing; return their folders' names.

    Parameters
    ----------
    site_packages : Path
        The folder that pip installs into.

    Returns
    -------
    list of str
        The folders removed, in alphabetical order.
    """
    leftovers = sorted(site_packages.glob("~*"))
    incomplete = [
        folder for folder in sorted(site_packages.glob("*.dist-info")) if not _is_complete(folder)
    ]
    for folder in leftovers + incomplete:
        if folder.is_dir():
            shutil.rmtree(folder)
        else:
            folder.unlink()
    return [folder.name for folder in leftovers + incomplete]


def _is_complete(folder: Path) -> bool:
    """Say whether every file that the package's RECORD lists is there."""
    files = PathDistribution(folder).files if (folder / "RECORD").is_file() else None
    return files is not None and all(
        Path(str(file.locate())).exists() for file in files if file.suffix != ".pyc"
    )


if __name__ == "__main__":
    for name in repair(Path(sysconfig.get_path("purelib"))):
        print(f"removed {name}, which was half-installed")

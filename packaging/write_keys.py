"""Write the guide's page of keys from the table of actions: ``python packaging/write_keys.py``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))


def text() -> str:
    """Return the page with the keys as they are declared."""
    from app.actions import ACTIONS
    from app.guide.keys import keys_page
    from app.keymap import RESERVED

    return keys_page(ACTIONS, lambda spec: (spec.shortcut, spec.also), RESERVED)


if __name__ == "__main__":
    from app.guide.keys import PAGE
    from app.guide.pages import FOLDER

    (FOLDER / PAGE).write_text(text(), encoding="utf-8")
    print(f"wrote {PAGE}")

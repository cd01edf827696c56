"""What was done to every world, taken back and done again; bookmarks, branches, their memory."""

from __future__ import annotations

from app.chronicle.part import Chronicles, install

__all__ = ["Chronicles", "install"]

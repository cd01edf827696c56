"""The gallery's old place; see `app.gallery`."""

from __future__ import annotations

from app.gallery.items import MIME, Item
from app.gallery.panel import GalleryPanel

__all__ = ["MIME", "GalleryPanel", "Item"]

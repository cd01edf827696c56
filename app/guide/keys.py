"""The page of keys, written from the table of actions.

In the repository it has the keys as they are declared, in the window as the user has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from app.deeds.spec import ActionSpec

__all__ = ["PAGE", "keys_page"]

PAGE = "keys.md"

_HIDDEN = "Only in the palette and in scripts"
_HEAD = """\
# Keys and actions

Every action of the program with its keys, menu by menu. They can be changed in *Help > Shortcuts*;
inside the program this page shows them as they are now. **Ctrl+K** finds any action by a few
letters of its name. The last column is for scripts: `primordia gui --do "NAME argument; NAME"`.
"""
_HAND = """\
## On the picture

| what | does |
|---|---|
| left button | the tool in hand |
| middle button, or Space and left button | moves the picture, or turns a solid |
| wheel | nearer and farther, at the pointer |
| Ctrl and wheel | size of the brush |
| double click | fits the picture |
| right button | what can be done at this place |

These keys belong to the picture while it has the keyboard:

| key | does |
|---|---|
"""


def keys_page(
    specs: Iterable[ActionSpec],
    keys_of: Callable[[ActionSpec], Iterable[str]],
    reserved: Mapping[str, str],
) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    specs : iterable of ActionSpec
        In the order of the menus.
    keys_of : callable
        Returns the keys of an action as they are written.
    reserved : mapping of str to str
        Keys of the picture, and what they do.
    """
    menus: dict[str, list[str]] = {}
    for spec in specs:
        keys = ", ".join(f"**{_safe(key)}**" for key in keys_of(spec) if key)
        words = _safe(spec.help or spec.text.removesuffix("..."))
        row = f"| {_safe(spec.text)} | {keys} | {words} | `{spec.id}` |"
        menus.setdefault(spec.menu or _HIDDEN, []).append(row)
    parts = [_HEAD]
    if _HIDDEN in menus:
        menus[_HIDDEN] = menus.pop(_HIDDEN)  # last
    for menu, rows in menus.items():
        head = "| action | keys | does | name |\n|---|---|---|---|"
        parts.append(f"## {menu}\n\n{head}\n" + "\n".join(rows) + "\n")
    same: dict[str, list[str]] = {}
    for key, words in reserved.items():
        same.setdefault(words, []).append(f"**{_safe(key)}**")
    hand = [f"| {' '.join(keys)} | {_safe(words)} |" for words, keys in same.items()]
    return "\n".join([*parts, _HAND + "\n".join(hand) + "\n"])


def _safe(text: str) -> str:
    """Keep a sign of tables from ending a cell."""
    return text.replace("|", "\\|").replace("[", "\\[").replace("]", "\\]")

"""The pages of the guide as text: their order, their sections, and where words occur.

The pages are Markdown files that the repository shows as they are. ``README.md`` is the first one
and its links are the order of the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import resources

__all__ = ["FIRST", "FOLDER", "Guide", "Hit", "Page", "Section", "anchor"]

FOLDER = resources.ROOT / "guide"
FIRST = "README.md"
SNIPPET = 90
"""Characters around what was found."""

_HEADING = re.compile(r"^(#{1,4})\s+(.*?)\s*#*$")
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]+)\)")
_RULES = re.compile(r"^\s*\|[\s|:-]+\|\s*$|^```.*$", re.MULTILINE)
_MARKS = re.compile(r"[*`|\\]|^[>#\-]+\s+", re.MULTILINE)


def anchor(heading: str) -> str:
    """Return what a link names a heading by, as the repository's pages do."""
    words = re.sub(r"[^\w\s-]", "", plain(heading).lower())
    return re.sub(r"\s", "-", words.strip())


def plain(text: str) -> str:
    """Return the text without the signs of Markdown; of a link only its words."""
    return _MARKS.sub("", _RULES.sub("", _LINK.sub(r"\1", text)))


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it; the first of a page has the page's title."""

    heading: str
    text: str


@dataclass(frozen=True)
class Hit:
    """Where words were found.

    Attributes
    ----------
    page : str
        The file's name.
    section : Section
    snippet : str
        Plain text around the first of the words.
    rank : int
        0 in the page's title, 1 in a heading, 2 in the text.
    """

    page: str
    section: Section
    snippet: str
    rank: int


@dataclass(frozen=True)
class Page:
    """One file of the guide."""

    name: str
    markdown: str

    @property
    def title(self) -> str:
        """The first heading."""
        return self.sections[0].heading

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The page, cut at its headings; code is no heading."""
        found: list[tuple[str, list[str]]] = []
        fenced = False
        for line in self.markdown.splitlines():
            fenced ^= line.startswith("```")
            heading = None if fenced else _HEADING.match(line)
            if heading:
                found.append((plain(heading.group(2)), []))
            elif found:
                found[-1][1].append(line)
        return tuple(Section(heading, "\n".join(lines)) for heading, lines in found)

    def links(self) -> list[str]:
        """Return the targets of its links and pictures, outside code."""
        text = re.sub(r"^```.*?^```", "", self.markdown, flags=re.DOTALL | re.MULTILINE)
        return [target for _, target in _LINK.findall(text)]

    def anchors(self) -> set[str]:
        """Return what links may name after the #."""
        return {anchor(section.heading) for section in self.sections}


class Guide:
    """All pages in the order of the contents.

    Parameters
    ----------
    folder : Path
        Where the Markdown lies.
    instead : mapping of str to str
        Markdown that takes the place of a file's, by the file's name.
    """

    def __init__(self, folder: Path = FOLDER, instead: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.md"))}
        texts.update({name: text for name, text in (instead or {}).items() if name in texts})
        pages = {name: Page(name, text) for name, text in texts.items()}
        order = [FIRST]
        order += [target.partition("#")[0] for target in pages[FIRST].links()]
        listed = dict.fromkeys(name for name in order if name in pages)
        self.pages: tuple[Page, ...] = tuple(pages[name] for name in listed)
        self.unlisted: tuple[str, ...] = tuple(sorted(set(pages) - set(listed)))

    def page(self, name: str) -> Page:
        """Return a page by its file's name, or an example of code that lies beside the pages.

        For a name that is not there the first page is returned.
        """
        found = next((page for page in self.pages if page.name == name), None)
        if found is None and name in {path.name for path in self.folder.glob("*.py")}:
            code = (self.folder / name).read_text("utf-8").rstrip()
            found = Page(name, f"# {name}\n\n```python\n{code}\n```\n")
        return found or self.pages[0]

    def of_family(self, family: str) -> str:
        """Return the name of the page about a family of systems; "" if it has none."""
        name = f"{family.lower().replace(' ', '-')}.md"
        return name if any(page.name == name for page in self.pages) else ""

    def search(self, words: str) -> list[Hit]:
        """Return the sections that hold every word, titles first, then headings, then text."""
        wanted = words.lower().split()
        found = []
        for page in self.pages if wanted else ():
            for place, section in enumerate(page.sections):
                heading, text = section.heading.lower(), plain(section.text)
                if not all(word in heading or word in text.lower() for word in wanted):
                    continue
                in_heading = all(word in heading for word in wanted)
                rank = (0 if place == 0 else 1) if in_heading else 2
                found.append(Hit(page.name, section, _around(text, wanted), rank))
        return sorted(found, key=_rank)


def _rank(hit: Hit) -> int:
    return hit.rank


def _around(text: str, words: list[str]) -> str:
    """Return what stands around the first of the words that is there, on one line."""
    flat = " ".join(text.split())
    places = [place for word in words if (place := flat.lower().find(word)) >= 0]
    start = max(0, min(places, default=0) - SNIPPET // 3)
    start = flat.rfind(" ", 0, start) + 1 if start else 0
    cut = flat[start : start + SNIPPET]
    return f"{'... ' if start else ''}{cut}{' ...' if start + SNIPPET < len(flat) else ''}"

"""A picture drawn from words: colours and patterns that are known by name, nothing more.

Where there are no weights of a language model, a text still says something: "red spots on white".
Its words are looked up in a vocabulary and drawn. Everything made here says so in its label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.core.errors import BadInput
from engine.core.spec import Asset
from engine.media.target import resize
from engine.mesh_nca.vocabulary import (
    COLOURS,
    GROUNDS,
    OWN_COLOURS,
    PATTERNS,
    SHADES,
    SIZES,
    SKIPPED,
)
from engine.style.canvas import mix, rgb
from engine.style.surface_textures import SURFACE_TEXTURES
from engine.style.textures import SIZE, TEXTURES
from engine.style.word_textures import WORD_TEXTURES

__all__ = ["LABEL", "Drawn", "draw_words", "words_asset"]

LABEL = "drawn from your words, no language model"

_DEFAULT = "cells"
_LUMINANCE = (0.2126, 0.7152, 0.0722)

Colour = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drawn:
    """What became of a text.

    Attributes
    ----------
    picture : ndarray
        float32 (128, 128, 3) in 0..1.
    pattern : str
        Which one was drawn.
    colours : tuple of str
        Those that were understood, the ground first where the text names one.
    unknown : tuple of str
        Words that mean nothing here.
    label : str
        To show beside the picture: how it came about and which words did not count.
    """

    picture: NDArray[np.float32]
    pattern: str
    colours: tuple[str, ...]
    unknown: tuple[str, ...]
    label: str


def draw_words(text: str, seed: int = 0) -> Drawn:
    """Draw a text as a pattern in colours.

    Parameters
    ----------
    text : str
        Such as "small red spots on white" or "dark blue scales"; a colour after "on" is the
        ground's, "dark" or "pale" change the colour that follows.
    seed : int
        Of everything random in the pattern.

    Raises
    ------
    BadInput
        If not one word of it is known.
    """
    found = _Reading(text)
    if found.pattern is None and not found.colours and found.ground is None:
        raise BadInput(
            f"no word of {text.strip()!r} can be drawn, and there is no language model without "
            "CLIP weights",
            remedy="Use colours and patterns such as " + ", ".join(sorted(set(PATTERNS.values()))),
        )
    pattern = found.pattern or _DEFAULT
    picture = _sized(_coloured(pattern, found, seed), found.size)
    named = [name for name, _ in found.colours]
    if found.ground is not None:
        named.insert(0, found.ground[0])
    label = LABEL
    if found.unknown:
        label += " (not understood: " + ", ".join(found.unknown) + ")"
    return Drawn(picture, pattern, tuple(named), tuple(found.unknown), label)


def words_asset(text: str, seed: int = 0) -> Asset:
    """Draw a text as a target: uint8 (128, 128, 4), named by the text and how it came about.

    Raises
    ------
    BadInput
        If not one word of it is known.
    """
    drawn = draw_words(text, seed)
    opaque = np.full((*drawn.picture.shape[:2], 1), 255, np.uint8)
    whole = np.round(drawn.picture * 255).astype(np.uint8)
    return Asset(f"{text.strip()} ({drawn.label})", np.concatenate([whole, opaque], axis=2))


class _Reading:
    """The words of a text that mean something."""

    def __init__(self, text: str) -> None:
        self.pattern: str | None = None
        self.colours: list[tuple[str, Colour]] = []
        self.ground: tuple[str, Colour] | None = None
        self.size = 1.0
        self.unknown: list[str] = []
        shade, below = "", False
        for word in re.findall(r"[a-zäöüß]+", text.lower()):
            pattern = _looked_up(word, PATTERNS)
            if word in COLOURS:
                name, colour = f"{shade} {word}".strip(), _shaded(rgb(COLOURS[word]), shade)
                if below:
                    self.ground = (name, colour)
                else:
                    self.colours.append((name, colour))
                shade, below = "", False
            elif word in SHADES:
                shade = word
            elif word in SIZES:
                self.size = SIZES[word]
            elif pattern is not None:
                self.pattern = self.pattern or pattern
            elif word in GROUNDS:
                below = True
            elif word not in SKIPPED:
                self.unknown.append(word)


def _looked_up(word: str, table: dict[str, str]) -> str | None:
    """Find a word, or what it comes from: "spots", "spotted", "scaly"."""
    stems = [word]
    for ending in ("s", "es", "ed", "y", "d"):
        if word.endswith(ending):
            stems.append(word.removesuffix(ending))
    stems += [stem[:-1] for stem in stems if len(stem) > 3 and stem[-1] == stem[-2]]
    stems += [stem + "e" for stem in stems[1:]]
    return next((table[stem] for stem in stems if stem in table), None)


def _shaded(colour: Colour, shade: str) -> Colour:
    way = SHADES.get(shade, 0.0)
    return colour * (1 + way) if way < 0 else colour + (1 - colour) * way


def _coloured(pattern: str, found: _Reading, seed: int) -> NDArray[np.float32]:
    """The pattern in the colours of the text, or in its own where the text names none."""
    makers = {**TEXTURES, **SURFACE_TEXTURES}
    if pattern in makers:
        own = makers[pattern](seed)
        if not found.colours and found.ground is None:
            return own
        tone = own.astype(np.float64) @ np.array(_LUMINANCE)
    else:
        tone = WORD_TEXTURES[pattern](seed).astype(np.float64)
    low, high = np.percentile(tone, (2, 98))
    ramp = _ramp(pattern, found)
    return mix(ramp, (tone - low) / max(high - low, 1e-6)).astype(np.float32)


def _ramp(pattern: str, found: _Reading) -> Colour:
    """Colours from the darkest to the lightest tone of a pattern."""
    colours = [colour for _, colour in found.colours]
    if found.ground is not None:
        if not colours:
            # A ground alone: what stands on it differs from it as far as it can.
            colours = [np.full(3, float(_light(found.ground[1]) < 0.5))]
        ramp = [found.ground[1], *colours]
        return np.array(ramp if _has_dark_ground(pattern) else ramp[::-1])
    if not colours:
        colours = [rgb(COLOURS[name]) for name in OWN_COLOURS[pattern]]
    if len(colours) == 1:
        one = colours[0]
        return np.array([_shaded(one, "dark") * 0.6, one, _shaded(one, "pale")])
    return np.array(sorted(colours, key=_light))


def _light(colour: Colour) -> float:
    return float(colour @ np.array(_LUMINANCE))


def _has_dark_ground(pattern: str) -> bool:
    """Whether what lies between the figures of a pattern is darker than they are."""
    return pattern not in {
        "bricks", "dots", "honeycomb", "leopard", "terrazzo", "stripes", "zebra", "marble", "wood",
    }  # fmt: skip


def _sized(picture: NDArray[np.float32], size: float) -> NDArray[np.float32]:
    """Make features larger or smaller: part of the picture, or several of it, in its place."""
    if size == 1:
        return picture
    if size > 1:
        side = round(SIZE / size)
        part = picture[:side, :side]
    else:
        times = round(1 / size)
        part = np.tile(picture, (times, times, 1))
    return np.clip(resize(np.ascontiguousarray(part), SIZE, SIZE), 0, 1)

"""One palette of at most 256 colours for a whole film."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.media.writers import Frame

__all__ = ["ColourCount", "Palette"]

_BITS = 6  # per channel: 262,144 bins, each at most 4 levels wide
_BINS = 1 << 3 * _BITS
_MAX_CANDIDATES = 20_000  # the cut's last step takes seconds for more
_REPEATS = 24  # how often the commonest colour may stand against the rarest one


class ColourCount:
    """Counts the colours of frame after frame in bounded memory."""

    def __init__(self) -> None:
        self._counts = np.zeros(_BINS, dtype=np.int64)
        self._seen = np.zeros((_BINS, 3), dtype=np.uint8)
        self._exact: set[int] | None = set()

    def add(self, rgb: Frame) -> None:
        """Count the colours of a frame, (H, W, 3) or (N, 3)."""
        colours = rgb.reshape(-1, 3)
        bins = _bins(colours)
        self._counts += np.bincount(bins, minlength=_BINS)
        self._seen[bins] = colours  # any colour of the bin that really occurred
        if self._exact is not None:
            image = Image.fromarray(colours.reshape(1, -1, 3))
            few = image.getcolors(256)
            packed = {
                (c[0] << 16) | (c[1] << 8) | c[2] for _, c in few or () if isinstance(c, tuple)
            }
            self._exact |= packed
            if few is None or len(self._exact) > 256:
                self._exact = None

    def palette(self, size: int = 256) -> Palette:
        """Return the best `size` colours: all of them where there are no more, else a median cut.

        Rare colours count for more than their number, or one red eye in a thousand grey frames
        would be grey.
        """
        if self._exact is not None and len(self._exact) <= size:
            packed = np.array(sorted(self._exact) or [0], dtype=np.uint32)
            colours = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1)
            return Palette(colours.astype(np.uint8), packed=packed)
        used = np.nonzero(self._counts)[0]
        seen = self._seen[used]
        counts, candidates = self._counts[used], seen
        if len(used) > _MAX_CANDIDATES:
            counts, candidates = _coarser(counts, seen)
        weight = np.sqrt(counts)
        repeats = np.ceil(weight * (_REPEATS / weight.max())).astype(np.intp)
        sample = np.repeat(candidates, repeats, axis=0)[None]
        cut = Image.fromarray(sample).quantize(size, Image.Quantize.MEDIANCUT, kmeans=1)
        colours = np.array(cut.getpalette(), dtype=np.uint8).reshape(-1, 3)[:size]
        return Palette(np.unique(colours, axis=0), bins=(used, seen))


class Palette:
    """Up to 256 colours and the way from any colour to the index of the nearest.

    Parameters
    ----------
    colours : ndarray of uint8, shape (K, 3)
    packed : ndarray of uint32, shape (K,), optional
        The sorted colours as numbers, when they are all that occur: then the way is exact.
    bins : (ndarray, ndarray), optional
        The used bins of a `ColourCount` and their colours, otherwise.
    """

    def __init__(
        self,
        colours: Frame,
        *,
        packed: NDArray[np.uint32] | None = None,
        bins: tuple[NDArray[np.intp], Frame] | None = None,
    ) -> None:
        self.colours = colours
        self._packed = packed
        self._nearest = np.zeros(_BINS if bins else 0, dtype=np.uint8)
        if bins:
            used, seen = bins
            for start in range(0, len(used), 8192):
                part = slice(start, start + 8192)
                self._nearest[used[part]] = _nearest(seen[part], colours)

    def indices(self, rgb: Frame) -> Frame:
        """Return the index of the nearest colour for each pixel of a counted frame, (H, W)."""
        if self._packed is not None:
            wide = rgb.astype(np.uint32)
            packed = wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
            found = np.searchsorted(self._packed, packed)
            return found.astype(np.uint8)
        result: Frame = self._nearest[_bins(rgb)]
        return result


def _coarser(counts: NDArray[np.int64], colours: Frame) -> tuple[NDArray[np.int64], Frame]:
    """Merge colours that differ by less than 8 levels in each channel; at most 32,768 remain."""
    group = _bins((colours >> 1).astype(np.uint8) & np.uint8(0b0111_1100))
    total = np.bincount(group, weights=counts, minlength=_BINS).astype(np.int64)
    some = np.zeros((_BINS, 3), dtype=np.uint8)
    some[group] = colours
    used = np.nonzero(total)[0]
    return total[used], some[used]


def _bins(rgb: Frame) -> NDArray[np.intp]:
    wide = (rgb >> (8 - _BITS)).astype(np.intp)
    result: NDArray[np.intp] = wide[..., 0] << 2 * _BITS | wide[..., 1] << _BITS | wide[..., 2]
    return result


def _nearest(colours: Frame, palette: Frame) -> NDArray[np.intp]:
    # |c - p|^2 without its part that is the same for all p
    c, p = colours.astype(np.float32), palette.astype(np.float32)
    result: NDArray[np.intp] = ((p * p).sum(axis=1) - 2.0 * (c @ p.T)).argmin(axis=1)
    return result

"""How well pictures fit a text, by CLIP with the user's weights.

Radford et al., "Learning transferable visual models from natural language supervision" (arXiv
2103.00020): a vision transformer and a text transformer that map pictures and texts that belong
together to vectors of the same direction. The directional term is that of StyleGAN-NADA (Gal et
al., arXiv 2108.00946).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from engine.core.errors import BadInput
from engine.style.clip_tokens import Tokenizer, find_vocabulary
from engine.style.clip_weights import ClipWeights, load_clip

__all__ = ["NEUTRAL", "Clip", "TextLoss"]

NEUTRAL = "a photo of a plain grey surface"
"""What the directional term starts from, as a text; as a picture it is mid-grey."""

_MEAN = (0.48145466, 0.4578275, 0.40821073)
_DEVIATION = (0.26862954, 0.26130258, 0.27577711)
_HEAD = 64
_CLOSEST = 0.6  # least side of a view, as a share of the picture's
_LEAN = math.radians(10)  # most that a view is turned


class Clip:
    """Both towers; the weights do not learn.

    Parameters
    ----------
    weights : ClipWeights
    device : torch.device or str
        Where pictures and tokens will come from.
    """

    def __init__(self, weights: ClipWeights, device: torch.device | str = "cpu") -> None:
        self.shape = weights.shape
        self._tensors = {key: value.to(device) for key, value in weights.tensors.items()}
        self._mean = torch.tensor(_MEAN, device=device).reshape(1, 3, 1, 1)
        self._deviation = torch.tensor(_DEVIATION, device=device).reshape(1, 3, 1, 1)

    def of_images(self, images: torch.Tensor) -> torch.Tensor:
        """Unit vectors (n, embedding) of pictures (n, 3, side, side) in 0..1; differentiable."""
        kernel = self._tensors["visual.conv1.weight"]
        x = functional.conv2d(
            (images - self._mean) / self._deviation, kernel, stride=len(kernel[0, 0])
        )
        x = x.flatten(2).transpose(1, 2)
        first = self._tensors["visual.class_embedding"].expand(len(x), 1, -1)
        x = torch.cat([first, x], dim=1) + self._tensors["visual.positional_embedding"]
        x = self._normed("visual.ln_pre", x)
        for layer in range(self.shape.image_layers):
            x = self._block(f"visual.transformer.resblocks.{layer}", x, causal=False)
        x = self._normed("visual.ln_post", x[:, 0])
        return functional.normalize(x @ self._tensors["visual.proj"], dim=-1)

    def of_texts(self, tokens: torch.Tensor) -> torch.Tensor:
        """Unit vectors (n, embedding) of texts (n, length): the end token is the largest number."""
        x = self._tensors["token_embedding.weight"][tokens]
        x = x + self._tensors["positional_embedding"][: tokens.shape[1]]
        for layer in range(self.shape.text_layers):
            x = self._block(f"transformer.resblocks.{layer}", x, causal=True)
        x = self._normed("ln_final", x)
        ends = x[torch.arange(len(x), device=x.device), tokens.argmax(dim=-1)]
        return functional.normalize(ends @ self._tensors["text_projection"], dim=-1)

    def _block(self, name: str, x: torch.Tensor, *, causal: bool) -> torch.Tensor:
        x = x + self._attention(f"{name}.attn", self._normed(f"{name}.ln_1", x), causal=causal)
        hidden = self._mapped(f"{name}.mlp.c_fc", self._normed(f"{name}.ln_2", x))
        # OpenAI trained with this form of GELU; LAION's weights, with the exact one, differ little.
        hidden = hidden * torch.sigmoid(1.702 * hidden)
        return x + self._mapped(f"{name}.mlp.c_proj", hidden)

    def _attention(self, name: str, x: torch.Tensor, *, causal: bool) -> torch.Tensor:
        count, length, width = x.shape
        weight, bias = (
            self._tensors[f"{name}.in_proj_weight"],
            self._tensors[f"{name}.in_proj_bias"],
        )
        parts = functional.linear(x, weight, bias).reshape(count, length, 3, width // _HEAD, _HEAD)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
        return self._mapped(f"{name}.out_proj", mixed.transpose(1, 2).reshape(x.shape))

    def _mapped(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return functional.linear(x, self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"])

    def _normed(self, name: str, x: torch.Tensor) -> torch.Tensor:
        weight, bias = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]
        return functional.layer_norm(x, x.shape[-1:], weight, bias)


class TextLoss:
    """Distance of pictures to a text that gradients flow through; a `StyleLoss`.

    Parameters
    ----------
    prompt : str
        What the pictures should show.
    weights : Path or None
        The user's safetensors file with CLIP ViT-B/32.
    vocabulary : Path, optional
        CLIP's list of merges; looked for beside the weights where it is not given.
    neutral : str
        What the directional term starts from.
    direction : float
        Weight of the directional term; the other one has 1.
    views : int
        Different crops of every picture, slightly turned, that are looked at.
    device : torch.device or str
        Where pictures will come from.

    Raises
    ------
    BadInput
        When the prompt is empty or as the neutral one, or there are no weights, or a file cannot
        be used.
    """

    name = "text"

    def __init__(
        self,
        prompt: str,
        weights: Path | None,
        vocabulary: Path | None = None,
        *,
        neutral: str = NEUTRAL,
        direction: float = 0.5,
        views: int = 4,
        device: torch.device | str = "cpu",
    ) -> None:
        if not prompt.strip():
            raise BadInput("there is no text to learn", remedy="Say what it should look like")
        if weights is None:
            raise BadInput(
                "learning from a text needs weights of CLIP ViT-B/32, which are not shipped",
                remedy="Name a .safetensors file with them, with the vocabulary beside it, or let "
                "the words be drawn as a pattern",
            )
        loaded = load_clip(weights)
        tokens = Tokenizer(vocabulary or find_vocabulary(weights), loaded.shape.vocabulary)
        self._clip = Clip(loaded, device)
        self._views, self._direction = views, direction
        with torch.no_grad():
            self._goal, start = (
                self._clip.of_texts(torch.tensor([tokens.encode(text)], device=device))[0]
                for text in (prompt, neutral)
            )
            side = loaded.shape.side
            self._grey = self._clip.of_images(torch.full((1, 3, side, side), 0.5, device=device))
        way = self._goal - start
        if not way.norm() > 1e-6:
            raise BadInput(f"the text says no more than {neutral!r}", remedy="Say something else")
        self._way = way / way.norm()

    def loss(self, images: torch.Tensor, draw: np.random.Generator | int) -> torch.Tensor:
        """Mean over all views of 1 - cos(view, prompt), and of the directional term.

        That one is 1 - cos(view - grey, prompt - neutral): what sets the picture apart from a
        grey one is what sets the prompt apart from the neutral text.

        Parameters
        ----------
        images : Tensor, shape (B, 3, H, W)
            Pictures in 0..1.
        draw : numpy.random.Generator or int
            Of the views; a number is a seed.

        Returns
        -------
        Tensor, scalar
            From 0 to 2 (1 + `direction`); differentiable.
        """
        seen = self._clip.of_images(self._augmented(images, np.random.default_rng(draw)))
        away = functional.normalize(seen - self._grey, dim=-1)
        fit = (1 - seen @ self._goal).mean()
        total: torch.Tensor = fit + self._direction * (1 - away @ self._way).mean()
        return total

    def _augmented(self, images: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
        """Crops (B * views, 3, side, side) at random places, each turned a little."""
        count = len(images) * self._views
        scale = random.uniform(_CLOSEST, 1, count)
        angle = random.uniform(-_LEAN, _LEAN, count)
        # So far may a turned crop be off the middle and stay within the picture.
        reach = scale * (np.abs(np.cos(angle)) + np.abs(np.sin(angle)))
        shift = random.uniform(-1, 1, (2, count)) * np.maximum(0, 1 - reach)
        cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
        rows = np.array([[cosine, -sine, shift[0]], [sine, cosine, shift[1]]]).transpose(2, 0, 1)
        theta = torch.from_numpy(np.ascontiguousarray(rows, np.float32)).to(images.device)
        side = self._clip.shape.side
        grid = functional.affine_grid(theta, [count, 3, side, side], align_corners=False)
        many = images.repeat_interleave(self._views, dim=0)
        return functional.grid_sample(many, grid, padding_mode="reflection", align_corners=False)

"""CLIP on random weights: both towers against torch's own layers, both sets of names, the loss."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from engine.core.errors import BadInput
from engine.style.clip import Clip, TextLoss
from engine.style.clip_names import as_published
from engine.style.clip_weights import VIT_B_32, ClipShape, ClipWeights, layout, load_clip

SMALL = ClipShape(32, 8, 128, 2, 64, 2, 77, 520, 48)
Tensors = dict[str, torch.Tensor]


def random_clip(seed: int = 0) -> Tensors:
    generator = torch.Generator().manual_seed(seed)
    return {
        key: torch.randn(shape, generator=generator) * 0.15 + ("ln_" in key and "weight" in key)
        for key, shape in layout(SMALL).items()
    }


def hugging_face(tensors: Tensors) -> Tensors:
    """The same weights as Hugging Face's `CLIPModel` saves them."""
    turned: Tensors = {}
    for key, value in tensors.items():
        if key in ("visual.proj", "text_projection"):
            name = "visual_projection" if key == "visual.proj" else "text_projection"
            turned[f"{name}.weight"] = value.T.contiguous()
            continue
        name = key
        for old, new in (
            ("visual.transformer.resblocks", "vision_model.encoder.layers"),
            ("transformer.resblocks", "text_model.encoder.layers"),
            ("visual.class_embedding", "vision_model.embeddings.class_embedding"),
            (
                "visual.positional_embedding",
                "vision_model.embeddings.position_embedding.weight",
            ),
            ("visual.conv1", "vision_model.embeddings.patch_embedding"),
            ("visual.ln_pre", "vision_model.pre_layrnorm"),
            ("visual.ln_post", "vision_model.post_layernorm"),
            ("ln_final", "text_model.final_layer_norm"),
            ("token_embedding", "text_model.embeddings.token_embedding"),
            (".ln_1", ".layer_norm1"),
            (".ln_2", ".layer_norm2"),
            (".mlp.c_fc", ".mlp.fc1"),
            (".mlp.c_proj", ".mlp.fc2"),
            (".attn.", ".self_attn."),
        ):
            name = name.replace(old, new)
        if name == "positional_embedding":
            name = "text_model.embeddings.position_embedding.weight"
        if "in_proj_" in name:
            for letter, part in zip("qkv", value.chunk(3), strict=True):
                turned[name.replace("in_proj_", f"{letter}_proj.")] = part.clone()
        else:
            turned[name] = value
    return turned | {"text_model.embeddings.position_ids": torch.arange(77)}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    path = tmp_path / "clip.safetensors"
    save_file(random_clip(), path)
    merges = ["t h", "th e</w>", "c a", "ca t</w>", "i n", "in g</w>"]
    text = gzip.compress("\n".join(["#version", *merges]).encode())
    (tmp_path / "bpe_simple_vocab_16e6.txt.gz").write_bytes(text)
    return path


def test_the_published_shapes_have_the_published_number_of_parameters() -> None:
    total = sum(int(np.prod(shape)) for shape in layout(VIT_B_32).values())
    assert total == 151_277_313


def test_sizes_are_found_from_either_publishers_names(tmp_path: Path) -> None:
    tensors = random_clip()
    for name, theirs in (("openai", tensors), ("hf", hugging_face(tensors))):
        path = tmp_path / f"{name}.safetensors"
        save_file({**theirs, "input_resolution": torch.tensor(32)}, path)
        loaded = load_clip(path)
        assert loaded.shape == SMALL
        assert loaded.tensors.keys() == tensors.keys()
        for key, value in tensors.items():
            assert torch.equal(loaded.tensors[key], value), key


def test_names_of_the_real_file_are_hugging_faces() -> None:
    names = as_published(layout(VIT_B_32), {"vision_model.embeddings.class_embedding": (768,)})
    assert names["vision_model.encoder.layers.11.self_attn.k_proj.weight"] == (768, 768)
    assert names["text_model.encoder.layers.0.mlp.fc2.weight"] == (512, 2048)
    assert names["visual_projection.weight"] == (512, 768)
    assert names["vision_model.embeddings.patch_embedding.weight"] == (768, 3, 32, 32)
    assert sum(int(np.prod(shape)) for shape in names.values()) == 151_277_313


class QuickGelu(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(1.702 * x)


def _tower(tensors: Tensors, name: str, width: int, layers: int) -> list[nn.Module]:
    blocks: list[nn.Module] = []
    for layer in range(layers):
        block = nn.TransformerEncoderLayer(
            width, width // 64, 4 * width, 0.0, QuickGelu(), batch_first=True, norm_first=True
        )
        start = f"{name}.resblocks.{layer}."
        names = {"self_attn": "attn", "norm1": "ln_1", "norm2": "ln_2"}
        names |= {"linear1": "mlp.c_fc", "linear2": "mlp.c_proj"}
        state = {}
        for key in block.state_dict():
            head, _, tail = key.partition(".")
            state[key] = tensors[f"{start}{names[head]}.{tail}"]
        block.load_state_dict(state)
        blocks.append(block.train())  # the fast path of `eval` has no such activation
    return blocks


def _norm(tensors: Tensors, name: str, x: torch.Tensor) -> torch.Tensor:
    weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
    return nn.functional.layer_norm(x, x.shape[-1:], weight, bias)


def test_pictures_go_through_the_layers_that_are_published() -> None:
    tensors = random_clip()
    images = torch.rand((2, 3, 32, 32), generator=torch.Generator().manual_seed(1))
    mean = torch.tensor([0.48145466, 0.4578275, 0.40821073]).reshape(3, 1, 1)
    deviation = torch.tensor([0.26862954, 0.26130258, 0.27577711]).reshape(3, 1, 1)
    pixels = (images - mean) / deviation
    # The convolution as it is meant: a linear map of patches.
    patches = pixels.unfold(2, 8, 8).unfold(3, 8, 8).permute(0, 2, 3, 1, 4, 5).reshape(2, 16, -1)
    x = patches @ tensors["visual.conv1.weight"].reshape(128, -1).T
    x = torch.cat([tensors["visual.class_embedding"].expand(2, 1, 128), x], 1)
    x = _norm(tensors, "visual.ln_pre", x + tensors["visual.positional_embedding"])
    with torch.no_grad():
        for block in _tower(tensors, "visual.transformer", 128, 2):
            x = block(x)
    x = _norm(tensors, "visual.ln_post", x[:, 0]) @ tensors["visual.proj"]
    wanted = x / x.norm(dim=1, keepdim=True)
    found = Clip(ClipWeights(SMALL, tensors)).of_images(images)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_texts_are_read_from_the_left_up_to_their_end() -> None:
    tensors = random_clip()
    tokens = torch.tensor([[518, 7, 300, 519, 3], [518, 9, 2, 4, 519]])
    x = tensors["token_embedding.weight"][tokens] + tensors["positional_embedding"][:5]
    mask = torch.full((5, 5), -torch.inf).triu(1)
    with torch.no_grad():
        for block in _tower(tensors, "transformer", 64, 2):
            x = block(x, mask)
    x = _norm(tensors, "ln_final", x)
    x = torch.stack([x[0, 3], x[1, 4]]) @ tensors["text_projection"]
    wanted = x / x.norm(dim=1, keepdim=True)
    clip = Clip(ClipWeights(SMALL, tensors))
    found = clip.of_texts(tokens)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)
    # What comes after the end does not count.
    torch.testing.assert_close(clip.of_texts(tokens[:1, :4])[0], found[0])


def test_pictures_learn_the_text(files: Path) -> None:
    loss = TextLoss("the cat", files, views=2)
    generator = torch.Generator().manual_seed(0)
    images = torch.rand((2, 3, 24, 24), generator=generator).requires_grad_()
    optimiser = torch.optim.Adam([images], lr=0.02)
    before = loss.loss(images, 9).item()
    for step in range(25):
        optimiser.zero_grad()
        loss.loss(images, step).backward()
        assert images.grad is not None
        assert images.grad.isfinite().all()
        assert (images.grad.flatten(1).abs().sum(1) > 0).all()
        optimiser.step()
    assert loss.loss(images, 9).item() < before - 0.2


def test_views_follow_the_draw_and_stay_within_the_picture(files: Path) -> None:
    loss = TextLoss("the cat", files)
    images = torch.rand((1, 3, 64, 64), generator=torch.Generator().manual_seed(0))
    assert loss.loss(images, 1).item() == loss.loss(images, 1).item()
    assert loss.loss(images, 1).item() != loss.loss(images, 2).item()
    ramp = torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    views = loss._augmented(ramp, np.random.default_rng(0))
    assert views.shape == (4, 3, 32, 32)
    across = (views[:, 0, :, -1] - views[:, 0, :, 0]).mean(1)
    assert (across > 0.5).all()
    assert (across < 1).all()


def test_what_is_missing_is_named(files: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="needs weights of CLIP ViT-B/32, which are not shipped"):
        TextLoss("the cat", None)
    with pytest.raises(BadInput, match="no text"):
        TextLoss("  ", files)
    with pytest.raises(BadInput, match="says no more"):
        TextLoss("the cat", files, neutral="The  cat")
    alone = tmp_path / "alone"
    alone.mkdir()
    save_file(random_clip(), alone / "clip.safetensors")
    with pytest.raises(BadInput, match="no vocabulary beside it"):
        TextLoss("the cat", alone / "clip.safetensors")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        ({"visual.proj": None}, r"is no CLIP: it lacks visual\.proj"),
        ({"ln_final.bias": None}, r"lacks ln_final\.bias"),
        ({"text_projection": torch.zeros(64, 40)}, r"text_projection is F32 \(64, 40\)"),
        ({"visual.positional_embedding": torch.zeros(18, 128)}, "make that is not known"),
        ({"logit_scale": torch.tensor(torch.nan)}, "not finite"),
    ],
)
def test_other_files_are_refused(
    spoil: dict[str, torch.Tensor | None], says: str, tmp_path: Path
) -> None:
    tensors = {**random_clip(), **spoil}
    path = tmp_path / "clip.safetensors"
    save_file({key: value for key, value in tensors.items() if value is not None}, path)
    with pytest.raises(BadInput, match=says):
        load_clip(path)


def test_pickles_are_refused_with_the_conversion(tmp_path: Path) -> None:
    path = tmp_path / "ViT-B-32.pt"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(BadInput, match="Convert it yourself"):
        load_clip(path)

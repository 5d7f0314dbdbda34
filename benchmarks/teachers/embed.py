"""Vectors of sentences by the encoder as it comes, not fine-tuned: what a small sentence encoder learns from.

    python benchmarks/teachers/embed.py --output vectors.npy --texts texts.txt FILE [FILE ...] --most 200000

Reads what `label.py` reads.  Writes `texts.txt`, one distinct text a line, and `vectors.npy`, float16,
(texts, 384), each of length one, in the same order; `vectors.json` holds the SHA-256 of the texts.
Texts over 128 word pieces are cut there.  The mean over word pieces, as the model was made for.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from encoder import UNITS, Encoder, padded, pieces_of, pretrained, read_tokenizer
from label import distinct
from sources import share_of

PIECES = 128
CHUNK = 4096


@torch.inference_mode()
def vectors_of(encoder: Encoder, tokenizer: Any, texts: Sequence[str]) -> np.ndarray:
    """(texts, 384) float16, each of length one."""
    pieces = pieces_of(tokenizer, texts, PIECES)
    order = sorted(range(len(pieces)), key=lambda place: len(pieces[place]))
    result = np.zeros((len(texts), UNITS), np.float16)
    for start in range(0, len(order), 64):
        cut = order[start : start + 64]
        ids, lengths = padded([pieces[place] for place in cut], str(encoder.norm.weight.device))
        result[cut] = torch.nn.functional.normalize(encoder(ids, lengths)).cpu().numpy()
    return result


def embed(arguments: argparse.Namespace) -> None:
    """Chunk after chunk into the open .npy file."""
    found = distinct(arguments.files, arguments.column, set())
    texts = [" ".join(text.split()) for _, text in sorted(found.items(), key=lambda item: share_of(item[0]))]
    texts = texts[: arguments.most]
    joined = "".join(f"{text}\n" for text in texts)
    arguments.texts.write_text(joined, encoding="utf-8")
    encoder, tokenizer = pretrained().eval().to(arguments.device), read_tokenizer()
    table = np.lib.format.open_memmap(arguments.output, "w+", np.float16, (len(texts), UNITS))
    begun = time.monotonic()
    for start in range(0, len(texts), CHUNK):
        chunk = texts[start : start + CHUNK]
        table[start : start + len(chunk)] = vectors_of(encoder, tokenizer, chunk)
        done = start + len(chunk)
        print(f"{done} of {len(texts)} texts, {done / (time.monotonic() - begun):.0f} a second", flush=True)
    table.flush()
    facts = {"texts": len(texts), "sha256": hashlib.sha256(joined.encode("utf-8")).hexdigest()}
    arguments.output.with_suffix(".json").write_text(json.dumps(facts) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--output", type=Path, required=True, help="a .npy file")
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--column", default="text")
    parser.add_argument("--most", type=int, default=200_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cuda, where there is one")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    embed(arguments)


if __name__ == "__main__":
    main()

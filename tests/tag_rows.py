"""Files of tagged sentences, read for a training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seqtool.training.tag.data import (
    EITHER,
    TagData,
    load_tag_data,
    possible_tags,
    read_tagged,
)
from seqtool.training.tag.recipe import TagDataSettings, TagRecipe

NER = "EU B-ORG\nrejects O\nGerman B-MISC\ncall O\n\nPeter B-PER\nBlackburn I-PER\n"
POS = "It PRON\nworks VERB\n\nGood ADJ\nfan NOUN\n"


def read(folder: Path, text: str | bytes, name: str = "a.txt", **settings: Any) -> list[tuple[list[str], list[str]]]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_tagged(TagDataSettings(name, **settings), path))


def load(
    folder: Path, text: str = NER, name: str = "a.txt", recipe: dict[str, Any] | None = None, **settings: Any
) -> TagData:
    """One file, for training alone if nothing else is said."""
    (folder / name).write_text(text, encoding="utf-8")
    settings = {"split": "train", **settings}
    return load_tag_data(TagRecipe(**{"data": (TagDataSettings(name, **settings),), **(recipe or {})}), (folder,))


def rows(data: TagData, split: str = "train") -> list[str]:
    return [
        " ".join(f"{token}/{cell.replace(EITHER, '|')}" for token, cell in zip(sentence.tokens, sentence.possible))
        for sentence in data.sentences[split]
    ]


def possible(words: str, *found: tuple[int, int, str], scheme: str = "iob2", **settings: Any) -> str:
    """What each word may be; a step's tags parted by bars."""
    cells = possible_tags(words.split(), found, TagDataSettings("a", **settings), scheme)
    return " ".join(cell.replace(EITHER, "|") for cell in cells)


def conllu(*lines: str) -> str:
    """Sentences of CoNLL-U out of "number word upos xpos" rows, a blank line between them."""
    rows = []
    for line in lines:
        cells = line.split()
        rows.append("\t".join([*cells[:2], "_", *cells[2:], *"_____"]) if cells else "")
    return "\n".join([*rows, ""])


TREEBANK = "# sent_id = 1\n" + conllu(
    "1 Vas VERB V", "2-3 du _ _", "2 de ADP P", "3 le DET D", "3.1 x X X", "", "1 ! . ."
)

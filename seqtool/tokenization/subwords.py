"""Subwords by any sentencepiece model: ids, pieces, offsets, other segmentations, and the text again."""

from __future__ import annotations

import hashlib
import math
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from seqtool.errors import BadRecord, OptionError
from seqtool.modelfolder.find import find_model, wrong_model
from seqtool.modelfolder.manifest import ModelFolder
from seqtool.tokenization.escape import escaped, original_offsets, unescaped
from seqtool.tokenization.pieces import open_processor

if TYPE_CHECKING:
    from seqtool.tokenization.model_file import ModelFile

# sentencepiece's own limit.
# Only errors: that a search was cut short is no news, its answer counts.
_QUIET = 2
Token = TypeVar("Token", int, str)


def _is_bare_file(model: str) -> bool:
    return (os.sep in model or "/" in model or model.endswith(".model")) and Path(model).is_file()


def open_subwords(model: str, *, escape: bool = False) -> Subwords:
    """The tokenizer of ``model``: a folder by name or path that has one, or a bare sentencepiece
    file, whose texts are escaped if ``escape`` says so (a folder says it itself).

    :raises ModelError: there is none of that name or path, it is damaged, or has no tokenizer.
    """
    if _is_bare_file(model):
        path = Path(model)
        processor = open_processor(path)
        return Subwords(processor, model, hashlib.sha256(path.read_bytes()).hexdigest(), escape=escape)
    folder = find_model(model)
    if not _has_pieces(folder.manifest):
        raise wrong_model(model, folder, "subwords", _has_pieces, made_by="tokenizer")
    return subwords_of(folder)


def subwords_of(folder: ModelFolder) -> Subwords:
    """The tokenizer of an open folder.

    :raises ModelError: its manifest says something else.
    """
    table = folder.table("tokenizer")
    if not isinstance(table.get("file"), str):
        raise folder.damaged("says no file in [tokenizer]")
    escape = table.get("escape", False)
    if not isinstance(escape, bool):
        raise folder.damaged("has an 'escape' in [tokenizer] that is neither true nor false")
    return Subwords(open_processor(folder.file(table["file"])), folder.name, folder.hash, escape=escape)


def _has_pieces(manifest: dict[str, Any]) -> bool:
    table = manifest.get("tokenizer")
    return isinstance(table, dict) and table.get("kind") == "pieces"


class Subwords:
    """A sentencepiece model, as ``tokenize`` uses it.

    ``escape``: U+2581 is escaped before and unescaped behind (see escape.py); such a tokenizer
    gives every text back as it was, and so blank texts have pieces too.  ``hash`` tells the
    model from any other.
    """

    def __init__(self, processor: Any, name: str, hash: str, *, escape: bool = False) -> None:
        import sentencepiece

        self._processor = processor
        sentencepiece.set_min_log_level(_QUIET)
        self.name = name
        self.hash = hash
        self.escape = escape
        self.size = int(processor.get_piece_size())
        self.unknown_id = int(processor.unk_id())

    def _texts(self, texts: Sequence[str]) -> list[str]:
        """What sentencepiece gets."""
        if self.escape:
            return list(map(escaped, texts))
        # Some models have pieces for blank texts; their answer is empty all the same.
        return ["" if text.isspace() else text for text in texts]

    def piece(self, number: int) -> str:
        """The piece with an id; U+2581 stands for a space."""
        return str(self._processor.id_to_piece(number))

    def ids(self, texts: Sequence[str], threads: int = 1) -> list[list[int]]:
        """The ids of each text's pieces."""
        found: list[list[int]] = self._processor.encode(self._texts(texts), num_threads=threads)
        return found

    def pieces(self, texts: Sequence[str], threads: int = 1) -> list[list[str]]:
        """The pieces of each text; what has none is itself."""
        found: list[list[str]] = self._processor.encode(self._texts(texts), num_threads=threads, out_type=str)
        return found

    def has_unknown(self, ids: Sequence[int]) -> bool:
        """Whether something in a text has no piece; then :meth:`pieces` says what."""
        return self.unknown_id in ids

    def mapped(
        self, texts: Sequence[str], threads: int = 1
    ) -> list[tuple[list[int], list[str], list[tuple[int, int]]]]:
        """The ids and pieces of each text, and where in it they are from: (start, end) in code points.

        A space before a word belongs to the word's piece.  Of the bytes of one character the last
        has its offsets, the others none (start and end are the same).
        """
        mappings = self._processor.encode(self._texts(texts), num_threads=threads, out_type="offset_mapping")
        return [
            (mapping["ids"], mapping["pieces"], self._places(text, mapping["offsets"]))
            for text, mapping in zip(texts, mappings)
        ]

    def _places(self, text: str, offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Offsets in an escaped text as offsets in ``text``."""
        if not self.escape or escaped(text) == text:
            return offsets
        origin = original_offsets(text)
        return [(origin[start], origin[end - 1] + 1 if end > start else origin[start]) for start, end in offsets]

    def check_answers(self) -> None:
        """See that there is more than one answer to ask for.

        :raises OptionError: the model knows none but the best.
        """
        try:
            self._processor.nbest_encode("a", nbest_size=2)
        except RuntimeError:
            raise OptionError(
                f"--n-best: {self.name} is no unigram model, so it has one answer; --sample may vary it"
            ) from None

    def n_best(self, text: str, number: int, of: type[Token]) -> list[list[Token]]:
        """The ids (``of`` int) or pieces (str) of the likeliest segmentations of a text, best first;
        there may be fewer."""
        [shown] = self._texts([text])
        found: list[list[Token]] = self._processor.nbest_encode(shown, nbest_size=number, out_type=of) if shown else []
        return found or [[]]

    def sampler(self, alpha: float) -> Sampler:
        """What draws segmentations by chance.

        ``alpha``: of a unigram model, the higher, the nearer the best one; of a bpe model, the share
        of merges that are left out.

        :raises OptionError: the model is one of characters or words, or ``alpha`` is none for it.
        """
        from seqtool.tokenization.model_file import BPE, UNIGRAM, read_model_file

        file = read_model_file(self._processor.serialized_model_proto())
        if file.kind not in (UNIGRAM, BPE):
            raise OptionError(f"--sample: {self.name} knows one way to cut; take a unigram or bpe model")
        if not 0 <= alpha < math.inf or (file.kind == BPE and alpha > 1):
            allowed = "a probability, from 0 to 1" if file.kind == BPE else "a number from 0 up"
            raise OptionError(f"--alpha {alpha:g}: for {self.name} it is {allowed}")
        return Sampler(self, file, alpha)

    def normalised(self, text: str) -> str:
        """What the pieces of a text are pieces of: U+2581 for its spaces, and what else the model makes of it."""
        [shown] = self._texts([text])
        return str(self._processor.normalize(shown)) if shown else ""

    def decode(self, tokens: Sequence[str] | Sequence[int]) -> str:
        """The text of pieces or of ids.

        :raises BadRecord: kind type, when an id is none of the model's.
        """
        for token in tokens:
            if isinstance(token, int) and not 0 <= token < self.size:
                raise BadRecord(
                    "type",
                    f"the id {token} is none of {self.name}, whose ids end at {self.size - 1}; -m names the model",
                )
        text = str(self._processor.decode(list(tokens)))
        return unescaped(text) if self.escape else text


class Sampler:
    """Draws segmentations; see :meth:`Subwords.sampler`."""

    def __init__(self, subwords: Subwords, file: ModelFile, alpha: float) -> None:
        from seqtool.tokenization.model_file import BPE
        from seqtool.tokenization.sampling import BpeSampler, UnigramSampler

        kind = BpeSampler if file.kind == BPE else UnigramSampler
        self._drawing = kind(file, subwords.unknown_id, alpha)
        self._subwords = subwords

    def sample(self, text: str, streams: Sequence[str]) -> list[tuple[list[int], list[str]]]:
        """Ids and pieces of a segmentation for each of the random streams; a stream's name is its seed."""
        normalised = self._subwords.normalised(text)
        return [self._drawing.draw(normalised, random.Random(stream)) for stream in streams]

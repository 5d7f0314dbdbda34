"""Sentences with a tag a token: read, their labels mapped, split."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from seqtool.decoding.schemes import OUTSIDE, Span, scheme_of, spans, tag_names, tags
from seqtool.errors import DataError, nearest
from seqtool.evaluation.labelled import ANY_TAG, EITHER, Sentence
from seqtool.records.conll import CONLLU_COLUMNS, Block, is_conllu, words_of
from seqtool.records.files import COMPRESSIONS, PAUSE, text_lines
from seqtool.records.json_text import Number
from seqtool.records.read import format_of, read_records
from seqtool.tokenization.sentences import spans as sentence_spans
from seqtool.tokenization.words import spans as word_spans
from seqtool.training.data.rows import SPLITS, share_of
from seqtool.training.recipe import find_data, source_name
from seqtool.training.tag.recipe import TagDataSettings, TagRecipe

SHOWN = 3
COMMON = 5  # spans that stand so often in a file show what their words usually are
UD_COLUMNS = {"upos": 3, "xpos": 4}


@dataclass
class TagData:
    """The sentences of each split, the tags in their order, and what was noticed.

    ``missing``: the labels that each source does not annotate; ``entities``: whether tags are spans.
    """

    labels: list[str]
    entities: bool
    sentences: dict[str, list[Sentence]]
    missing: dict[str, tuple[str, ...]]
    weights: dict[str, float]
    notes: list[str] = field(default_factory=list)

    def tags(self, scheme: str) -> list[str]:
        """The names of the network's outputs."""
        return tag_names(self.labels, scheme) if self.entities else list(self.labels)


def _kind_of(settings: TagDataSettings, path: Path) -> str:
    """conll, conllu or jsonl; by the ending, where the settings do not say."""
    if settings.format != "auto":
        return settings.format
    ending = path.name.removesuffix(path.suffix) if path.suffix in COMPRESSIONS else path.name
    if ending.endswith(".conllu"):
        return "conllu"
    return "jsonl" if format_of(str(path)) == "jsonl" else "conll"


def _column(settings: TagDataSettings, default: str) -> int:
    """The tag's column as an index: from 0, or negative from the end."""
    name = settings.column or default
    if name.lower() in UD_COLUMNS:
        return UD_COLUMNS[name.lower()]
    try:
        number = int(name)
    except ValueError:
        number = 0
    if not number:
        raise DataError(f"column {name!r}: a number from 1, one from the end such as -1, or upos or xpos")
    return number - 1 if number > 0 else number


def _cells(block: Block, settings: TagDataSettings, path: Path) -> tuple[list[str], list[str]]:
    """Tokens and tags of a sentence in columns."""
    column = _column(settings, "-1")
    tokens, found = [], []
    for offset, row in enumerate(block.rows):
        if not -len(row) <= column < len(row) or settings.token > len(row) or len(row) < 2:
            where = f"{path}:{block.line + offset}"
            wanted = settings.token if settings.token > len(row) else settings.column or -1
            raise DataError(f"{where}: {len(row)} columns, where column {wanted} is to be read")
        tokens.append(row[settings.token - 1])
        found.append(row[column])
    return tokens, found


def _blocks(path: Path) -> Iterator[Block]:
    """The sentences of a file in columns.

    :raises DataError: one cannot be read.
    """
    for record in read_records([str(path)], kind="conll", max_line_bytes=sys.maxsize):
        if record is PAUSE:
            continue
        if record.block is None:
            raise DataError(f"{record.file}:{record.line}: {record.error.message}")
        yield record.block


def read_tagged(settings: TagDataSettings, path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """(tokens, tags as they stand there) of every sentence in columns or CoNLL-U.

    :raises DataError: the file cannot be read, or has not the columns.
    """
    conllu = _kind_of(settings, path) == "conllu"
    for block in _blocks(path):
        if conllu:
            if not is_conllu(block):
                raise DataError(f'{path}:{block.line}: is not CoNLL-U; format = "conll" reads other columns')
            column = _column(settings, "upos")
            if not -CONLLU_COLUMNS <= column < CONLLU_COLUMNS:
                raise DataError(f"{path}:{block.line}: 10 columns, where column {settings.column} is to be read")
            pairs = list(words_of(block, column, whole=settings.multiword == "whole"))
            if pairs:
                yield [word for word, _ in pairs], [tag for _, tag in pairs]
        else:
            yield _cells(block, settings, path)


def _entities(record: Any, where: str) -> list[tuple[int, int, str]]:
    found = record.fields.get("entities")
    if not isinstance(found, list):
        raise DataError(f"{where}: no list 'entities'")
    result = []
    for entity in found:
        try:
            numbers = [
                int(value.literal) if isinstance(value, Number) else value for value in (entity["start"], entity["end"])
            ]
            start, end = numbers
            label = entity["label"]
            if not (isinstance(label, str) and label and 0 <= start < end <= len(record.fields["text"])):
                raise ValueError
        except (KeyError, TypeError, ValueError):
            raise DataError(f"{where}: an entity is {{start, end, label}}, inside the text") from None
        result.append((start, end, label))
    return sorted(result)


def tokens_of_spans(
    text: str, entities: Sequence[tuple[int, int, str]]
) -> tuple[list[tuple[int, int]], list[Span], list[tuple[int, int, str]]]:
    """The words' offsets, the entities as spans of words, and the entities that cut a word or
    overlap another one, which are widened to whole words, or left out."""
    offsets = list(word_spans(text))
    found: list[Span] = []
    odd = []
    taken = 0
    for start, end, label in entities:
        inside = [number for number, (first, last) in enumerate(offsets) if first < end and last > start]
        if not inside or inside[0] < taken:
            odd.append((start, end, label))
            continue
        if offsets[inside[0]][0] != start or offsets[inside[-1]][1] != end:
            odd.append((start, end, label))
        found.append((inside[0], inside[-1] + 1, label))
        taken = inside[-1] + 1
    return offsets, found, odd


def read_spans(settings: TagDataSettings, path: Path, notes: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """(tokens, tags in IOB2) of the sentences of JSONL texts with entities.

    :raises DataError: a bad record, with its file and line.
    """
    odd: list[str] = []
    for record in read_records([str(path)], kind="jsonl"):
        if record is PAUSE:
            continue
        where = f"{record.file}:{record.line}"
        if record.error is not None:
            raise DataError(f"{where}: {record.error.message}")
        text = record.fields.get("text")
        if not isinstance(text, str):
            raise DataError(f"{where}: no string 'text'")
        offsets, found, cut = tokens_of_spans(text, _entities(record, where))
        odd.extend(f"line {record.line}: {text[start:end]!r}" for start, end, _ in cut)
        all_tags = tags(found, len(offsets))
        number = 0
        for _, end in sentence_spans(text):
            first = number
            while number < len(offsets) and (offsets[number][0] < end or all_tags[number].startswith("I-")):
                number += 1
            if number > first:
                yield [text[a:b] for a, b in offsets[first:number]], all_tags[first:number]
    if odd:
        notes.append(f"{path.name}: {len(odd)} entities cut a word or overlap another one ({', '.join(odd[:SHOWN])})")


def _parts(name: str, folders: tuple[Path, ...]) -> dict[int, str]:
    """Which part each sentence belongs to, by its number."""
    result = {}
    for line in text_lines(find_data(name, folders)):
        cells = line.split("\t")
        if len(cells) > 1 and cells[0].isdigit():
            result[int(cells[0])] = cells[1]
    return result


def _names(value: Any, label: str) -> list[str]:
    """What a label of a file may be in our words."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names) or not names:
        raise DataError(f"labels.{label}: a string, or a list of strings")
    return list(names)


def _either(names: Sequence[str]) -> str:
    """The labels that a token may have; where one of them is no label, nothing is marked_labels."""
    return ANY_TAG if ANY_TAG in names or "" in names else EITHER.join(names)


def corrected(pairs: Sequence[tuple[Sequence[str], list[Span]]], settings: TagDataSettings) -> Iterator[list[Span]]:
    """The spans of every sentence without the words of ``cut`` at their heads, and with the label
    that most spans of the same words have, if so many have it (``majority``)."""
    cut = frozenset(settings.cut)
    kept = []
    counts: dict[tuple[str, ...], Counter[str]] = {}
    for tokens, found in pairs:
        here = []
        for start, end, label in found:
            while start < end and tokens[start] in cut:
                start += 1
            if start < end:
                here.append((start, end, label))
                counts.setdefault(tuple(tokens[start:end]), Counter())[label] += 1
        kept.append(here)
    for (tokens, _), here in zip(pairs, kept):
        if settings.majority:
            for index, (start, end, _) in enumerate(here):
                count = counts[tuple(tokens[start:end])]
                label, most = count.most_common(1)[0]
                if count.total() >= COMMON and most >= settings.majority * count.total():
                    here[index] = (start, end, label)
        yield here


def possible_tags(
    tokens: Sequence[str], found: Sequence[Span], settings: TagDataSettings, scheme: str
) -> tuple[str, ...]:
    """What each token may be, its spans' labels mapped, what the file does not annotate left open."""
    outside = EITHER.join([OUTSIDE, *tag_names(settings.missing, scheme)[1:]])
    result = [outside] * len(tokens)
    for start, end, label in found:
        length = end - start
        names = _names(settings.spans.get(" ".join(tokens[start:end]), settings.labels.get(label, label)), label)
        if settings.handles and tokens[start].startswith("@"):
            names = [settings.handles]
        if ANY_TAG in names:
            result[start:end] = [ANY_TAG] * length
            continue
        ways = [tags([(0, length, name)], length, scheme) if name else [outside] * length for name in names]
        result[start:end] = [EITHER.join(here) for here in zip(*ways)]
    return tuple(result)


def _source(
    settings: TagDataSettings, recipe: TagRecipe, folders: tuple[Path, ...], notes: list[str], marked_labels: set[str]
) -> tuple[list[tuple[str, Sentence]], bool]:
    """(split, sentence) of a file, and whether its tags are spans; ``marked_labels`` gets the labels that it marks."""
    path = find_data(settings.file, folders)
    name = source_name(settings)
    jsonl = _kind_of(settings, path) == "jsonl"
    pairs = list(read_spans(settings, path, notes) if jsonl else read_tagged(settings, path))
    if not pairs:
        raise DataError(f"{path}: there is no sentence; format says what it holds")
    scheme = settings.scheme if settings.scheme != "auto" else scheme_of(found for _, found in pairs)
    entities = recipe.answer == "entities" or (recipe.answer == "auto" and bool(scheme))
    parts = _parts(settings.parts, folders) if settings.parts else None
    marked = [(tokens, spans(found)) for tokens, found in pairs] if entities else []
    own = {label for _, found in marked for _, _, label in found} if entities else {t for _, f in pairs for t in f}
    if entities and "" in own and "" not in settings.labels:
        raise DataError(f"{path}: a tag is a prefix without a label, like 'B-'; name what it marks")
    notes += [
        f"{path}: no label {label!r} to rename; {nearest(label, own)}" for label in settings.labels if label not in own
    ]
    for label in own:
        marked_labels.update(_names(settings.labels.get(label, label), label))
    whole = corrected(marked, settings)
    result = []
    for number, (tokens, found) in enumerate(pairs, 1):
        here = next(whole, [])
        split = settings.split
        if parts is not None:
            split = parts.get(number, "")
            if split not in SPLITS or (settings.split and split != settings.split):
                continue
        elif not split:
            share = share_of(recipe.seed, " ".join(tokens).lower())
            held = settings.test + settings.dev
            split = "test" if share < settings.test else "dev" if share < held else "train"
        if entities:
            possible = possible_tags(tokens, here, settings, recipe.scheme)
        else:
            possible = tuple(_either(_names(settings.labels.get(tag, tag), tag)) for tag in found)
        result.append((split, Sentence(tuple(tokens), possible, name)))
    return result, entities


def load_sentences(settings: TagDataSettings, *, entities: bool, scheme: str) -> list[Sentence]:
    """All sentences of one file; ``scheme``: that of the tags that they are given.

    :raises DataError: the file cannot be read, or has no sentence.
    """
    recipe = TagRecipe(answer="entities" if entities else "labels", scheme=scheme)
    found, _ = _source(replace(settings, split="test"), recipe, (), [], set())
    return [replace(sentence, source="") for _, sentence in found]


def load_tag_data(recipe: TagRecipe, folders: tuple[Path, ...], *, leave_out: Sequence[str] = ()) -> TagData:
    """All sentences of a recipe, checked and split.

    :raises DataError: no sentences, labels that were not named, spans beside labels of tokens.
    """
    notes: list[str] = []
    gathered: dict[str, list[Sentence]] = {split: [] for split in SPLITS}
    kinds: dict[bool, str] = {}
    missing: dict[str, tuple[str, ...]] = {}
    weights: dict[str, float] = {}
    marked_labels: set[str] = set()
    names = [source_name(settings) for settings in recipe.data]
    unknown = [name for name in leave_out if name not in names]
    if unknown:
        raise DataError(f"--leave-out {unknown[0]}: no such source; {nearest(unknown[0], names)}")
    for settings in recipe.data:
        name = source_name(settings)
        if name in leave_out:
            continue
        here, entities = _source(settings, recipe, folders, notes, marked_labels)
        kinds.setdefault(entities, name)
        missing[name] = tuple(dict.fromkeys((*missing.get(name, ()), *settings.missing)))
        if any(split == "train" for split, _ in here):
            weights[name] = settings.weight
        count = 0
        for split, sentence in here:
            if split == "train":
                count += 1
                if settings.limit and count > settings.limit:
                    continue
            gathered[split].append(sentence)
    if len(kinds) > 1:
        raise DataError(
            f"{kinds[True]} has spans of tokens, {kinds[False]} a label for each; one model learns one of both"
        )
    _take_out_shared(gathered, notes)
    if not gathered["train"]:
        raise DataError(
            "there are no sentences to train on: none in the files, or like ones are all held out; give more"
        )
    entities = kinds.popitem()[0]
    for label in dict.fromkeys(label for found in missing.values() for label in found if label not in marked_labels):
        notes.append(f"missing: no file marks {label!r}; {nearest(label, marked_labels)}")
    return TagData(_labels(recipe, gathered, entities), entities, gathered, missing, weights, notes)


def _take_out_shared(sentences: dict[str, list[Sentence]], notes: list[str]) -> None:
    """Long sentences that stand in dev or test are taken out of train, so that nothing is scored that was learnt."""
    held = {
        tuple(map(str.lower, sentence.tokens))
        for split in ("dev", "test")
        for sentence in sentences[split]
        if len(sentence.tokens) >= 5
    }
    kept = [sentence for sentence in sentences["train"] if tuple(map(str.lower, sentence.tokens)) not in held]
    if len(kept) < len(sentences["train"]):
        notes.append(f"{len(sentences['train']) - len(kept)} sentences of train are held out too: taken out of train")
        sentences["train"] = kept


def _labels(recipe: TagRecipe, sentences: dict[str, list[Sentence]], entities: bool) -> list[str]:
    """The labels in their order.

    :raises DataError: one is not among those that the recipe names.
    """
    found = {
        tag.partition("-")[2] if entities else tag
        for split in ("train", "dev")
        for sentence in sentences[split]
        for cell in sentence.possible
        for tag in cell.split(EITHER)
        if tag not in (ANY_TAG, OUTSIDE) or not entities
    } - {ANY_TAG}
    if not found:
        raise DataError("there is no label but O; the column of the tags is another one")
    if recipe.labels:
        unknown = sorted(found - set(recipe.labels))
        if unknown:
            hint = nearest(unknown[0], recipe.labels)
            raise DataError(f"the label {unknown[0]!r} is in the data but not in labels; {hint}")
        return list(recipe.labels)
    return sorted(found)


def count_words(sentences: Iterable[Sentence]) -> dict[str, int]:
    """How often each token stands in them, as it is written."""
    counts: dict[str, int] = {}
    for sentence in sentences:
        for token in sentence.tokens:
            counts[token] = counts.get(token, 0) + 1
    return counts

"""Rows with labels: read, checked, split."""

from __future__ import annotations

import hashlib
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqtool.errors import DataError, InputError, nearest
from seqtool.evaluation.labelled import Row
from seqtool.records.files import PAUSE
from seqtool.records.json_text import Number, look_up
from seqtool.records.read import format_of, read_records
from seqtool.training.classify.recipe import ClassifyRecipe, DataSettings, UnlabelledSettings
from seqtool.training.recipe import find_data, source_name

SPLITS = ("train", "dev", "test")
SHOWN = 3
MAX_BALANCE = 4.0


@dataclass
class Data:
    """The rows of each split, the labels in their order, and what was noticed."""

    labels: list[str]
    rows: dict[str, list[Row]]
    notes: list[str] = field(default_factory=list)


def _with_columns(settings: DataSettings, path: Path) -> Iterator[Any]:
    """The records of a table without a header line: its columns are named by the settings."""
    kind = settings.format if settings.format != "auto" else format_of(str(path)) or "csv"
    return read_records(
        [str(path)],
        kind=kind if kind in ("csv", "tsv") else "csv",
        encoding=settings.encoding,
        delimiter=settings.delimiter or None,
        columns=settings.columns,
    )


def _records(settings: DataSettings, path: Path) -> Iterator[Any]:
    """Good records; a bad one ends it, for training data should be right.

    :raises DataError: a bad record, with its file and line.
    """
    if settings.columns:
        _check_columns(list(settings.columns), str(path), settings)
        records = _with_columns(settings, path)
    else:
        records = read_records(
            [str(path)],
            kind=settings.format,
            encoding=settings.encoding,
            delimiter=settings.delimiter or None,
            check_columns=lambda columns, file: _check_columns(columns, file, settings),
        )
    for record in records:
        if record is PAUSE:
            continue
        if record.error is not None:
            raise DataError(f"{record.file}:{record.line}: {record.error.message}")
        yield record


def _check_columns(columns: list[str], file: str, settings: DataSettings) -> None:
    for name, option in (
        (settings.text, "--text-column"),
        (settings.label, "--label-column"),
        (settings.group, "--group-column"),
    ):
        if name and name not in columns:
            raise DataError(f"{file}: no column {name!r}; {nearest(name, columns)} ({option} names it)")


_NODE = re.compile(r"\((\S+) |([^()\s]+)|(\))")


def tree_phrases(line: str) -> Iterator[tuple[str, str, bool]]:
    """Every bracket of a tree such as ``(3 (2 It) (4 works))``: (label, text, is the whole tree).

    :raises DataError: the brackets do not match.
    """
    stack: list[tuple[str, list[str]]] = []
    for match in _NODE.finditer(line):
        if match[1]:
            stack.append((match[1], []))
        elif not stack:
            raise DataError("the brackets of a tree do not match")
        elif match[2]:
            stack[-1][1].append({"-LRB-": "(", "-RRB-": ")"}.get(match[2], match[2]))
        else:
            label, words = stack.pop()
            yield label, " ".join(words), not stack
            if stack:
                stack[-1][1].extend(words)
    if stack:
        raise DataError("the brackets of a tree do not match")


def _trees(settings: DataSettings, path: Path, phrases: bool) -> Iterator[tuple[str, Any, str, int]]:
    for record in read_records([str(path)], kind="text", encoding=settings.encoding):
        if record is PAUSE:
            continue
        if record.error is not None:
            raise DataError(f"{record.file}:{record.line}: {record.error.message}")
        try:
            for label, text, whole in tree_phrases(record.fields["text"]):
                if phrases or whole:
                    yield text, label, str(record.line), record.line
        except DataError as error:
            raise DataError(f"{record.file}:{record.line}: {error}") from None


def _texts_and_labels(settings: DataSettings, path: Path) -> Iterator[tuple[str, Any, str, int]]:
    """(text, label as it stands there, group, line) of every row."""
    if settings.format == "trees":
        # Phrases teach; a test is of whole sentences.
        yield from _trees(settings, path, phrases=settings.split in ("", "train"))
        return
    for record in _records(settings, path):
        values = []
        for name, option in ((settings.text, "--text-column"), (settings.label, "--label-column")):
            try:
                values.append(look_up(record.fields, name))
            except KeyError:
                hint = nearest(name, record.fields)
                raise DataError(f"{record.file}:{record.line}: no field {name!r}; {hint} ({option} names it)") from None
        text, label = values
        if not isinstance(text, str):
            raise DataError(f"{record.file}:{record.line}: the field {settings.text!r} is not a string")
        group = record.fields.get(settings.group, "") if settings.group else ""
        yield text, label, group.literal if isinstance(group, Number) else str(group), record.line


def label_text(value: Any, kind: str = "single") -> str:
    """A label as text: a string, a number as it was written, or true or false; null is none.

    Of ratings, 1, 1.0 and "1" are the same.

    :raises DataError: a list or an object.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Number):
        value = value.literal
    if not isinstance(value, str):
        raise DataError("the label is neither a string nor a number; --label-column names another")
    text = value.strip()
    if kind == "rating" and _is_number(text):
        return str(int(float(text))) if float(text).is_integer() else repr(float(text))
    return text


def _labels_of(value: Any, settings: DataSettings, kind: str) -> tuple[str, ...]:
    """The labels of a row, mapped; several of a single-label row are a partial label."""
    if isinstance(value, list):
        raw = [label_text(item, kind) for item in value]
    elif settings.label_separator:
        raw = [part.strip() for part in label_text(value).split(settings.label_separator) if part.strip()]
    else:
        raw = [label_text(value, kind)]
    mapped: list[str] = []
    for label in raw:
        new = settings.labels.get(label, settings.labels.get("*", label))
        mapped.extend(str(item) for item in new) if isinstance(new, list) else mapped.append(str(new))
    return tuple(label for label in mapped if label)


def share_of(seed: int, text: str) -> float:
    """A number from 0 to 1 that depends on the text and the seed alone."""
    digest = hashlib.sha256(f"{seed}\0{text}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _normalised(text: str) -> str:
    return " ".join(text.lower().split())


def source_rows(settings: DataSettings, path: Path, *, seed: int, kind: str) -> Iterator[tuple[str, Row]]:
    """(split, row) for every usable row of a file; a group, or equal texts, stay in one split.

    :raises DataError: the file cannot be read as rows with labels.
    """
    name = source_name(settings)
    try:
        for text, value, group, line in _texts_and_labels(settings, path):
            try:
                labels = _labels_of(value, settings, kind)
            except DataError as error:
                raise DataError(f"{path}:{line}: {error}") from None
            if not text.strip() or (not labels and kind != "multiple"):
                yield "", Row(text, labels, name)
                continue
            share = share_of(seed, f"{settings.file}\0{group}" if group else _normalised(text))
            split = settings.split or (
                "test" if share < settings.test else "dev" if share < settings.test + settings.dev else "train"
            )
            yield split, Row(text, labels, name)
    except InputError as error:
        raise DataError(str(error)) from None


def load_data(recipe: ClassifyRecipe, folders: tuple[Path, ...], *, leave_out: Sequence[str] = ()) -> Data:
    """All rows of a recipe, checked and split.

    ``leave_out`` names sources whose files are not read at all, under any name.  A text that stands in the test
    or dev rows is taken out of the rows before it, so that nothing is scored that was learnt.

    :raises DataError: no rows, one label only, labels that were not named.
    """
    multiple = recipe.kind == "multiple"
    notes: list[str] = []
    gathered: dict[str, list[Row]] = {split: [] for split in SPLITS}
    files = {source_name(settings): settings.file for settings in recipe.data}
    unknown = [name for name in leave_out if name not in files]
    if unknown:
        raise DataError(f"--leave-out {unknown[0]}: no such source; {nearest(unknown[0], files)}")
    left_out = {files[name] for name in leave_out}
    for settings in recipe.data:
        name = source_name(settings)
        if settings.format in ("conll", "conllu"):
            raise DataError(
                f"{settings.file}: format = {settings.format!r} is for task = 'tag'; csv, tsv, jsonl or trees"
            )
        if settings.file in left_out:
            continue
        blank = 0
        here: dict[str, list[Row]] = {split: [] for split in SPLITS}
        for split, row in source_rows(settings, find_data(settings.file, folders), seed=recipe.seed, kind=recipe.kind):
            if split:
                here[split].append(row)
            else:
                blank += 1
        if blank:
            notes.append(f"{name}: {blank} rows without text or label are left out")
        here["train"] = _weighted(_limited(here["train"], settings.limit, recipe.seed), settings)
        for split in SPLITS:
            gathered[split].extend(here[split])
    _take_out_shared(gathered, notes)
    if not gathered["train"]:
        raise DataError("there are no rows to train on; name a file with texts and labels")
    labels = _all_labels(recipe, gathered)
    _note_oddities(gathered["train"], labels, multiple, notes)
    return Data(labels, gathered, notes)


def _limited(rows: list[Row], limit: int, seed: int) -> list[Row]:
    if limit and len(rows) > limit:
        chosen = sorted(random.Random(seed).sample(range(len(rows)), limit))
        return [rows[row] for row in chosen]
    return rows


def _weighted(rows: list[Row], settings: DataSettings) -> list[Row]:
    """Repeats of a text with the same labels are kept once; rows get the source's weight, and
    with ``balance`` rare labels more of it (four times as much at most: a few rows read over and
    over would be learnt by heart)."""
    unique = list(dict.fromkeys(Row(row.text, row.labels, row.source) for row in rows))
    counts: Counter[tuple[str, ...]] = Counter(row.labels for row in unique)
    whole = {labels for labels in counts if len(labels) == 1 or len(counts) == 1}
    usual = sum(counts[labels] for labels in whole) / max(1, len(whole))
    factors = [  # a partial label has no class to be balanced with
        min(MAX_BALANCE, (usual / counts[row.labels]) ** settings.balance) if row.labels in whole else 1.0
        for row in unique
    ]
    total = settings.weight * sum(factors)
    scale = settings.weight * (min(1.0, settings.per_epoch / total) if settings.per_epoch and total else 1.0)
    return [Row(row.text, row.labels, row.source, scale * factor) for row, factor in zip(unique, factors)]


def _take_out_shared(rows: dict[str, list[Row]], notes: list[str]) -> None:
    held = {_normalised(row.text) for row in rows["test"]}
    for split in ("dev", "train"):
        kept = [row for row in rows[split] if _normalised(row.text) not in held]
        if len(kept) < len(rows[split]):
            notes.append(
                f"{len(rows[split]) - len(kept)} rows of {split} stand in a held-out split too: taken out of {split}"
            )
        rows[split] = kept
        held |= {_normalised(row.text) for row in kept}


def _all_labels(recipe: ClassifyRecipe, rows: dict[str, list[Row]]) -> list[str]:
    found = {label for split in rows.values() for row in split for label in row.labels}
    grouped = sorted(label for members in recipe.groups.values() for label in members)
    if recipe.groups and grouped != sorted(recipe.labels or found):
        raise DataError("groups must name every label once; check [groups] against labels")
    if len(set(recipe.labels)) < len(recipe.labels):
        raise DataError("labels names one twice; leave it out")
    if recipe.labels:
        unknown = sorted(found - set(recipe.labels))
        if unknown:
            raise DataError(
                f"the label {unknown[0]!r} is in the data but not in labels; {nearest(unknown[0], recipe.labels)}"
            )
        return list(recipe.labels)
    if len(found) < 2 and recipe.kind != "multiple":
        raise DataError(f"only one label ({', '.join(sorted(found))}); a classifier needs two or more")
    if recipe.kind == "rating":
        wrong = [label for label in sorted(found) if not _is_number(label)]
        if wrong:
            raise DataError(f"the rating {wrong[0]!r} is not a number; leave out --rating, or map it")
        return sorted(found, key=float)
    return sorted(found)


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _note_oddities(rows: Sequence[Row], labels: list[str], multiple: bool, notes: list[str]) -> None:
    """What a person would like to know about their data before a long training."""
    counts = Counter(label for row in rows for label in row.labels if multiple or len(row.labels) == 1)
    rare = [label for label in labels if counts[label] == 1]
    if rare:
        notes.append(f"labels seen once: {_some(rare)}; they can hardly be learnt")
    unseen = [label for label in labels if not any(label in row.labels for row in rows)] if counts else []
    if unseen:
        notes.append(f"labels without a row to train on: {_some(unseen)}")
    if counts and max(counts.values()) > 20 * max(1, min(counts.values())):
        top, least = counts.most_common(1)[0], counts.most_common()[-1]
        notes.append(
            f"imbalance: {top[1]} rows of {top[0]!r}, {least[1]} of {least[0]!r}; macro-F1 tells more than accuracy"
        )
    if multiple:
        return
    by_text: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    for row in rows:
        by_text[_normalised(row.text)].add(row.labels)
    conflicts = [text for text, found in by_text.items() if len(found) > 1]
    if conflicts:
        notes.append(f"{len(conflicts)} texts stand with different labels: {_some(conflicts)}")


def _some(items: Sequence[str]) -> str:
    shown = ", ".join(repr(item if len(item) <= 40 else item[:37] + "...") for item in items[:SHOWN])
    return shown + (f" and {len(items) - SHOWN} more" if len(items) > SHOWN else "")


def unlabelled_texts(settings: Sequence[UnlabelledSettings], folders: tuple[Path, ...]) -> Iterator[str]:
    """The texts of the unlabelled files.

    :raises DataError: a file cannot be read.
    """
    for item in settings:
        path = find_data(item.file, folders)
        count = 0
        try:
            for record in read_records([str(path)], kind=item.format, encoding=item.encoding):
                if record is PAUSE or record.error is not None:
                    continue
                text = record.fields.get(item.text, "")
                if isinstance(text, str) and text.strip():
                    yield text
                    count += 1
                    if count == item.limit:
                        break
        except InputError as error:
            raise DataError(str(error)) from None

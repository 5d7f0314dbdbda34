"""Pairs of sentences: files read, what is said of wrong ones, what is left out and why, splits."""

from __future__ import annotations

import lzma
import random
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from seqtool.errors import DataError, OptionError
from seqtool.settings import from_table
from seqtool.training.translate.cleaning import Cleaner, Hashes, Pair, PairCounts, numbers_differ, share_of_script, tidy
from seqtool.training.translate.data import load_pairs, read_pairs, sampled
from seqtool.training.translate.recipe import CleaningSettings, PairSettings

RECIPES = Path(__file__).resolve().parents[2] / "benchmarks" / "recipes"
PAIRS = [Pair("Go.", "Va !"), Pair("I am here.", "Je suis ici.")]


def read(folder: Path, content: str | bytes, name: str = "a.tsv", **settings: Any) -> list[Pair]:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_pairs(PairSettings(name, **settings), (folder,)))


def reasons(*pairs: tuple[str, str], languages: tuple[str, str] = ("en", "fr"), **settings: Any) -> dict[str, int]:
    counts = PairCounts()
    list(Cleaner(CleaningSettings(**settings)).clean([Pair(*pair) for pair in pairs], counts, *languages))
    return dict(counts.left_out)


# Files


def test_a_table_with_a_header(tmp_path: Path) -> None:
    table = "id\tsource\ttarget\n1\tGo.\tVa !\n2\tI am here.\tJe suis ici.\n"
    assert read(tmp_path, table) == PAIRS
    assert read(tmp_path, table.replace("\t", ","), "a.csv") == PAIRS
    assert read(tmp_path, lzma.compress(table.encode()), "b.tsv.xz") == PAIRS
    assert read(tmp_path, table.replace("\t", ";"), "a.txt", delimiter=";") == PAIRS


def test_a_table_without_a_header_has_its_columns_named(tmp_path: Path) -> None:
    table = "Go.\tVa !\tx\nI am here.\tJe suis ici.\ty\n"
    languages = {"source_language": "en", "target_language": "fr"}
    assert read(tmp_path, table, columns=("en", "fr", "origin"), **languages) == PAIRS
    turned = read(tmp_path, table, "a.txt", columns=("en", "fr", "origin"), source="fr", target="en")
    assert turned == [Pair(b, a) for a, b in PAIRS]


def test_fields_of_objects(tmp_path: Path) -> None:
    lines = '{"translation": {"en": "Go.", "fr": "Va !"}}\n{"translation": {"en": "I am here.", "fr": "Je suis ici."}}'
    assert read(tmp_path, lines, "a.jsonl", source="translation.en", target="translation.fr") == PAIRS


def test_two_files_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.fr").write_bytes(b"Va !\nJe suis ici.\n")
    assert read(tmp_path, "Go.\r\nI am here.\n", "a.en", target_file="a.fr") == PAIRS
    # Only a line feed ends a line: other separators of Unicode stand inside.
    assert read(tmp_path, "Go.\u2028\u0085\nI am here.\n", "a.en", target_file="a.fr")[1] == PAIRS[1]
    for text, short in (("Go.\n", "a.en"), ("Go.\nI am here.\nMore\n", "a.fr")):
        with pytest.raises(DataError, match=rf"{short}: ends before line [23], which the other file has"):
            read(tmp_path, text, "a.en", target_file="a.fr")


@pytest.mark.parametrize(
    ("name", "content", "settings", "message"),
    [
        ("a.tsv", "source\ttarget\nGo.\tVa !\nGo.\n", {}, r"a.tsv:3: 1 fields where the header has 2"),
        ("a.tsv", b"source\ttarget\nGo.\tV\xe0 !\n", {}, r"a.tsv:2: not UTF-8 at byte 6"),
        (
            "a.tsv",
            "Go.\tVa !\n",
            {},
            r"a.tsv: no column 'source'; there is: Go., Va ! .*columns those without a header",
        ),
        ("a.tsv", "Go.\tVa !\n", {"columns": ("en", "fr"), "source": "en", "target": "fra"}, "did you mean 'fr'"),
        ("a.jsonl", '{"source": "Go."}\n', {}, r"a.jsonl:1: no field 'target'; there is: source .target names it"),
        ("a.jsonl", '{"source": "Go.", "target": 1}\n', {}, r"a.jsonl:1: the field 'target' is not a string"),
        ("a.jsonl", '{"source": "Go."\n', {}, r"a.jsonl:1: "),
        ("a.jsonl", '{"error": {"kind": "json", "message": "no"}}\n', {}, r"a.jsonl:1: a bad record of an earlier"),
        ("a.tsv.xz", b"no xz file at all", {}, r"a.tsv.xz: not a sound .xz file"),
    ],
)
def test_a_bad_row_is_told_with_its_file_and_line(
    tmp_path: Path, name: str, content: str | bytes, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, content, name, **settings)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"format": "text"}, "data.format: text has one side alone"),
        ({"target_file": "b", "format": "tsv"}, "data.format: 'tsv' of two files"),
        ({"format": "tvs"}, "data.format: 'tvs' is none of .* did you mean 'tsv'"),
        ({"source": "en", "target": "en"}, "data.target: 'en' is the source"),
        ({"source_language": "fr", "target_language": "fr", "target": "x"}, "data.target_language: 'fr' is the source"),
        ({"weight": 0}, "data.weight: 0 from beginning to end"),
        ({"weight": -1}, "data.weight: -1.0 is not a number from 0 up"),
        ({"late_weight": -0.5}, "data.late_weight: -0.5 is neither"),
        ({"wieght": 1}, "data.wieght: no such key; did you mean 'weight'"),
    ],
)
def test_wrong_settings_are_refused(table: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        from_table(PairSettings, {"file": "a", **table}, "data")


def test_the_weight_goes_in_a_straight_line() -> None:
    assert [PairSettings("a", weight=2.0).weight_at(done) for done in (0, 0.5, 1)] == [2, 2, 2]
    assert [PairSettings("a", late_weight=0.0).weight_at(done) for done in (0, 0.25, 1)] == [1, 0.75, 0]
    assert [PairSettings("a", weight=0.0, late_weight=3.0).weight_at(done) for done in (0, 1)] == [0, 3]


# Cleaning


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("", "Va !", "empty"),
        ("...", "—", "empty"),
        ("Paris", "paris !", "identical"),
        ("a " * 101, "b " * 101, "too long"),
        ("a" * 601, "b" * 601, "too long"),
        ("Good morning to all of you here today", "Bonjour", "length ratio"),
        ("one two three four five six seven eight", "anticonstitutionnellement-vraiment", "length ratio"),
        ("See <b>this</b> now", "Voyez ceci", "markup"),
        ("Fish &amp; chips", "Poisson et frites", "markup"),
        ("Hello {name}", "Bonjour toi", "markup"),
        ("%s files", "des fichiers", "markup"),
        ("see [[home]]", "voir la page", "markup"),
        ("a [link](x)", "un lien", "markup"),
        ("Привет вам", "Bonjour à vous", "wrong script"),
        ("Is 2 < 3 or 5 > 4 & so on?", "Est-ce que 2 < 3 ou 5 > 4 & ainsi ?", ""),
        ("It costs 5% or $5; 100 % sure.", "Cela coûte 5 % ou 5 $ ; sûr à 100 %.", ""),
        ("Yes.", "Oui, bien sûr.", ""),
    ],
)
def test_why_a_pair_is_left_out(source: str, target: str, reason: str) -> None:
    assert reasons((source, target)) == ({reason: 1} if reason else {})


def test_the_script_of_a_language() -> None:
    hindi = ("en", "hi")
    assert reasons(("How are you?", "क्या हाल है?"), languages=hindi) == {}
    assert reasons(("How are you?", "Kya haal hai?"), languages=hindi) == {"wrong script": 1}
    assert reasons(("How are you?", "Kya haal hai?"), languages=("en", "")) == {}
    assert reasons(("How are you?", "Kya haal hai?"), languages=hindi, script=0.0) == {}
    assert share_of_script("क्या OK", "hi") == pytest.approx(4 / 6)
    assert share_of_script("12:30", "hi") == 1


def test_like_pairs_are_kept_once() -> None:
    pairs = [("Go!", "Va !"), ("go!", "VA !"), ("Go!", "Va\u202f!"), ("Go !", "Va!"), ("Go!", "Allez !")]
    assert reasons(*pairs) == {"duplicates": 2}  # the English ones differ by a blank


def test_what_stands_in_dev_or_test_is_left_out_on_either_side() -> None:
    cleaner = Cleaner(CleaningSettings())
    cleaner.hold_out(Pair("I'm here!", "Je suis ici."))
    pairs = [Pair("i’m here", "Me voici."), Pair("Here I am.", "Je suis ici !"), Pair("Je suis ici.", "I'm here!")]
    counts = PairCounts()
    assert list(cleaner.clean(pairs, counts)) == [Pair("Je suis ici.", "I'm here!")]
    assert counts.left_out == {"in dev or test": 2}


def test_different_numbers_are_counted_or_left_out() -> None:
    pairs = [("1,000 of 5", "५ में से १ ०००"), ("At 10", "दस बजे"), ("In 1999.", "1998 में।")]
    assert [numbers_differ(Pair(*pair)) for pair in pairs] == [False, True, True]
    counts = PairCounts()
    list(Cleaner(CleaningSettings()).clean([Pair(*pair) for pair in pairs], counts, "en", "hi"))
    assert counts.different_numbers == 2 and counts.kept == 3
    assert reasons(*pairs, languages=("en", "hi"), numbers=True) == {"different numbers": 2}


def test_a_tidy_text() -> None:
    assert tidy("e\u0301te\u0301\u00a0:\t l’a\u00adb\u200b ", "fr") == "été : l'ab"
    assert tidy("Quoi? «Oui!»", "fr") == "Quoi ? « Oui ! »"
    assert tidy("Quoi?", "en") == "Quoi?"
    assert tidy("यह है.", "hi") == "यह है।"
    assert tidy("नमस्\u200dते") == "नमस्ते"


def test_hashes_are_a_set_in_little_memory() -> None:
    chance = random.Random(3)
    texts = [str(chance.randrange(30_000)) for _ in range(50_000)]
    hashes, seen = Hashes(), set[str]()
    for text in texts:
        assert hashes.add(text) == (text not in seen)
        seen.add(text)
    assert len(hashes) == len(seen)
    assert hashes.__sizeof__() < 1000  # nothing but the table grows
    assert len(hashes._slots) <= 4 * len(seen)


def test_counts_in_a_line() -> None:
    counts = PairCounts(120_034, Counter({"duplicates": 2000, "markup": 1201}), 7)
    assert counts.note("laws") == (
        "laws: 120,034 pairs, 3,201 left out: 2,000 duplicates, 1,201 markup; 7 kept with different numbers"
    )
    assert PairCounts(2).note("a") == "a: 2 pairs"


# Recipes


@pytest.mark.parametrize("path", sorted(RECIPES.glob("translate_*.toml")), ids=lambda path: path.stem)
def test_recipes_train_on_what_may_ship_alone(path: Path) -> None:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    sources = [from_table(PairSettings, entry, "data") for entry in table["data"]]
    from_table(CleaningSettings, table["cleaning"], "cleaning")
    train = [Path(settings.file).name for settings in sources if settings.split == "train"]
    assert len(train) == 21
    # noship: licences; dict: under the GPL; the others are scored on.
    assert all(".train." in name and not name.startswith(("noship.", "dict.")) for name in train)
    assert not any(".train." in settings.file for settings in sources if settings.split != "train")
    assert {settings.split for settings in sources} == {"train", "dev", "test"}


# Splits


def load(folder: Path, *sources: PairSettings, leave_out: tuple[str, ...] = ()) -> tuple[Any, list[Any], list[str]]:
    notes: list[str] = []
    text = load_pairs(sources, CleaningSettings(), (folder,), seed=1, leave_out=leave_out)
    return text, list(text.train(notes.append)), notes


def numbered(count: int, first: int = 0) -> str:
    return "".join(f"sentence {n}\tphrase numéro {n}\n" for n in range(first, first + count))


def test_sources_in_turn_without_what_is_held_out(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(numbered(50))
    (tmp_path / "b.tsv").write_text(numbered(50, 40))
    (tmp_path / "dev.tsv").write_text(numbered(10))
    named = {"columns": ("source", "target")}
    sources = [PairSettings(f"{name}.tsv", split="train", **named) for name in "ab"]
    text, train, notes = load(tmp_path, *sources, PairSettings("dev.tsv", split="dev", **named))
    assert text.dev == [(2, Pair(f"sentence {n}", f"phrase numéro {n}")) for n in range(10)]
    assert [(index, pair.source) for index, pair in train] == [(n >= 50, f"sentence {n}") for n in range(10, 90)]
    assert notes == ["a: 50 pairs, 10 left out: 10 in dev or test", "b: 50 pairs, 10 left out: 10 duplicates"]
    assert [index for index, _ in load(tmp_path, *sources, leave_out=("a",))[1]] == [0] * 50
    with pytest.raises(DataError, match="--leave-out c: no such source"):
        load(tmp_path, *sources, leave_out=("c",))
    with pytest.raises(DataError, match="no pairs to train on"):
        load(tmp_path, sources[0], PairSettings("a.tsv", split="test", **named))


def test_a_share_is_held_out_with_all_translations_of_a_sentence(tmp_path: Path) -> None:
    lines = "".join(f"sentence {n % 500}!\tphrase {n} de {n % 500}\n" for n in range(2000))
    (tmp_path / "a.tsv").write_text(lines)
    text, train, _ = load(tmp_path, PairSettings("a.tsv", columns=("source", "target"), dev=0.1))
    held = {pair.source for _, pair in text.dev}
    kept = {pair.source for _, pair in train}
    assert not held & kept and len(held | kept) == 500
    assert len(text.dev) + len(train) == 2000 and 25 <= len(held) <= 80


def test_a_limit_draws_from_the_whole_file(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(numbered(1000))
    settings = PairSettings("a.tsv", columns=("source", "target"), split="train", limit=100)
    _, train, notes = load(tmp_path, settings)
    numbers = [int(pair.source.split()[1]) for _, pair in train]
    assert len(set(numbers)) == 100 and 400 < sum(numbers) / 100 < 600
    assert load(tmp_path, settings)[1] == train
    assert notes == ["a: 1,000 pairs, 900 left out: 900 over the limit"]


def test_a_sample_takes_every_pair_as_often() -> None:
    items = [Pair(str(n), "") for n in range(6)]
    counts = Counter(pair.source for seed in range(3000) for pair in sampled(items, 2, seed))
    assert all(900 < counts[item.source] < 1100 for item in items)
    assert sampled(items, 10, 1) == items

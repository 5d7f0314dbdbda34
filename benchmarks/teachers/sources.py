"""What the sentiment teacher learns from: sets, their weights, rows with the stars that they allow.

All sets are marked *ship* in SOURCES.md beside the data; sets marked no-ship, and test and dev parts
of sets that have them, are read for scores alone.  Weights: noisy sets less (SOURCES.md says how
many of thirty rows a reader found sound), small clean sets of single sentences more.
"""

from __future__ import annotations

import hashlib
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Stars = tuple[int, ...]

CAP = 7000
DEV_SHARE = 0.05
FEW_GROUPS = 40
MOST_BALANCE = 4.0
SHORTEST_PHRASE = 4

NEGATIVE, NEUTRAL, POSITIVE = (1, 2), (3,), (4, 5)
OPINIONS = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
FILM_STARS = {1: (1,), 2: (1,), 3: (2,), 4: (2,), 7: (4,), 8: (4,), 9: (5,), 10: (5,)}

STAR_SETS = {
    "stars_clothing_women": 1.0,
    "stars_flipkart": 0.6,  # no punctuation, words glued together
    "stars_flipkart_headphones": 0.6,  # likewise, and cut off
    "stars_flipkart_laptops": 0.8,
    "stars_amazon_food": 1.0,
    "stars_amazon_baby": 1.0,
    "stars_amazon_music_instruments": 1.0,
    "stars_amazon_earphones": 1.0,
    "stars_zomato_restaurants": 1.0,
    "stars_app_uber": 1.0,
    "stars_films_critics": 0.6,  # two writers
    "stars_airlines_skytrax": 1.0,
    "stars_apps_money": 0.4,  # 24 of 30 sound
    "stars_apps_media": 0.8,
    "stars_apps_dating_social": 0.7,
    "stars_drugs_com": 0.5,  # illness and relief say the opposite of the stars
    "stars_drugs_druglib": 0.3,
    "stars_hotels_india_booking": 0.6,
    "stars_zomato_cafes": 1.0,
    "stars_amazon_computer_books": 1.2,
    "stars_amazon_india_bodycare": 1.2,
    "stars_starbucks": 1.0,
}
TITLES = (
    "stars_clothing_women",
    "stars_amazon_food",
    "stars_amazon_music_instruments",
    "stars_amazon_earphones",
    "stars_airlines_skytrax",
    "stars_amazon_computer_books",
    "stars_apps_media",
)
TITLE_WEIGHT = 0.3
OPINION_SETS = {
    "opinion_tweets_everyday": 0.9,
    "opinion_goemotions_comments": 0.8,
    "opinion_tweets_topics_semeval": 0.9,
    "opinion_news_politics": 0.4,  # 22 of 30 sound: toward the people named
    "opinion_vader_tweets": 1.3,
    "opinion_vader_editorials": 1.2,
    "opinion_vader_products": 1.4,
    "opinion_product_sentences_huliu": 1.3,
    "opinion_pros_cons_electronics": 0.5,  # nouns alone: the field says which
    "opinion_sentences_phones_films": 1.6,
    "opinion_developers_stackoverflow": 0.8,
    "opinion_hotel_sentences_opener": 1.4,
    "opinion_tweets_brands_sxsw": 0.4,
    "opinion_tweets_apple": 0.6,
    "opinion_tweets_tech_sanders": 0.4,
    "opinion_tweets_games_brands": 0.3,  # 20 of 30 sound
    "opinion_finance_headlines": 0.4,  # the price, not the mood
    "opinion_steam_games": 0.8,
    "opinion_airlines_recommended": 1.0,
    "opinion_hotels_boston_liked_disliked": 0.5,
    "opinion_jobs_glassdoor": 0.6,
    "opinion_cars_ford": 0.6,
    "opinion_amazon_mixed": 1.0,
    "opinion_mcdonalds_complaints": 0.5,  # one class: never alone
    "opinion_film_plots_neutral": 0.8,
}
UNSEEN_SETS = (
    "stars_amazon_alexa",
    "stars_hotels_tripadvisor",
    "noship_stars_disneyland_parks",
    "noship_opinion_financial_phrasebank",
)
FILM_CAP, SENTENCE_CAP, PHRASE_CAP = 10000, 8000, 7000


@dataclass(frozen=True, slots=True)
class Row:
    """A text, the stars it may have (several: one of them is right), its source."""

    text: str
    stars: Stars
    source: str
    group: str = ""


def normalised(text: str) -> str:
    """Lower case, one space between words: what makes two texts the same."""
    return " ".join(text.lower().split())


def bare(text: str) -> str:
    """Letters and digits alone: what makes a training text too like a test text."""
    return re.sub(r"\W+", "", text.lower())


def share_of(*parts: object) -> float:
    """A number from 0 to 1 that depends on the parts alone."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a file, plain or .xz."""
    opener: Any = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n")


def records(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a table with a header line, TABs between columns, no quoting."""
    lines = lines_of(path)
    header = next(lines).split("\t")
    for line in lines:
        yield dict(zip(header, line.split("\t")))


def star_range(value: str) -> Stars:
    """4 -> (4,); 3.5 -> (3, 4)."""
    number = float(value)
    return tuple(dict.fromkeys((int(number), int(number + 0.5))))


_NODE = re.compile(r"\((\S+) |([^()\s]+)|(\))")


def phrases(line: str) -> Iterator[tuple[int, str, bool]]:
    """(stars, text, is the whole sentence) of every bracket of a tree ``(3 (2 It) (4 works))``."""
    stack: list[tuple[int, list[str]]] = []
    for match in _NODE.finditer(line):
        if match[1]:
            stack.append((int(match[1]) + 1, []))
        elif match[2]:
            stack[-1][1].append({"-LRB-": "(", "-RRB-": ")"}.get(match[2], match[2]))
        else:
            stars, words = stack.pop()
            yield stars, " ".join(words), not stack
            if stack:
                stack[-1][1].extend(words)


def written(text: str) -> str:
    """A tokenised sentence as people write it: ``ca n't , he 's`` -> ``can't, he's``."""
    text = re.sub(r" (n't|'s|'re|'ve|'ll|'d|'m)\b", r"\1", text)
    return re.sub(r" ([.,!?;:)])", r"\1", text).replace("( ", "(")


def tree_rows(path: Path, whole: bool) -> Iterator[Row]:
    """Sentences, or the phrases inside them of four words or more; half of them as people write them."""
    for line in lines_of(path):
        for stars, text, is_whole in phrases(line):
            if is_whole == whole and (whole or len(text.split()) >= SHORTEST_PHRASE):
                text = written(text) if share_of("written", text) < 0.5 else text
                yield Row(text, (stars,), "sst_sentences" if whole else "sst_phrases")


def table_rows(path: Path, name: str, column: str = "text") -> Iterator[Row]:
    """The rows of a set with stars or with opinions; empty texts are passed over."""
    for record in records(path):
        text = record.get(column, "").strip()
        stars = star_range(record["stars"]) if "stars" in record else OPINIONS[record["label"]]
        if text:
            yield Row(text, stars, name, record.get("group", ""))


def film_rows(path: Path) -> Iterator[Row]:
    """IMDB: ten points as stars; there are no 5s and 6s."""
    for record in records(path):
        yield Row(record["text"], FILM_STARS[int(record["rating10"])], "imdb", record["film"])


def merged(rows: list[Row]) -> list[Row]:
    """Each text once, with the stars that it has most often."""
    by_text: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_text[normalised(row.text)].append(row)
    kept = []
    for same in by_text.values():
        stars = Counter(row.stars for row in same).most_common(1)[0][0]
        kept.append(next(row for row in same if row.stars == stars))
    return kept


@dataclass
class Source:
    """Rows of one set and how many of them a pass over everything takes."""

    name: str
    rows: list[Row]
    quota: float
    balance: bool = True


def read_sources(folder: Path) -> list[Source]:
    """Every set that may teach, merged, whole (dev rows are taken out later)."""
    found: list[Source] = []
    tables = [(name, weight, "text") for name, weight in (STAR_SETS | OPINION_SETS).items()]
    tables += [(name, TITLE_WEIGHT, "title") for name in TITLES]
    for name, weight, column in tables:
        own = name if column == "text" else f"{name}_titles"
        rows = merged(list(table_rows(folder / f"{name}.tsv.xz", own, column)))
        found.append(Source(own, rows, weight * min(CAP, len(rows))))
    films = merged(list(film_rows(folder / "imdb_train.tsv.xz")))
    trees = folder / "sst_trees_train.txt.xz"
    sentences, parts = merged(list(tree_rows(trees, True))), merged(list(tree_rows(trees, False)))
    found.append(Source("imdb", films, min(FILM_CAP, len(films))))
    found.append(Source("sst_sentences", sentences, min(SENTENCE_CAP, len(sentences))))
    found.append(Source("sst_phrases", parts, min(PHRASE_CAP, len(parts))))
    return found


def read_extra(path: Path, passes: float) -> Source:
    """A further table with the columns `stars` (or `label`) and `text`; every row ``passes`` times a pass."""
    rows = list(dict.fromkeys(table_rows(path, path.stem)))
    return Source(path.stem, rows, passes * len(rows), balance=False)


def test_texts(folder: Path) -> set[str]:
    """Texts that no training row may be: IMDB's test part, SST's dev and test sentences."""
    held = {bare(record["text"]) for record in records(folder / "imdb_test.tsv.xz")}
    for name in ("sst_trees_dev.txt.xz", "sst_trees_test.txt.xz"):
        held |= {bare(text) for line in lines_of(folder / name) for _, text, whole in phrases(line) if whole}
    return held


def is_dev(row: Row, grouped: bool) -> bool:
    """By product or film where there are many; else by the text.  The same for every seed."""
    return share_of("dev", row.source, row.group if grouped else normalised(row.text)) < DEV_SHARE


def split(source: Source, held: set[str]) -> tuple[list[Row], list[Row]]:
    """(training rows, dev rows) of a set; the dev rows in an order of chance."""
    grouped = len({row.group for row in source.rows}) >= FEW_GROUPS
    train, dev = [], []
    for row in source.rows:
        if is_dev(row, grouped):
            dev.append(row)
        elif bare(row.text) not in held:
            train.append(row)
    return train, sorted(dev, key=lambda row: share_of(row.text))


def rates(source: Source, rows: list[Row]) -> list[float]:
    """How often each row is read in a pass: rare stars more often, four times as much at most."""
    counts = Counter(row.stars for row in rows)
    usual = len(rows) / max(1, len(counts))
    factors = [min(MOST_BALANCE, usual / counts[row.stars]) if source.balance else 1.0 for row in rows]
    each = source.quota / max(1e-9, sum(factors))
    return [each * factor for factor in factors]


def unseen_rows(folder: Path, name: str, most: int) -> list[Row]:
    """Rows of a set that never teaches."""
    rows = merged(list(table_rows(folder / f"{name}.tsv.xz", name)))
    return sorted(rows, key=lambda row: share_of(row.text))[:most]


def sst_dev_rows(folder: Path) -> list[Row]:
    """SST's development sentences."""
    rows = list(tree_rows(folder / "sst_trees_dev.txt.xz", True))
    return [Row(row.text, row.stars, "sst_dev") for row in rows]

"""Subwords, against sentencepiece's own answers, and against an enumeration of all segmentations."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtool.errors import BadRecord, ModelError, OptionError
from seqtool.tokenization.escape import escaped, original_offsets, unescaped
from seqtool.tokenization.model_file import read_model_file
from seqtool.tokenization.subwords import Sampler, Subwords, open_subwords

SHIPPED = ROOT / "models" / "sentiment-en" / "pieces.model"
PINNED = ["\u2581", "it", "\u2581was", "\u2581", "a", "\u2581good", "\u2581film"]
EXACT = ["unigram", "bpe", "char"]
ODD = [
    "", " ", "  ", "\t", "\n", "\r\n", "\0", "\x1a", "\x1a\x1a", "\x1a_", "_", "\u2581", "\u2581\u2581", "\u2585", "\u2047", "\x1b",
    "\u0085", "\u00a0", "\u3000", "\u2028", "\u200b", "\u200d", "\ufe0f", "\ufeff", "\ufffd", "\uffff", "\U0010ffff", "\ue000", "\u0301",
    "e\u0301", "नमस्ते", "👩‍👩‍👧", "日本", "<unk>", "<s>", "<0x41>", "<0xE2>", " ⁇ ", "The", " the", "fan", "good", "é", "ﬁ", "İ",
]  # fmt: skip
TEXTS = st.text(max_size=30) | st.lists(st.sampled_from(ODD), max_size=12).map("".join)


@pytest.fixture(scope="module")
def opened(tokenizers: dict[str, Path]) -> dict[str, Subwords]:
    return {name: open_subwords(str(path)) for name, path in tokenizers.items()}


@pytest.fixture(scope="module")
def bare(tokenizers: dict[str, Path]) -> dict[str, Any]:
    """sentencepiece alone."""
    return {
        name: sentencepiece.SentencePieceProcessor(model_file=str(path / "pieces.model"))
        for name, path in tokenizers.items()
    }


@pytest.fixture(scope="module")
def samplers(opened: dict[str, Subwords]) -> dict[str, Sampler]:
    return {name: opened[name].sampler(0.2) for name in ("unigram", "bpe")}


@pytest.fixture(scope="module")
def certain(opened: dict[str, Subwords]) -> dict[str, Sampler]:
    """Samplers that leave nothing to chance."""
    return {
        "unigram": opened["unigram"].sampler(1e6),
        "bpe": opened["bpe"].sampler(0.0),
        "lower-bpe": opened["lower-bpe"].sampler(0.0),
    }


# --- the escape


@given(TEXTS)
def test_every_text_has_an_escaped_form_of_its_own(text: str) -> None:
    assert "\u2581" not in escaped(text)
    assert unescaped(escaped(text)) == text
    # Letter by letter, which is what cannot be done in two ways.
    assert escaped(text) == "".join({"\u2581": "\x1a_", "\x1a": "\x1a\x1a"}.get(letter, letter) for letter in text)
    origin = original_offsets(text)
    assert len(origin) == len(escaped(text)) + 1
    assert all(escaped(text[:place]) == escaped(text)[: origin.index(place)] for place in range(len(text)))


def test_what_is_no_escape_stays() -> None:
    assert unescaped("a\x1a b\x1a") == "a\x1a b\x1a"


# --- there and back


@pytest.mark.parametrize("name", EXACT)
def test_any_text_comes_back(opened: dict[str, Subwords], name: str) -> None:
    subwords = opened[name]

    @settings(deadline=None)
    @given(TEXTS)
    def check(text: str) -> None:
        [ids] = subwords.ids([text])
        [pieces] = subwords.pieces([text])
        assert [subwords.piece(number) for number in ids] == pieces
        assert not subwords.has_unknown(ids)
        assert subwords.decode(ids) == text
        assert subwords.decode(pieces) == text

    check()


@pytest.mark.parametrize("name", EXACT)
def test_every_code_point_comes_back(opened: dict[str, Subwords], name: str) -> None:
    letters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    step = 997  # in groups, beside other neighbours than their own
    groups = ["a ".join(letters[start::step]) for start in range(step)]
    for start in range(0, len(groups), 100):
        part = groups[start : start + 100]
        assert [opened[name].decode(ids) for ids in opened[name].ids(part)] == part


@settings(deadline=None)
@given(TEXTS)
def test_answers_and_samples_come_back(opened: dict[str, Subwords], samplers: dict[str, Sampler], text: str) -> None:
    for ids in opened["unigram"].n_best(text, 4, int):
        assert opened["unigram"].decode(ids) == text
    for name, sampler in samplers.items():
        for ids, pieces in sampler.sample(text, ["7", "8"]):
            assert opened[name].decode(ids) == text
            assert [opened[name].piece(number) for number in ids] == pieces


def test_a_long_text_comes_back(opened: dict[str, Subwords], samplers: dict[str, Sampler]) -> None:
    text = "The fan works like a charm,  and the\nquality is good. \u2581 " * 2000 + "x" * 20_000
    for name in EXACT:
        assert opened[name].decode(opened[name].ids([text])[0]) == text
    for name, sampler in samplers.items():
        [(ids, _)] = sampler.sample(text, ["x"])
        assert opened[name].decode(ids) == text


# --- against sentencepiece


@settings(deadline=None)
@given(TEXTS)
def test_a_bare_model_says_what_sentencepiece_says(
    tokenizers: dict[str, Path], bare: dict[str, Any], text: str
) -> None:
    for name in ("lower", "unigram"):
        subwords = open_subwords(str(tokenizers[name] / "pieces.model"))
        own = bare[name]
        wanted = own.encode("" if text.isspace() else text)
        assert subwords.ids([text, text], threads=2) == [wanted, wanted]
        assert subwords.decode(wanted) == own.decode(wanted)
        assert subwords.pieces([text]) == [own.encode("" if text.isspace() else text, out_type=str)]
        if text.strip():
            assert subwords.n_best(text, 3, int) == own.nbest_encode(text, nbest_size=3)


@settings(deadline=None)
@given(TEXTS)
def test_offsets_are_slices(opened: dict[str, Subwords], text: str) -> None:
    """A piece stands for its slice of the text; of a letter in bytes the last piece does."""
    for name in EXACT:
        [(ids, pieces, offsets)] = opened[name].mapped([text])
        assert [ids] == opened[name].ids([text]) and [pieces] == opened[name].pieces([text])
        waiting = bytearray()
        reached = 0
        for piece, (start, end) in zip(pieces, offsets):
            if piece.startswith("<0x") and len(piece) == 6:
                waiting.append(int(piece[3:5], 16))
                letter = waiting.decode("utf-8", "ignore")
                if not letter:
                    assert start == end == reached
                    continue
                waiting.clear()
            else:
                letter = piece.replace("\u2581", " ")
            if "\x1a" in text or "\u2581" in text:  # half of an escape, or more: its letter's place
                assert 0 <= start <= end <= len(text)
            else:
                assert text[start:end] == letter and start == reached
            reached = end
        assert reached == len(text)


def test_offsets_of_escapes(opened: dict[str, Subwords]) -> None:
    [(_, pieces, offsets)] = opened["char"].mapped(["a\u2581\x1ab"])
    assert pieces == ["a", "<0x1A>", "<0x5F>", "<0x1A>", "<0x1A>", "b"] or pieces[-1] == "b"
    assert offsets == [(0, 1), (1, 2), (1, 2), (2, 3), (2, 3), (3, 4)]


def test_offsets_where_a_model_normalises() -> None:
    """In code points of the text as it stands, though ﬁ becomes fi, and two spaces one."""
    text = "Héllo  ﬁne world 👍"
    [(_, pieces, offsets)] = open_subwords(str(SHIPPED)).mapped([text])
    assert pieces[-5:] == ["\u2581", "<0xF0>", "<0x9F>", "<0x91>", "<0x8D>"]
    slices = dict(zip(pieces, (text[start:end] for start, end in offsets)))
    assert slices["\u2581fine"].strip() == "ﬁne" and slices["\u2581world"] == " world" and slices["<0x8D>"] == "👍"
    assert "".join(text[start:end] for start, end in offsets) == text


def test_many_threads_say_the_same(opened: dict[str, Subwords]) -> None:
    texts = ["The fan works", "", "नमस्ते", "a\u2581b"] * 50
    assert opened["unigram"].ids(texts, threads=4) == opened["unigram"].ids(texts)
    assert opened["unigram"].mapped(texts, threads=4) == opened["unigram"].mapped(texts)


def test_blank_texts(opened: dict[str, Subwords]) -> None:
    """Of those that come back as they were they have pieces; else none, whatever the model would say."""
    for name in EXACT:
        assert opened[name].ids(["", " "])[0] == [] != opened[name].ids([" "])[0]
    assert opened["lower"].ids(["", " ", "\t\u00a0\n"]) == [[], [], []]
    assert opened["lower"].n_best(" ", 3, int) == [[]]
    assert opened["lower"].sampler(0.1).sample("\t", ["1", "2"]) == [([], []), ([], [])]


# --- chance


def segmentations(text: str, pieces: set[str]) -> Iterator[list[str]]:
    """Every way to write a text as pieces."""
    if not text:
        yield []
    for end in range(1, len(text) + 1):
        if text[:end] in pieces:
            for rest in segmentations(text[end:], pieces):
                yield [text[:end], *rest]


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_samples_are_as_likely_as_their_probability_says(alpha: float) -> None:
    """p(x)^alpha, normalised over all segmentations (Kudo 2018, section 3.2), with four standard errors of room."""
    own = sentencepiece.SentencePieceProcessor(model_file=str(SHIPPED))
    known = {own.id_to_piece(number) for number in range(own.get_piece_size()) if not own.is_byte(number)}
    ways = list(segmentations("\u2581the\u2581fan", known))
    assert len(ways) > 20
    weights = [math.exp(alpha * sum(own.get_score(own.piece_to_id(piece)) for piece in way)) for way in ways]
    draws = 4000
    drawn = open_subwords(str(SHIPPED)).sampler(alpha).sample("the fan", [f"1 {draw} 0" for draw in range(draws)])
    seen = Counter(tuple(pieces) for _, pieces in drawn)
    assert set(seen) <= set(map(tuple, ways))
    for way, weight in zip(ways, weights):
        share = weight / sum(weights)
        room = 4 * math.sqrt(share * (1 - share) / draws) + 1e-3
        assert seen[tuple(way)] / draws == pytest.approx(share, abs=room)


@pytest.mark.parametrize("name", ["unigram", "bpe"])
def test_samples_are_as_likely_as_sentencepieces(opened: dict[str, Subwords], bare: dict[str, Any], name: str) -> None:
    """Two samples of one distribution; sentencepiece's is another one in each process, hence the wide room
    (six standard errors)."""
    text = "the coffee 日本"
    draws = 3000
    theirs = Counter(
        tuple(bare[name].encode(text, enable_sampling=True, nbest_size=-1, alpha=0.3)) for _ in range(draws)
    )
    drawn = opened[name].sampler(0.3).sample(text, [str(draw) for draw in range(draws)])
    ours = Counter(tuple(ids) for ids, _ in drawn)
    for ids in {*ours, *theirs}:
        share = (ours[ids] + theirs[ids]) / (2 * draws)
        assert abs(ours[ids] - theirs[ids]) / draws < 6 * math.sqrt(2 * share * (1 - share) / draws) + 2e-3


@settings(deadline=None)
@given(TEXTS)
def test_without_chance_the_samplers_cut_as_sentencepiece_does(
    certain: dict[str, Sampler], opened: dict[str, Subwords], text: str
) -> None:
    """bpe: 0 leaves no merge out (Provilkov et al. 2020); unigram: with a huge alpha the best is
    certain, or one as good."""
    for name in ("bpe", "lower-bpe"):
        [(ids, pieces)] = certain[name].sample(text, ["x"])
        assert [ids] == opened[name].ids([text]) and [pieces] == opened[name].pieces([text])
    [(ids, _)] = certain["unigram"].sample(text, ["x"])
    assert ids in opened["unigram"].n_best(text, 20, int)


def test_all_merges_left_out(opened: dict[str, Subwords]) -> None:
    text = "the good quality"
    [(_, pieces)] = opened["bpe"].sampler(1.0).sample(text, ["x"])
    assert pieces == list(text.replace(" ", "\u2581"))


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_models_with_pieces_across_words_and_of_their_own_kinds(tmp_path: Path, kind: str) -> None:
    """User-defined pieces, pieces over spaces, spaces behind words, letters without a piece."""
    lines = ["the fan works <sep> in new york", "a fan in new york <sep> works", "new york the fan"] * 20
    with open(tmp_path / "odd.model", "wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines), model_writer=file, model_type=kind, vocab_size=60, hard_vocab_limit=False,
            user_defined_symbols=["<sep>"], split_by_whitespace=False, treat_whitespace_as_suffix=True, minloglevel=2,
        )  # fmt: skip
    own = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "odd.model"))
    subwords = open_subwords(str(tmp_path / "odd.model"))
    text = "the fan 日本 works <sep> in new york ☃"
    [(ids, pieces)] = subwords.sampler(1000.0 if kind == "unigram" else 0.0).sample(text, ["x"])
    assert ids == own.encode(text) and pieces == own.encode(text, out_type=str)
    assert any("\u2581" in piece[:-1] for piece in pieces) and "日本" in pieces
    for _, drawn in subwords.sampler(0.2).sample(text, list("abcdefgh")):
        assert "".join(drawn) == "".join(pieces)


def test_the_model_file_is_read_as_it_is(bare: dict[str, Any]) -> None:
    for name, kind in {"unigram": 1, "bpe": 2, "char": 4}.items():
        own = bare[name]
        file = read_model_file(own.serialized_model_proto())
        numbers = range(own.get_piece_size())
        assert file.kind == kind
        assert [piece.text for piece in file.pieces] == [own.id_to_piece(number) for number in numbers]
        assert [piece.score for piece in file.pieces] == [own.get_score(number) for number in numbers]
        assert [piece.kind == 6 for piece in file.pieces] == [own.is_byte(number) for number in numbers]
        assert [piece.kind == 2 for piece in file.pieces] == [own.is_unknown(number) for number in numbers]


def test_a_sample_hangs_on_its_own_stream_alone(samplers: dict[str, Sampler]) -> None:
    texts = ["the fan works like a charm", "it was broken", "the quality is good"]
    for sampler in samplers.values():
        alone = [sampler.sample(text, [f"5 {number} 0"]) for number, text in enumerate(texts)]
        backwards = [sampler.sample(texts[number], [f"5 {number} 0"]) for number in (2, 1, 0)]
        assert backwards[::-1] == alone
        drawn = {tuple(ids) for ids, _ in sampler.sample(texts[0], [f"5 0 {number}" for number in range(20)])}
        assert len(drawn) > 5


def test_a_seed_gives_the_same_on_any_day() -> None:
    """A pinned draw: whoever changes the stream breaks the outputs that people have repeated."""
    [(_, pieces)] = open_subwords(str(SHIPPED)).sampler(0.1).sample("it was a good film", ["7 0 0"])
    assert pieces == PINNED


# --- what cannot be


@pytest.mark.parametrize(("name", "words"), [("bpe", "--sample may vary"), ("char", "one answer")])
def test_models_with_one_answer(opened: dict[str, Subwords], name: str, words: str) -> None:
    with pytest.raises(OptionError, match=words):
        opened[name].check_answers()
    opened["unigram"].check_answers()


def test_models_without_chance(opened: dict[str, Subwords]) -> None:
    with pytest.raises(OptionError, match="one way to cut"):
        opened["char"].sampler(0.1)
    for alpha in (1.5, -1.0, math.nan, math.inf):
        with pytest.raises(OptionError, match="from 0 to 1"):
            opened["bpe"].sampler(alpha)
    with pytest.raises(OptionError, match="from 0 up"):
        opened["unigram"].sampler(math.nan)


@pytest.mark.parametrize("ids", [[10**6], [-1], [1, 2, 2**40]])
def test_ids_out_of_range(opened: dict[str, Subwords], ids: list[int]) -> None:
    with pytest.raises(BadRecord, match="ids end at"):
        opened["unigram"].decode(ids)


def test_ids_and_pieces_in_any_order_are_some_text(opened: dict[str, Subwords]) -> None:
    subwords = opened["unigram"]

    @settings(deadline=None)
    @given(st.lists(st.integers(0, subwords.size - 1), max_size=20), st.lists(st.text(max_size=5), max_size=5))
    def check(ids: list[int], tokens: list[str]) -> None:
        subwords.decode(ids).encode("utf-8")
        subwords.decode(tokens).encode("utf-8")

    check()


def test_folders_and_files_without_a_tokenizer(tiny_vectors: dict[str, Path], tmp_path: Path) -> None:
    for model, task in ((str(tiny_vectors["float32"]), "vectors"), ("ner-en", "tag"), ("genes-dna", "tag")):
        with pytest.raises(
            ModelError, match=f"is a model for {task}, not for subwords; models for subwords: .*sentiment-en"
        ):
            open_subwords(model)
    (tmp_path / "no.model").write_bytes(b"garbage")
    with pytest.raises(ModelError, match=r"no\.model: is not a sentencepiece model"):
        open_subwords(str(tmp_path / "no.model"))
    with pytest.raises(ModelError, match="no such model folder"):
        open_subwords(str(tmp_path / "nothing"))


@pytest.mark.parametrize("change", ['escape = "yes"', 'kind = "words"', "file = 3"])
def test_a_damaged_table(tokenizers: dict[str, Path], tmp_path: Path, change: str) -> None:
    import hashlib
    import re
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(tokenizers["unigram"], folder)
    body = (folder / "model.toml").read_text(encoding="utf-8").split("\n", 1)[1]
    key = change.split(" ")[0]
    body = re.sub(rf"^{key} = .*$", change, body, flags=re.M)
    checksum = hashlib.sha256(body.encode()).hexdigest()
    (folder / "model.toml").write_text(f'checksum = "{checksum}"\n{body}', encoding="utf-8")
    with pytest.raises(ModelError, match="not for subwords" if key == "kind" else r"model\.toml"):
        open_subwords(str(folder))

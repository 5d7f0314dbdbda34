"""Texts to tokens, as ``seqtool tokenize`` cuts them: by rules, or into the subwords of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from seqtool.answers import Answer, Engine
from seqtool.errors import OptionError, nearest
from seqtool.settings import MOST_SEED, checked

if TYPE_CHECKING:
    from seqtool.modelfolder.manifest import ModelFolder
    from seqtool.tokenization.subwords import Sampler, Subwords

KINDS = ("words", "sentences", "characters", "subwords")
DEFAULT_ALPHA = 0.1
# These options are about subwords, and ask for them where --kind does not.
OF_SUBWORDS = ("model", "decode", "ids", "n_best", "sample", "alpha", "seed")
# Pairs that do not go together.
APART = (
    ("decode", "each"), ("decode", "offsets"), ("decode", "ids"), ("decode", "n_best"), ("decode", "sample"),
    ("each", "offsets"), ("each", "ids"), ("each", "n_best"), ("each", "sample"),
    ("n_best", "sample"), ("offsets", "n_best"), ("offsets", "sample"),
)  # fmt: skip

Spans = Callable[[str], Iterator[tuple[int, int]]]


@dataclass(frozen=True)
class TokenizeAsked:
    """What ``seqtool tokenize`` can be asked.

    ``offsets``: by default of all kinds but subwords.  ``ids`` come in the place of tokens.  ``n_best``
    and ``sample``: so many other ways to cut, the likeliest or drawn by chance (``alpha``, ``seed``).
    """

    kind: str = checked("subwords", choices=("words", "sentences", "characters", "subwords"))
    offsets: bool | None = None
    ids: bool = False
    n_best: int | None = checked(None, above=0, at_most=512)
    sample: int | None = checked(None, above=0, at_most=1 << 20)
    alpha: float | None = checked(None)
    seed: int | None = checked(None, at_most=MOST_SEED)


def check_together(kind: str, given: set[str]) -> None:
    """See that the options which are given go together.

    :raises OptionError: some do not.
    """

    def named(name: str) -> str:
        return "-m" if name == "model" else f"--{name.replace('_', '-')}"

    for name in OF_SUBWORDS:
        if name in given and kind != "subwords":
            raise OptionError(f"{named(name)} is about subwords; leave out --kind {kind}, or {named(name)}")
    for one, other in APART:
        if {one, other} <= given:
            raise OptionError(f"{named(one)} and {named(other)} do not go together; leave one of them out")
    for name in ("alpha", "seed"):
        if name in given and "sample" not in given:
            raise OptionError(f"{named(name)} is about chance; add --sample N")


def spans_of(kind: str) -> Spans:
    """The rules of a kind: (start, end) of each token of a text."""
    if kind == "words":
        from seqtool.tokenization.words import spans
    elif kind == "sentences":
        from seqtool.tokenization.sentences import spans
    else:
        from seqtool.tokenization.characters import spans

        # Those of a blank text are none: its answer is empty, as every command's.
        return lambda text: iter(()) if text.isspace() else spans(text)
    return spans


class Tokenizer(Engine[TokenizeAsked]):
    """Cuts texts; without ``subwords`` by rules alone.

    Items are texts; where chance plays a part, pairs of the text's index in the input and the text.
    """

    Asked = TokenizeAsked

    def __init__(self, subwords: Subwords | None = None, *, threads: int = 1, batch_size: int = 256) -> None:
        self.subwords = subwords
        self._threads = threads
        self._batch_size = batch_size
        self._samplers: dict[float, Sampler] = {}

    def check(self, asked: TokenizeAsked) -> TokenizeAsked:
        """What is asked, with its defaults; without a seed chance draws one."""
        if asked.kind not in KINDS:
            raise OptionError(f"--kind {asked.kind}: {nearest(asked.kind, KINDS)}")
        given = {item.name for item in fields(asked) if getattr(asked, item.name) not in (None, False)}
        check_together(asked.kind, given)
        for name, number in (("n-best", asked.n_best), ("sample", asked.sample)):
            if number is not None and number < 1:
                raise OptionError(f"--{name} {number}: is not above 0")
        offsets = asked.kind != "subwords" if asked.offsets is None else asked.offsets
        asked = replace(asked, offsets=offsets)
        if asked.n_best:
            self._model.check_answers()
        if not asked.sample:
            return asked
        import secrets

        alpha = DEFAULT_ALPHA if asked.alpha is None else asked.alpha
        if alpha not in self._samplers:
            self._samplers[alpha] = self._model.sampler(alpha)
        return replace(asked, alpha=alpha, seed=secrets.randbits(63) if asked.seed is None else asked.seed)

    def fields(self, asked: TokenizeAsked) -> list[str]:
        more = [
            name for name, wanted in (("offsets", asked.offsets), ("answers", asked.n_best or asked.sample)) if wanted
        ]
        return ["ids" if asked.ids else "tokens", *more]

    def items(self, texts: Sequence[str], first: int, asked: TokenizeAsked) -> Sequence[Any]:
        return list(enumerate(texts, first)) if asked.sample else texts

    def answers(self, items: Sequence[Any], asked: TokenizeAsked) -> list[Answer]:
        if asked.kind != "subwords":
            return self._by_rules(items, asked)
        if asked.sample:
            return [self._sampled(index, text, asked) for index, text in items]
        if asked.n_best:
            return [self._best(text, asked) for text in items]
        batches = (items[start : start + self._batch_size] for start in range(0, len(items), self._batch_size))
        return [answer for texts in batches for answer in self._batch(texts, asked)]

    def decode(self, tokens: Sequence[str] | Sequence[int]) -> str:
        """The text of pieces or of ids.

        :raises BadRecord: kind type, when an id is none of the model's.
        """
        return self._model.decode(tokens)

    @property
    def _model(self) -> Subwords:
        if self.subwords is None:
            raise OptionError("--kind subwords needs a model that has some")
        return self.subwords

    # -- how the fields of an answer are written, which the command does in a quicker way ------

    def _strings(self, tokens: list[str]) -> Any:
        return tokens

    def _integers(self, ids: list[int]) -> Any:
        return ids

    def _offsets(self, spans: list[tuple[int, int]]) -> Any:
        return [list(span) for span in spans]

    def _pieces(self, ids: list[int]) -> Any:
        return list(map(self._model.piece, ids))

    # -- answers -------------------------------------------------------------------------------

    def _by_rules(self, texts: Sequence[str], asked: TokenizeAsked) -> list[Answer]:
        spans = spans_of(asked.kind)
        answers: list[Answer] = []
        for text in texts:
            found = list(spans(text))
            answer = {"tokens": self._strings([text[start:end] for start, end in found])}
            answers.append({**answer, "offsets": self._offsets(found)} if asked.offsets else answer)
        return answers

    def _batch(self, texts: Sequence[str], asked: TokenizeAsked) -> list[Answer]:
        model = self._model
        if not asked.offsets:
            found = model.ids(texts, self._threads)
            return [self._answer(ids, asked, partial(self._cut, text)) for text, ids in zip(texts, found)]
        answers = []
        for ids, pieces, offsets in model.mapped(texts, self._threads):
            named = {"ids": self._integers(ids)} if asked.ids else {"tokens": self._strings(pieces)}
            answers.append({**named, "offsets": self._offsets(offsets)})
        return answers

    def _answer(self, ids: list[int], asked: TokenizeAsked, pieces: Callable[[], list[str]]) -> Answer:
        """One way to cut a text: its ids, or its tokens."""
        if asked.ids:
            return {"ids": self._integers(ids)}
        if self._model.has_unknown(ids):  # its token is what stands in the text
            return {"tokens": self._strings(pieces())}
        return {"tokens": self._pieces(ids)}

    def _cut(self, text: str) -> list[str]:
        return self._model.pieces([text])[0]

    def _best(self, text: str, asked: TokenizeAsked) -> Answer:
        number = asked.n_best or 1

        def pieces(index: int) -> list[str]:
            return self._model.n_best(text, number, str)[index]

        found = self._model.n_best(text, number, int)
        answers = [self._answer(ids, asked, partial(pieces, index)) for index, ids in enumerate(found)]
        return {**answers[0], "answers": answers}

    def _sampled(self, index: int, text: str, asked: TokenizeAsked) -> Answer:
        # A record's stream depends on the seed, its index and the sample's alone.
        streams = [f"{asked.seed} {index} {sample}" for sample in range(asked.sample or 0)]
        drawn = self._samplers[asked.alpha or 0.0].sample(text, streams)
        answers = [self._answer(ids, asked, partial(list, pieces)) for ids, pieces in drawn]
        return {**answers[0], "answers": answers}


def open_tokenizer(folder: ModelFolder, *, threads: int = 1, batch_size: int = 256) -> Tokenizer:
    """The tokenizer of a model that has one."""
    from seqtool.tokenization.subwords import subwords_of

    return Tokenizer(subwords_of(folder), threads=threads, batch_size=batch_size)

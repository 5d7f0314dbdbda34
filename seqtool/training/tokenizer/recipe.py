"""The recipe of a tokenizer: what a training can be told, as the TOML tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from seqtool.training.data.corpus import CorpusSettings
from seqtool.training.recipe import TokenizerSettings


def _exact_settings() -> TokenizerSettings:
    return TokenizerSettings(lower=False)


@dataclass(frozen=True)
class TokenizerRecipe:
    """The training of a tokenizer."""

    task: str = "tokenizer"
    name: str = ""
    version: str = "1"
    description: str = ""
    licence: str = "not stated"
    languages: tuple[str, ...] = ()
    seed: int = 1
    corpus: tuple[CorpusSettings, ...] = ()
    tokenizer: TokenizerSettings = field(default_factory=_exact_settings)

    def to_table(self) -> dict[str, Any]:
        """The recipe as a TOML document."""
        return {**asdict(self), "languages": list(self.languages)}

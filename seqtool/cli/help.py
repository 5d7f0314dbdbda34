"""Help pages: a sentence, examples that run, then the options in groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class GroupedOption(click.Option):
    """An option that knows under which heading its command's page lists it."""

    def __init__(self, *arguments: Any, group: str = "Options", **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.group = group


def option(*names: str, group: str = "Options", **settings: Any) -> Callable[[Function], Function]:
    """click.option with the heading of its group."""
    return click.option(*names, cls=GroupedOption, group=group, **settings)


class _Page(click.Command):
    """The page itself, for commands and for groups of them."""

    def __init__(self, *arguments: Any, examples: list[str] | None = None, **settings: Any) -> None:
        settings.setdefault("context_settings", SETTINGS)
        super().__init__(*arguments, **settings)
        self.examples = examples or []

    def format_help_text(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_help_text(context, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{example}\n")

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(context):
            line = None if isinstance(parameter, click.Argument) else parameter.get_help_record(context)
            if line is not None:
                groups.setdefault(getattr(parameter, "group", "Other"), []).append(line)
        for title, lines in groups.items():
            with formatter.section(title):
                formatter.write_dl(lines)


class HelpfulCommand(_Page):
    """A subcommand with examples and grouped options."""


class HelpfulGroup(_Page, click.Group):
    """A group of subcommands with examples."""

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(context, formatter)
        self.format_commands(context, formatter)

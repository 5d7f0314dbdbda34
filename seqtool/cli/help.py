"""Help pages: a sentence, examples that run, then the options in groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from seqtool.errors import nearest
from seqtool.tasks import load_object

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


class LazyGroup(HelpfulGroup):
    """A group whose commands are imported when they run; its list needs none of them.

    ``table``: (``module:name``, one line of help) by command; a test holds the line against the command's own.
    """

    def __init__(self, *arguments: Any, table: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.table = table

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.table:
            return None
        command = load_object(self.table[name][0])
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.table:
            raise click.UsageError(f"no command {args[0]!r}; {nearest(args[0], self.table)}", context)
        return super().resolve_command(context, args)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.table.items()])

"""Settings: dataclasses that are TOML tables, every check written on the field that it checks.

A field made by :func:`checked` says which values it takes, and how the command line asks for it.
:func:`from_table` refuses a wrong value, type or key before anything else happens, and names the
nearest right one; ``check()`` of a dataclass, where it has one, is for two fields together.
"""

from __future__ import annotations

import math
import types
from dataclasses import MISSING, Field, asdict, field, fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from seqtool.errors import OptionError, nearest

Settings = TypeVar("Settings")

MOST_SEED = 2**63 - 1
TYPES = {str: "a string", int: "a whole number", float: "a number", bool: "true or false", type(None): "nothing"}


def checked(
    default: Any = MISSING,
    *,
    choices: tuple[Any, ...] = (),
    share: bool = False,
    above: float | None = None,
    at_least: float = 0,
    at_most: float = math.inf,
    filled: bool = False,
    flag: str = "",
    metavar: str = "",
    help: str = "",
) -> Any:
    """A field of settings and the values that it takes; of a tuple, each item's.

    ``share``: from 0 to below 1; ``above``: the value is larger; ``filled``: a list has an item.
    ``flag``, ``metavar`` and ``help`` are the command-line option of the field.
    """
    said = {"choices": choices, "share": share, "above": above, "at_least": at_least, "at_most": at_most,
            "filled": filled, "flag": flag, "metavar": metavar, "help": help}  # fmt: skip
    return field(default=default, metadata=said)


def plain(value: Any) -> Any:
    """Lists and tables alone, as TOML has them."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def to_table(settings: Any) -> dict[str, Any]:
    """Settings as a TOML table, defaults and all."""
    table: dict[str, Any] = plain(asdict(settings))
    return table


def from_table(cls: type[Settings], table: dict[str, Any], where: str = "") -> Settings:
    """Settings from a TOML table.

    :raises OptionError: an unknown key (with the nearest right ones), a wrong type or value.
    """
    hints = get_type_hints(cls)
    known = {item.name: item for item in fields(cls)}  # type: ignore[arg-type]
    values = {}
    for name, value in table.items():
        key = f"{where}.{name}" if where else name
        if name not in known:
            raise OptionError(f"{key}: no such key; {nearest(name, known)}")
        values[name] = check_value(known[name], _convert(value, hints[name], key), key)
    for name, item in known.items():
        if name not in values and item.default is MISSING and item.default_factory is MISSING:
            raise OptionError(f"{where or 'the recipe'}: the key {name!r} is missing")
    settings = cls(**values)
    check_together(settings, where)
    return settings


def check_together(settings: Any, where: str = "") -> None:
    """Settings' own check of fields that depend on each other.

    :raises OptionError: they do not go together.
    """
    if hasattr(settings, "check"):
        try:
            settings.check()
        except OptionError as error:
            raise OptionError(f"{where}.{error}" if where else str(error)) from None


def check_value(item: Field[Any], value: Any, key: str) -> Any:
    """A value that its field takes.

    :raises OptionError: it does not.
    """
    said = item.metadata
    if said.get("filled") and not value:
        raise OptionError(f"{key}: an empty list; name at least one")
    for member in value if isinstance(value, tuple) else (value,):
        choices = said.get("choices")
        if choices and member not in choices:
            listed = [str(choice) for choice in choices if choice != ""]
            raise OptionError(f"{key}: {member!r} is none of {', '.join(listed)}; {nearest(str(member), listed)}")
        if isinstance(member, (int, float)) and not isinstance(member, bool):
            _check_number(member, said, key)
    return value


def _check_number(value: float, said: Any, key: str) -> None:
    above, at_least, at_most = said.get("above"), said.get("at_least", 0), said.get("at_most", math.inf)
    if said.get("share") and not 0 <= value < 1:
        raise OptionError(f"{key}: {value} is not a share from 0 to below 1")
    if above is not None and not value > above:
        raise OptionError(f"{key}: {value} is not above {above}")
    if not value >= at_least or value == math.inf:
        raise OptionError(f"{key}: {value} is not a number from {at_least} up")
    if value > at_most:
        raise OptionError(f"{key}: {value} is above {at_most}, the most that it can be")


def _convert(value: Any, hint: Any, key: str) -> Any:
    """``value`` as the type that a field is declared with.

    :raises OptionError: it is of another type, or names unknown keys.
    """
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, dict):
            raise OptionError(f"{key}: a table is needed")
        return from_table(hint, value, key)
    origin = get_origin(hint)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise OptionError(f"{key}: a list is needed")
        item = get_args(hint)[0]
        return tuple(_convert(part, item, f"{key}[{number}]") for number, part in enumerate(value, 1))
    if origin is dict:
        if not isinstance(value, dict):
            raise OptionError(f"{key}: a table is needed")
        return {name: _convert(member, get_args(hint)[1], f"{key}.{name}") for name, member in value.items()}
    if origin in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if isinstance(value, get_origin(kind) or kind)]
        if not kinds:
            raise OptionError(f"{key}: {value!r} where {' or '.join(_named(kind) for kind in get_args(hint))} belongs")
        return _convert(value, kinds[0], key)
    if origin is list:
        if not isinstance(value, list):
            raise OptionError(f"{key}: a list is needed")
        return [_convert(part, get_args(hint)[0], f"{key}[{number}]") for number, part in enumerate(value, 1)]
    if hint is Any:
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise OptionError(f"{key}: {value!r} where {_named(hint)} belongs")
    return value


def _named(hint: Any) -> str:
    return TYPES.get(hint, "a list" if get_origin(hint) in (list, tuple) else "another type")

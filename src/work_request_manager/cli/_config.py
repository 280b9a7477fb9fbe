"""Defaults of options from the file `wrm.toml` in the current directory."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from work_request_manager._values import short_repr

CONFIG_FILE = "wrm.toml"
"""The name of the file. It is in the current directory, so paths in it are relative to itself."""

CONFIG_LIMIT = 1 << 20
"""The number of bytes that the file can have."""

JUDGING = ("types", "strict", "without", "history", "partial", "map")
"""The options on how to judge: the only ones that other commands than `wrm check` take from the file."""


def defaults_for(command: click.Command, check: click.Command) -> dict[str, Any]:
    """Return the defaults that the file gives to the options of a command, by the names of its parameters.

    Args:
        command: the command.
        check: the command `wrm check`. The file can set all of its options.

    Raises:
        UsageError: the file cannot be read, has an unknown key, or has a value of the wrong type.
    """
    given, known, options = _content(), _options_of(check), _options_of(command)
    defaults: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            raise click.UsageError(f"{CONFIG_FILE}: unknown key {short_repr(key)}; {_way_out(key, known)}")
        _require_type(known[key], key, value)
        if key in options and (command is check or key in JUDGING):
            takes_many = options[key].multiple
            defaults[str(options[key].name)] = [value] if takes_many and isinstance(value, str) else value
    return defaults


def message_of(error: click.ClickException) -> str:
    """Return the message of an error. It names the file and the key if the file gave the bad value."""
    if isinstance(error, click.BadParameter) and isinstance(error.param, click.Option) and error.ctx is not None:
        name = str(error.param.name)
        if error.ctx.get_parameter_source(name) is ParameterSource.DEFAULT_MAP:
            return f"{CONFIG_FILE}: {_key_of(error.param)}: {error.message}"
    return error.format_message()


def _content() -> dict[str, Any]:
    try:
        with Path(CONFIG_FILE).open("rb") as file:
            data = file.read(CONFIG_LIMIT + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise click.UsageError(
            f"{CONFIG_FILE} cannot be read: {error.strerror}; repair it, or run `wrm --no-config`"
        ) from None
    if len(data) > CONFIG_LIMIT:
        raise click.UsageError(f"{CONFIG_FILE} has more than {CONFIG_LIMIT >> 20} MiB; keep only options in it")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{CONFIG_FILE} is not TOML in UTF-8: {error}") from None


def _options_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options of a command by the keys that set them."""
    return {_key_of(option): option for option in command.params if isinstance(option, click.Option)}


def _key_of(option: click.Option) -> str:
    return max(option.opts, key=len).removeprefix("--")


def _way_out(key: str, known: Mapping[str, Any]) -> str:
    near = get_close_matches(key, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(known)}"


def _require_type(option: click.Option, key: str, value: object) -> None:
    texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    if option.is_flag:
        fits, wanted = isinstance(value, bool), "true or false"
    elif isinstance(option.type, click.IntRange):
        fits, wanted = isinstance(value, int) and not isinstance(value, bool), "a whole number"
    elif option.multiple:
        fits, wanted = isinstance(value, str) or texts, "text, or an array of texts"
    else:
        fits, wanted = isinstance(value, str), "text"
    if not fits:
        given = str(value).lower() if isinstance(value, bool) else short_repr(value)
        raise click.UsageError(f"{CONFIG_FILE}: {key} is {given}; it must be {wanted}")

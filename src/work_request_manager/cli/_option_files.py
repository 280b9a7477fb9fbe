"""The files that options name: activity types, a mapping, and a baseline."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from work_request_manager.errors import WireError
from work_request_manager.reports import BASELINE_LIMIT, Baseline, decode_baseline
from work_request_manager.wire import NO_TYPES, LogMapping, Types, decode_mapping, decode_types

TYPES_LIMIT = 16 << 20
"""The number of bytes that a file of activity types, or a mapping file, can have."""

T = TypeVar("T")


def types_in(path: Path | None) -> Types:
    """Read the file of `--types`. Pass None if the option is not given: there are no types then.

    Raises:
        BadParameter: the file cannot be read, is too large, or does not define activity types.
    """
    return NO_TYPES if path is None else _decoded(path, decode_types, "--types", "a file of activity types")


def mapping_in(path: Path | None) -> LogMapping | None:
    """Read the file of `--map`. Pass None if the option is not given: the log is in the library's own format then.

    Raises:
        BadParameter: the file cannot be read, is too large, or is not a mapping.
    """
    return None if path is None else _decoded(path, decode_mapping, "--map", "a mapping file")


def baseline_in(path: Path | None, new: Path | None) -> Baseline | None:
    """Read the file of `--baseline`. It need not exist yet if it is the file of `--write-baseline`, too."""
    if path is None or (path == new and not path.exists()):
        return None
    if not path.exists():
        way_out = f"write it with --write-baseline {path}"
        raise click.BadParameter(f"{path} does not exist; {way_out}", param_hint="'--baseline'")
    return _decoded(path, decode_baseline, "--baseline", "a baseline", BASELINE_LIMIT)


def _decoded(path: Path, decode: Callable[[bytes], T], option: str, wanted: str, limit: int | None = None) -> T:
    most = TYPES_LIMIT if limit is None else limit
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise click.BadParameter(
                f"{path} has more than {most >> 20} MiB; choose {wanted}", param_hint=f"'{option}'"
            )
        return decode(data)
    except (OSError, WireError) as error:
        raise click.BadParameter(f"{path}: {error}", param_hint=f"'{option}'") from None

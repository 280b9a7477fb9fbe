"""Fuzz all readers for a given time.

    PYTHONPATH=tests python -m fuzz [--minutes N] [--seed N] [--store FOLDER]

All targets take turns. At the end a table says how many inputs each has tried and how many failed. An input that fails
is stored in the folder together with its error. Before each input of a reader that is written in C, the input is stored
too, so that it is found if the process dies. The exit status is 1 if an input failed.
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from fuzz.targets import TARGETS

MAY_DIE = ("compressed logs", "Parquet")
"""The targets whose reader is written in C."""

TURN = 1.0
"""The seconds of one target before the next one has its turn."""


def fuzz(seconds: float, seed: int, store: Path) -> tuple[Counter[str], Counter[str]]:
    """Try inputs for some time. Return the numbers of inputs and of failures, by target."""
    random = Random(seed)  # noqa: S311 - test data needs no secrecy
    tried: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    store.mkdir(parents=True, exist_ok=True)
    last = store / "last"
    end = time.monotonic() + seconds
    while time.monotonic() < end or not tried:
        for name, target in TARGETS.items():
            until = time.monotonic() + min(TURN, seconds)
            while True:
                data = target.make(random)
                if name in MAY_DIE:
                    last.write_bytes(data)
                tried[name] += 1
                try:
                    target.check(data)
                except Exception:
                    failed[name] += 1
                    stem = store / f"{name.replace(' ', '-').replace(',', '')}-{seed}-{tried[name]}"
                    stem.with_suffix(".input").write_bytes(data)
                    stem.with_suffix(".error").write_text(traceback.format_exc(), encoding="utf-8")
                if time.monotonic() >= until:
                    break
    last.unlink(missing_ok=True)
    return tried, failed


def main() -> None:
    """Fuzz, and print what was tried."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0, help="the time in minutes; the default is 1")
    parser.add_argument("--seed", type=int, default=None, help="the start of the random numbers")
    parser.add_argument("--store", type=Path, default=Path("fuzz-failures"), help="the folder of inputs that fail")
    given = parser.parse_args()
    seed = time.time_ns() % 1_000_000 if given.seed is None else given.seed
    tried, failed = fuzz(given.minutes * 60, seed, given.store)
    print(f"seed {seed}, {given.minutes:g} minutes")
    for name in TARGETS:
        print(f"{name:26} {tried[name]:>9,} inputs, {failed[name]:,} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

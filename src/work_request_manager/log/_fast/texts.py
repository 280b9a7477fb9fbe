"""Texts as they are kept and compared: each once, and of long ones only a digest and the words to print."""

from hashlib import blake2b
from sys import intern
from typing import Any, NamedTuple

from work_request_manager._values import short_text

MAX_KEPT = 500
"""The characters of a text that is kept as it is."""


class LongText(NamedTuple):
    """A text that is longer than MAX_KEPT."""

    digest: bytes
    shown: str


def compact(text: str) -> Any:
    """Return a text as it is kept, so that memory does not grow with the length of texts."""
    if len(text) <= MAX_KEPT:
        return text
    return LongText(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest(), short_text(text))


def kept(text: str) -> Any:
    """Return a text as it is kept: the same object for equal texts, because most texts recur."""
    return intern(text) if len(text) <= MAX_KEPT else compact(text)


class KeptTexts(dict[str, Any]):
    """Texts as they are kept, by the texts themselves. The first of equal texts is found in one lookup."""

    def __missing__(self, text: str) -> Any:
        if len(text) > MAX_KEPT:
            return compact(text)
        if len(self) >= MAX_TEXTS:
            self.clear()
        self[text] = text
        return text


MAX_TEXTS = 1_000
"""The number of texts that are found in this way."""


def printable_text(text: Any) -> str:
    """Return the words to print for a text that was kept."""
    words: str = text.shown if type(text) is LongText else text
    return words

"""Long texts, of which only a digest and the words to print are kept."""

from hashlib import blake2b

from work_request_manager._values import short_text

MAX_KEPT = 500
"""The characters of a text that is kept as it is. A longer one is replaced by its digest and the words to print."""

_DIGEST_LENGTH = 34


def compact(text: str) -> str:
    """Return a text as it is kept and compared, so that memory does not grow with the length of texts."""
    if len(text) <= MAX_KEPT and text[:1] != "\0":
        return text
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"\0{digest}\0{short_text(text)}"


def printable_text(text: str) -> str:
    """Return the words to print for a text that was compacted."""
    return text[_DIGEST_LENGTH:] if text[:1] == "\0" else text

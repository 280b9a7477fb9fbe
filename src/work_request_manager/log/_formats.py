"""Recognise data that is not a log by its first bytes, to say so in one sentence and not in a finding for each line."""

import csv
import json
import re

_MAP = "draft a mapping, wrm map{log} > map.toml, and judge it by that: wrm check --map map.toml{log}"
_TO_CSV = "convert it to CSV, as docs/how-to/judge-other-formats.md shows, and draft a mapping with wrm map"
_UNPACK = "unpack it first"

_MAGICS = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook; unpack it, or save it as CSV and draft a mapping with wrm map",
    b"BZh": f"bzip2; {_UNPACK}: bzip2 -dc{{file}} | {{check}} -",
    b"\xfd7zXZ\0": f"xz; {_UNPACK}: xz -dc{{file}} | {{check}} -",
}

_EVENT_LINE = re.compile(rb'^\{[ \t]*".*\}[ \t\r]*$', re.MULTILINE)
_XML = re.compile(rb"<[?!A-Za-z]")
_OBJECT_IN_LINES = re.compile(rb'\{[ \t\r]*\n\s*"')
_SPACE = re.compile(r"\s*")
_ARRAY_OF_OBJECTS = re.compile(rb'\[\s*(?=\{\s*")')

DELIMITERS = ",;\t|"
"""The characters that CSV files usually have between two fields."""

_MAX_ROWS = 20


def foreign_format(start: bytes, *, is_mapped: bool = False) -> str | None:
    """Return a description of the format, and the way out, to follow "looks like". Return None for a log.

    In doubt it is a log, because a bad line must not hide good ones.

    Args:
        start: the first bytes, unpacked.
        is_mapped: whether a mapping describes the log. Then CSV and UTF-16 are not foreign.

    Returns:
        A text in which "{file}" is the place of the file for a command, after a space, or nothing for standard input.
        "{log}" is the same, but "-" for standard input. "{check}" is the command that checks the log.
    """
    for magic, described in _MAGICS.items():
        if start.startswith(magic):
            return described
    encoding = wide_encoding(start)
    if encoding is not None:
        convert = f"{encoding}, not UTF-8; convert it: iconv -f {encoding} -t UTF-8{{file}} | {{check}} -"
        return None if is_mapped else convert
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _ARRAY_OF_OBJECTS.match(text) and _is_one_array(text):
        return "a JSON array; write one event on each line: jq -c '.[]'{file} | {check} -"
    if _EVENT_LINE.search(text):
        return None
    if _OBJECT_IN_LINES.match(text):
        return "JSON over several lines; write one event on each line: jq -c .{file} | {check} -"
    if _XML.match(text):
        return f"{'XES (XML)' if b'xes.' in text or b'<log' in text else 'XML'}; {_TO_CSV}"
    return f"CSV; {_MAP}" if not is_mapped and _is_table(text) else None


def wide_encoding(start: bytes) -> str | None:
    """Return the encoding of text in which a character takes two bytes. Return None for other text."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    even, odd = start[:64:2], start[1:64:2]
    if len(start) >= 4 and not any(odd) and all(even):
        return "UTF-16LE"
    if len(start) >= 4 and not any(even) and all(odd):
        return "UTF-16BE"
    return None


def _is_one_array(text: bytes) -> bool:
    """Return whether text that begins like an array of objects is one, up to its end or to where it is cut."""
    decoder, known = json.JSONDecoder(), text.decode(errors="replace")
    place, separator = 0, ","
    while separator == ",":
        place = _SPACE.match(known, place + 1).end()  # type: ignore[union-attr]  # it matches any text
        try:
            _, place = decoder.raw_decode(known, place)
        except (ValueError, RecursionError):
            return not _EVENT_LINE.search(known[place:].encode())
        place = _SPACE.match(known, place).end()  # type: ignore[union-attr]  # as above
        separator = known[place : place + 1]
    return known[place:].rstrip() in ("]", "")


def _is_table(text: bytes) -> bool:
    """Return whether text has names of columns and rows of as many fields, in one of the usual ways."""
    lines = text.decode("latin-1").splitlines()[: _MAX_ROWS + 1]
    if not lines or lines[0][:1] in ("{", "[", ""):
        return False
    for delimiter in DELIMITERS:
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:  # a field is too long for a table that people write
            continue
        widths = {len(row) for row in (rows[:-1] if len(rows) > 2 else rows)}  # the last row may be cut
        if len(rows) >= 2 and len(widths) == 1 and widths != {1} and all(map(str.strip, rows[0])):
            return True
    return False

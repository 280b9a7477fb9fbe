"""Tests of the encodings of logs in other formats, and of files that are not tables."""

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from work_request_manager import Category
from work_request_manager.errors import UnreadableLog
from work_request_manager.log import Finding, check, draft_mapping, findings
from work_request_manager.log._mapped.encodings import detected_encoding, to_utf8
from work_request_manager.wire import LogMapping

MAPPING = LogMapping(
    request="Ticket",
    status="State",
    at="When",
    categories={"Geöffnet": Category.OPEN, "Erledigt": Category.CLOSED},
)
HEADER = "Ticket;State;When;Comment\n"
ROW = "1;Geöffnet;2026-03-01T09:00:00Z;\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a file to be written."""
    return tmp_path / "export.csv"


class TestDetection:
    """UTF-16, UTF-8 and windows-1252 are told apart by the first bytes."""

    @pytest.mark.parametrize(
        ("start", "encoding"),
        [
            (b"", "utf-8"),
            (b"Ticket;State\n", "utf-8"),
            ("Ticket;Zustand\n1;Geöffnet\n".encode(), "utf-8"),
            ("Ticket;Zustand\n1;Geöffnet".encode()[:-5], "utf-8"),
            ("Ticket;Zustand\n1;Geöffnet\n".encode("cp1252"), "cp1252"),
            ("Ticket;Zustand\n1;Gefällt\n2;ö".encode("cp1252"), "cp1252"),
            ("Ticket;Zustand\n1;Geöffnet\n".encode() + b"2;Ge\xf6ffnet\n3;Ge\xf6ffnet\n", "utf-8"),
            ("Ticket;Zustand\n1;Geöffnet\n".encode("utf-16"), "UTF-16"),
            ("Ticket;Zustand\n1;Geöffnet\n".encode("utf-16-le"), "UTF-16LE"),
            ("Ticket;Zustand\n1;Geöffnet\n".encode("utf-16-be"), "UTF-16BE"),
            (b' {"ticket": "Ge\xf6ffnet"}\n', "utf-8"),
        ],
    )
    def test_of_the_start_of_a_file(self, start: bytes, encoding: str) -> None:
        """One line in UTF-8 is enough, because text in another encoding is UTF-8 by chance only."""
        assert detected_encoding(start) == encoding

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
    def test_of_small_pieces(self, encoding: str) -> None:
        """A pipe can begin with one byte. The names of the columns are read before the decision."""
        data = (HEADER.replace("Comment", "Größe") + ROW).encode(encoding)
        pieces = (data[at : at + 1] for at in range(len(data)))
        text = b"".join(to_utf8(None)("-", pieces)).decode("utf-8-sig")
        assert text == HEADER.replace("Comment", "Größe") + ROW

    def test_of_a_long_first_line(self) -> None:
        """It is not kept longer than a line can be."""
        read = 0

        def pieces() -> Iterator[bytes]:
            nonlocal read
            while True:
                read += 1
                yield b"x" * 65_536

        next(to_utf8(None)("-", pieces()))
        assert read < 25


def test_a_file_in_windows_1252_after_its_start(path: Path) -> None:
    """Lines that are not UTF-8 are findings that say what to do. With the encoding in the mapping, all are read."""
    rows = [ROW.replace("Geöffnet", "Erledigt")] * 5_000
    path.write_bytes((HEADER + "".join(rows) + ROW).encode("cp1252"))
    (finding,) = check(path, mapping=MAPPING).findings
    assert (finding.line, finding.rule) == (5_002, "WRM501")
    assert finding.message.endswith("; set encoding in the mapping")
    (finding,) = check(path, mapping=attrs.evolve(MAPPING, encoding="cp1252")).findings
    assert (finding.line, finding.rule) == (5_002, "WRM201")


@pytest.mark.parametrize(
    ("data", "encoding", "problem"),
    [
        (b"\x81\xff\x81", "cp1252", "is not cp1252: 'charmap' codec can't decode byte 0x81"),
        (b"\x81\xff\x81", None, "is not cp1252: 'charmap' codec can't decode byte 0x81"),
        ("Ge".encode("utf-16") + b"\n", None, "is not utf-16: 'utf-16-le' codec can't decode byte 0x0a"),
        (b"\xff", "shift_jis", "is not shift_jis: 'shift_jis' codec can't decode byte 0xff"),
    ],
)
def test_a_file_that_does_not_have_its_encoding(path: Path, data: bytes, encoding: str | None, problem: str) -> None:
    """The error says where the encoding is set."""
    path.write_bytes(data)
    with pytest.raises(UnreadableLog) as raised:
        check(path, mapping=attrs.evolve(MAPPING, encoding=encoding))
    assert str(raised.value).startswith(f"{path} {problem}")
    assert str(raised.value).endswith("; set encoding in the mapping")


def test_findings_before_that_are_kept(path: Path) -> None:
    """They have been yielded already."""
    path.write_bytes((HEADER + ROW.replace("Geöffnet", "Zu") * 5_000).encode("cp1252") + b"\x81")
    found: list[Finding] = []
    with pytest.raises(UnreadableLog, match=r"is not cp1252: .* character maps to <undefined>"):
        found.extend(findings(path, mapping=attrs.evolve(MAPPING, encoding="cp1252")))
    assert len(found) > 2_000


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"PK\x03\x04\x14\0\x08", "a ZIP archive or an Excel workbook; "),
        (b"BZh91AY&SY", "bzip2; unpack it first: bzip2 -dc {path} {check}"),
        (b'[{"Ticket": 1},\n{"Ticket": 2}]', "a JSON array; write one event on each line: jq -c '.[]' {path} {check}"),
        (b'{\n  "Ticket": 1\n}\n{\n', "JSON over several lines; write one event on each line: jq -c . {path} {check}"),
        (b'<?xml version="1.0"?>\n<log xes.version="1.0">', "XES (XML); convert it to CSV"),
    ],
)
def test_a_file_that_is_not_a_table(path: Path, data: bytes, problem: str) -> None:
    """The error says what it is, and what to do. So does the one of a draft."""
    path.write_bytes(data)
    for use in (lambda: check(path, mapping=MAPPING), lambda: draft_mapping(path)):
        with pytest.raises(UnreadableLog) as raised:
            use()
        expected = problem.format(path=path, check="| wrm check --map FILE -")
        assert str(raised.value).startswith(f"{path} looks like {expected}")


def test_a_table_is_never_taken_for_another_format(path: Path) -> None:
    """Without a mapping a CSV file is foreign, and so is UTF-16."""
    for encoding in ("utf-8", "utf-16"):
        path.write_text(HEADER + ROW * 3, encoding=encoding)
        assert check(path, mapping=MAPPING).findings == ()
        with pytest.raises(UnreadableLog, match="looks like "):
            check(path)


def test_an_empty_file_has_no_rows(path: Path) -> None:
    """In any encoding."""
    path.write_bytes(b"")
    for encoding in (None, "utf-16", "cp1252"):
        report = check(path, mapping=attrs.evolve(MAPPING, encoding=encoding))
        assert (report.findings, report.counts.lines) == ((), 0)

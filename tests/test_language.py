"""Plain English everywhere: in code, tests, docs, help texts and messages.

CONTRIBUTING has the rules of style. This module lists the phrases that readers stumbled over, and the names that were
given up.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RULEBOOK = ROOT / "docs" / "reference" / "rulebook.md"

TEXTS = sorted(
    path
    for pattern in ("*.md", "pyproject.toml", "src/**/*.py", "tests/**/*.py", "docs/**/*.py", "docs/**/*.md", ".ci/*")
    for path in ROOT.glob(pattern)
    if path != Path(__file__)
)

every_text = pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))

SAME_NAME = r"\b(Open|Active|PracticalCompletion|InReview|Closed) \(\1\)"

PHRASES = {
    # phrase: what to write
    r"on whose word": "how well the sources support it",
    r"comes? to\b": "the result of",
    r"\btold\b(?! apart)": "name the actor: report, print, name, recognise",
    r"\bis told by\b": "name the actor",
    r"\b(?:goes|go|going|gone|went) by\b": "use",
    r"\bstands\b": "is",
    r"\ball the same\b": "nevertheless, or nothing",
    r"\bas ever\b": "as before",
    r"\banew\b": "again",
    r"\bbut for\b": "except",
    r"\b(?:no|nothing) (?:\w+ )?but\b": "only",
    r"\bmay be but\b|\bare but\b|\bis but\b": "only",
    r"\bbeside\b": "next to, or besides in another sentence",
    r"\bof (?:its|their) own\b": "own, separate, or nothing",
    r"\bwhatever (?:it|they) (?:is|are)\b": "any",
    r"\bwhoever\b": "name the actor",
    r"\bNone where\b": "Pass None if ..., or Returns None if ...",
    r"\bwhere there (?:is|are) (?:none|no)\b": "if it does not exist",
    r"\b(?:that|which|what) (?:is|are) no (?!longer|more|less)\w+": "that is not a ...",
    r"\b(?:Return|Yield)s? (?:what|who|whatever)\b": "begin with a noun",
    r'"""(?:What|Who|Whatever)\b': "begin with a verb or a noun",
    r"\botherwise than\b": "differently from",
    r"\bsees? to it\b": "make sure",
    r"\bfor good\b": "permanently",
    r"\bby and by\b": "gradually",
    r"\bto speak of\b": "much",
    r"\bnot untouched\b": "touched",
    r"\bnone that refuse": "no rule that refuses",
    r"\bwas taken before\b": "duplicate",
    r"\bis to go straight\b": "would move",
    r"\bcould not do its work\b": "failed",
    r"\bcounts stay true\b": "counts include all of them",
    r"\bno more findings\b": "at most N findings",
    SAME_NAME: "do not print a state that equals its category",
}
"""Phrases to avoid, as regular expressions, and what to write."""

NAMES = {
    "Standing": "SenderRelation",
    "Settled": "Step, or Transition",
    "Verdict": "Judgement",
    "Possibility": "Candidate",
    "place_of": "cell_ref",
    "move_of": "move_made",
    "SENT_BY": "EventKind.senders",
    "is_left_to": "EventKind.may_send",
    "PARTY_RULES": "SENDER_RULES",
    "SUPPLIERS_SECTIONS": "EventKind.supplier_sections",
    "Followed": "TrackedRequest",
    "UNSURE": "NEEDS_FULL_DECODE",
    "shortest_way": "shortest_path",
    "go_on": "extend",
    "Alike": "Variant",
    "of_type": "instance_of",
    "ids_are_new": "has_new_ids",
    "open_ones_untouched": "all_open_untouched",
}
"""Names that were given up, and the names to use."""

FOREIGN = {
    r"\.\./shared": "a folder outside the repository",
    r"house[- ]style": "a page outside the repository",
    r"\binterface(?:\.md|, section)": "a page outside the repository",
    r"\bissue #?\d+\b": "an issue",
    r"/work/|/tmp/(?!pytest)": "a path of one machine",
}
"""Citations of anything that a reader of the repository cannot see."""

ALLOWED = {
    ("CHANGELOG.md", SAME_NAME): "it says that messages no longer print this",
}
"""Exceptions: a text and a phrase, and the reason."""


def flat(text: str) -> str:
    """Return a text with sentences on one line: without line ends, comment signs and the quotes between literals."""
    text = re.sub(r"[\"']\s*\n\s*(?:[rbf]{0,2}[\"'](?![\"']))", "", text)
    text = re.sub(r"\n\s*(?:#:?|\||>|-|\*)?\s*", " ", text)
    return re.sub(r"\s+", " ", text)


def found(text: str, patterns: dict[str, str], path: Path, *, flags: re.RegexFlag) -> list[str]:
    """Return a line for each place where a pattern matches, except for the allowed ones."""
    name = str(path.relative_to(ROOT))
    return [
        f"...{text[max(0, match.start() - 40) : match.end() + 40]}... ({advice})"
        for pattern, advice in patterns.items()
        if (name, pattern) not in ALLOWED
        for match in re.finditer(pattern, text, flags)
    ]


@every_text
def test_texts_avoid_phrases_that_readers_stumble_over(path: Path) -> None:
    """No text has a phrase of the old dialect."""
    assert found(flat(path.read_text(encoding="utf-8")), PHRASES, path, flags=re.IGNORECASE) == []


@every_text
def test_one_thing_has_one_name(path: Path) -> None:
    """No text uses a name that was given up."""
    words = {rf"\b{name}\b": f"now {better}" for name, better in NAMES.items()}
    assert found(path.read_text(encoding="utf-8"), words, path, flags=re.NOFLAG) == []


@every_text
def test_texts_cite_only_the_repository(path: Path) -> None:
    """A reader of the repository can look up every citation."""
    text = path.read_text(encoding="utf-8")
    assert found(flat(text), FOREIGN, path, flags=re.IGNORECASE) == []
    sections = re.findall(r"^## (\d)\. ", RULEBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    cited = re.findall(r"rulebook, sections? (\d)(?:(?: and | to |, )(\d))?", flat(text))
    assert {section for pair in cited for section in pair if section} <= set(sections)
    pages = re.findall(r"\bdocs/[\w/-]+\.(?:md|py)\b", text)
    assert [page for page in pages if not (ROOT / page).exists()] == []


def test_every_exception_is_needed() -> None:
    """Each allowed phrase occurs in its text."""
    unused = [
        (name, pattern)
        for name, pattern in ALLOWED
        if not re.search(pattern, flat((ROOT / name).read_text(encoding="utf-8")), re.IGNORECASE)
    ]
    assert unused == []

"""Tests of `reports.explanations`: every rule has a reason, a way out, and examples that the library has answered."""

import re
from pathlib import Path

import pytest

from work_request_manager import DEFAULT_RULEBOOK, Answer, Basis, Refused, decide
from work_request_manager.log import LOG_RULES, LogRule, check
from work_request_manager.reports import ALL_RULES
from work_request_manager.reports._advice import ADVICE
from work_request_manager.reports._examples import EXAMPLES, LOG_EXAMPLES, Example
from work_request_manager.reports.diagrams import squares_naming
from work_request_manager.reports.explanations import (
    SOURCES,
    Explanation,
    Paragraph,
    Section,
    explanation_of,
    rules_citing,
)
from work_request_manager.rules import NO_SOURCE, RULES, Rule

DOCS = Path(__file__).parents[2] / "docs"

every_rule = pytest.mark.parametrize("rule", ALL_RULES.values(), ids=ALL_RULES)
every_rule_on_events = pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
every_log_rule = pytest.mark.parametrize("rule", LOG_RULES, ids=[rule.id for rule in LOG_RULES])


def sections(rule: Rule | LogRule) -> dict[str, list[str]]:
    """Return the paragraphs of the sections of an explanation, by their headings."""
    return {heading: [*map(str, paragraphs)] for heading, paragraphs in explanation_of(rule).sections}


def broken(example: Example) -> list[str]:
    """Return the ids of the rules that an example breaks."""
    decision = decide(example.work_request, example.event)
    refusing = decision.violations if isinstance(decision, Refused) else ()
    return [violation.rule.id for violation in (*refusing, *decision.warnings)]


def test_every_rule_has_an_explanation() -> None:
    """A new rule needs advice and examples."""
    assert [*ADVICE] == [*ALL_RULES]
    assert [*EXAMPLES] == [rule.id for rule in RULES]
    assert [*LOG_EXAMPLES] == [rule.id for rule in LOG_RULES]


@every_rule
def test_an_explanation_has_all_its_parts(rule: Rule | LogRule) -> None:
    """They are in the order in which a reader asks."""
    first, *others = sections(rule)
    graphs = ["In the graphs"] if squares_naming(rule.id) else []
    assert others == ["Why", "An example that breaks it", "An example that keeps it", "Instead", "Options", *graphs]
    assert sections(rule)[first] == [rule.statement]
    assert sections(rule).get("In the graphs", []) == squares_naming(rule.id)
    if isinstance(rule, LogRule):
        assert first == "Reports"
    else:
        assert first == ("Warns about" if rule.basis is Basis.ASSUMED else "Refuses")


# The reason


@every_rule_on_events
def test_a_rule_quotes_its_sources(rule: Rule) -> None:
    """It has its basis, each source that it cites in our own words, and a reason unless a source states the rule."""
    basis, *reasons = sections(rule)["Why"]
    assert basis.lower() == f"{rule.basis.meaning.lower()} ({rule.basis})."
    names = re.findall(r"^(\S+ \S+), in our own words: (.+)$", "\n".join(reasons), re.MULTILINE)
    cited = [f"FAQ {number}" for number in re.findall(r"\d", rule.source)]
    assert [name for name, _ in names] == (["Public facts"] if rule.source == "public facts" else cited)
    for name, text in names:
        source = SOURCES[name if name in SOURCES else name.lower()]
        assert text == f"{source.title} {source.text}"
    own = reasons[len(names) :]
    assert own == ([ADVICE[rule.id].reason] if ADVICE[rule.id].reason else [])
    assert own or rule.basis is Basis.STATED


@every_log_rule
def test_a_log_rule_has_a_reason(rule: LogRule) -> None:
    """It needs no source."""
    assert sections(rule)["Why"] == [ADVICE[rule.id].reason]
    assert ADVICE[rule.id].reason


def test_sources_know_the_rules_that_cite_them() -> None:
    """Together they name every rule with a source. One answer of the FAQ is about no rule."""
    assert [rule.id for rule in rules_citing("FAQ 1")] == ["WRM101", "WRM102"]
    assert [rule.id for rule in rules_citing("FAQ 2")] == []
    assert [rule.id for rule in rules_citing("FAQ 4")] == ["WRM106", "WRM203", "WRM204", "WRM208", "WRM305"]
    assert [rule.id for rule in rules_citing("public facts")] == ["WRM304", "WRM405"]
    assert {rule for name in SOURCES for rule in rules_citing(name)} == {
        rule for rule in RULES if rule.source != NO_SOURCE
    }


# Examples


@every_rule_on_events
def test_examples_break_and_keep_their_rule(rule: Rule) -> None:
    """One breaks it, and no other rule unless the two come together. The other one is consumed without a warning."""
    breaking, keeping = EXAMPLES[rule.id]
    assert broken(breaking) == (["WRM201", "WRM205"] if rule.id == "WRM205" else [rule.id])
    assert broken(keeping) == []
    assert decide(keeping.work_request, keeping.event).answer is Answer.CONSUMED
    assert type(breaking.event) is type(keeping.event)
    assert (breaking.work_request, breaking.event) != (keeping.work_request, keeping.event)


@every_rule_on_events
def test_the_answers_are_those_of_the_library(rule: Rule) -> None:
    """They give the reasons of the violations."""
    breaking, _ = EXAMPLES[rule.id]
    decision = decide(breaking.work_request, breaking.event)
    refused = decision.violations if isinstance(decision, Refused) else ()
    expected = [f"Answer: Refused by {each.rule.id}: {each.reason}" for each in refused]
    expected += [f"Answer: Consumed, with warning {each.rule.id}: {each.reason}" for each in decision.warnings]
    shown = sections(rule)
    assert [line for line in shown["An example that breaks it"] if line.startswith("Answer")] == expected
    assert [line for line in shown["An example that keeps it"] if line.startswith("Answer")] == ["Answer: Consumed"]


@pytest.mark.parametrize(
    ("rule", "number", "before", "event"),
    [
        ("WRM203", 1, "WR-1 of requestor rsp-one is sent to supplier northline; A-1 is Open, of type SITE_VISIT, which"
         " suppliers may cancel", "WorkSupplier northline asks to cancel activity A-1 (CancelTaskActivityEvent)"),
        ("WRM105", 1, "WR-1 of requestor rsp-one is rejected by supplier northline for SiteIssue; A-1 is Open, of type"
         " FIBRE_CONNECT", "Chorus asks to reallocate work request WR-1 to northline (ReallocateTaskEvent)"),
        ("WRM406", 0, "WR-1 of requestor rsp-one is sent to supplier northline; A-1 is Open, of type FIBRE_CONNECT,"
         " with Scheduled (Open) and OnSite (Active)",
         "WorkSupplier northline asks to move activity A-1 to Active (Onsite) (UpdateTaskActivityStatusEvent)"),
        ("WRM404", 1, "there is no work request WR-1", "WorkRequestor rsp-one asks to create work request WR-1"
         " (CreateTaskEvent); A-1 is Open, of type FIBRE_CONNECT; A-2 is Open, of type FIBRE_CONNECT"),
        ("WRM405", 0, "there is no work request WR-1", "WorkRequestor rsp-one asks to create work request WR-1"
         " (CreateTaskEvent); it has no activities"),
    ],
)  # fmt: skip
def test_an_example_shows_all_that_matters(rule: str, number: int, before: str, event: str) -> None:
    """It has the work request before the event, the event, and the details on which the answer depends."""
    heading = ("An example that breaks it", "An example that keeps it")[number]
    shown = sections(ALL_RULES[rule])[heading]
    assert shown[:2] == [f"Before: {before}", f"Event: {event}"]


@every_log_rule
def test_lines_break_and_keep_their_rule(rule: LogRule) -> None:
    """One log has one finding, and the other one has none."""
    breaking, keeping = LOG_EXAMPLES[rule.id]
    (finding,) = check(breaking, partial=True).findings
    assert (finding.rule, finding.line) == (rule.id, len(breaking))
    assert check(keeping, partial=True).findings == ()
    shown = sections(rule)
    *_, report = shown["An example that breaks it"]
    assert report == f"Reported: {rule.level} {rule.id} in line {len(breaking)}: {finding.message}"
    assert shown["An example that keeps it"] == [
        *(f"Line {number}: {line}" for number, line in enumerate(keeping, start=1)),
        "Reported: nothing",
    ]


def test_a_very_long_line_is_cut() -> None:
    """Others are shown as they are."""
    first, _ = sections(ALL_RULES["WRM505"])["An example that breaks it"]
    assert len(first) < 120
    assert " characters)" in first
    line, _ = sections(ALL_RULES["WRM502"])["An example that breaks it"]
    assert line == f"Line 1: {LOG_EXAMPLES['WRM502'][0][0]}"


# Advice


@every_rule
def test_the_options_are_those_that_work(rule: Rule | LogRule) -> None:
    """Only assumed rules can be dropped, and a strict rulebook changes only these. Each can be left out of a report."""
    (options,) = sections(rule)["Options"]
    can_be_dropped = isinstance(rule, Rule) and rule.basis is Basis.ASSUMED
    assert (f"`--without {rule.id}`" in options) is can_be_dropped
    assert ("`--strict`" in options) is can_be_dropped
    assert options.endswith(f"`wrm check --ignore {rule.id}` leaves it out of the report.")
    if isinstance(rule, LogRule):
        assert f"always reported as {'an error' if rule.level == 'error' else 'a warning'};" in options
    elif can_be_dropped:
        assert rule not in DEFAULT_RULEBOOK.without(rule.id).rules
        assert options.startswith("It warns by default.")
    else:
        assert options.startswith("It always refuses;")


@every_rule
def test_advice_is_in_sentences(rule: Rule | LogRule) -> None:
    """Each begins with a capital letter and ends with a full stop. The sentences are short."""
    for text in filter(None, ADVICE[rule.id]):
        assert text[0].isupper()
        assert text.endswith(".")
        assert max(len(sentence.split()) for sentence in re.split(r"[.:] ", text)) <= 26


# Formats

EXPLAINED = Explanation(
    ALL_RULES["WRM501"],
    [
        Section("Refuses", [Paragraph("One two three four.")]),
        Section("Why", [Paragraph("Five six seven eight."), Paragraph("nine ten eleven", "FAQ 1")]),
        Section("Lines", [Paragraph('{"a": "b"}', "Line 1", is_code=True), Paragraph("{}", is_code=True)]),
    ],
)


def test_text_is_wrapped_and_indented() -> None:
    """Lines that go on behind a label are indented more. Words are not cut."""
    assert EXPLAINED.as_text(16).splitlines() == [
        "WRM501 not-json",
        "",
        "Refuses",
        "  One two three",
        "  four.",
        "",
        "Why",
        "  Five six seven",
        "  eight.",
        "  FAQ 1: nine",
        "    ten eleven",
        "",
        "Lines",
        '  Line 1: {"a":',
        '    "b"}',
        "  {}",
    ]


def test_headings_are_painted() -> None:
    """The id has the colour of rules, and the name and the headings that of headings."""
    text = EXPLAINED.as_text(80, lambda part, words: f"<{part} {words}>")
    assert re.findall("<.*?>", text) == [
        "<rule WRM501>", "<heading not-json>", "<heading Refuses>", "<heading Why>", "<heading Lines>"
    ]  # fmt: skip


def test_markdown_has_an_anchor_and_lists() -> None:
    """The heading is only the id, which makes the anchor. A single paragraph follows the name of its section."""
    assert EXPLAINED.as_markdown().splitlines() == [
        "### WRM501",
        "",
        "`not-json`",
        "",
        "**Refuses.** One two three four.",
        "",
        "**Why.**",
        "",
        "- Five six seven eight.",
        "- FAQ 1: nine ten eleven",
        "",
        "**Lines.**",
        "",
        '- Line 1: `{"a": "b"}`',
        "- `{}`",
    ]


@every_rule
def test_the_docs_have_the_explanation(rule: Rule | LogRule) -> None:
    """The page on the rules has a section for each."""
    page = (DOCS / "reference" / "rules.md").read_text(encoding="utf-8")
    page = re.sub(r"- \[(.+?)\]\(\S+/sources\.md#\S+\), in our own words", r"- \1, in our own words", page)
    assert f"\n{explanation_of(rule).as_markdown()}\n" in page


@pytest.mark.parametrize("name", SOURCES)
def test_the_docs_have_the_source(name: str) -> None:
    """The page on the sources has its title and its text."""
    page = " ".join((DOCS / "explanation" / "sources.md").read_text(encoding="utf-8").split())
    source = SOURCES[name]
    assert f"## {name[0].upper()}{name[1:]}: {source.title} {source.text} Rules:" in page


@every_rule
def test_an_explanation_fits_a_terminal(rule: Rule | LogRule) -> None:
    """No line is longer than 80 characters, and every word is there."""
    text = explanation_of(rule).as_text(80)
    assert max(map(len, text.splitlines())) <= 80
    words = " ".join(text.split())
    for heading, paragraphs in sections(rule).items():
        assert heading in words
        assert all(" ".join(paragraph.split()) in words for paragraph in paragraphs)

"""The report in JUnit XML, for continuous integration: one test case for each rule."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from xml.etree.ElementTree import Element, indent, tostring

from work_request_manager._values import MAX_ITEMS, short_list
from work_request_manager.log import Level, LogRule
from work_request_manager.reports._json import totals_in_json
from work_request_manager.reports._rules import ALL_RULES
from work_request_manager.reports._run import Run
from work_request_manager.reports._text import counted, finding_line, printable
from work_request_manager.rules import Rule

MAX_LINES = 100
"""The number of findings that a test case lists at most."""

_Lines = Mapping[tuple[str, Level], list[str]]


def junit(run: Run) -> Iterator[str]:
    """Yield the report as one test suite, in one piece. See `Format`."""
    lines: dict[tuple[str, Level], list[str]] = defaultdict(list)
    for finding in run:
        listed = lines[finding.rule, finding.level]
        if len(listed) < MAX_LINES:
            listed.append(finding_line(finding))
    logs = _logs(run.names)
    cases = [_case(logs, f"{rule.id} {rule.name}", *_outcomes(rule, run, lines)) for rule in ALL_RULES.values()]
    for index, why in run.problems.items():
        # With the position, because a log that is given twice needs two names.
        name = f"reading {_log(run.names[index])} ({index + 1})"
        cases.append(_case(logs, name, _element("error", message=printable(why))))
    suite = _element("testsuite", _properties(run), *cases, name="wrm check")
    suite.set("tests", str(len(cases)))
    for outcome, total in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        suite.set(total, str(len(suite.findall(f"testcase/{outcome}"))))
    report = _element("testsuites", suite)
    indent(report)
    # In ASCII, so that it is right in every encoding of the output.
    yield tostring(report, encoding="us-ascii", xml_declaration=True).decode() + "\n"


def _outcomes(rule: Rule | LogRule, run: Run, lines: _Lines) -> list[Element]:
    outcomes = []
    if rule.id in run.left_out:
        outcomes.append(_element("skipped", message="left out"))
    if errors := run.found[rule.id, Level.ERROR]:
        failure = _element("failure", type=rule.id, message=f"{counted(errors, 'error')}: {rule.statement}")
        failure.text = _listed(lines[rule.id, Level.ERROR], errors)
        outcomes.append(failure)
    if warnings := run.found[rule.id, Level.WARNING]:
        # Warnings do not fail a case, so its output lists them.
        output = _element("system-out")
        output.text = _listed(lines[rule.id, Level.WARNING], warnings)
        outcomes.append(output)
    return outcomes


def _case(logs: str, name: str, *outcomes: Element) -> Element:
    # Services recognise a case by its class and its name, also among the reports on other logs.
    return _element("testcase", *outcomes, classname=f"wrm check {logs}", name=name)


def _logs(names: Sequence[str]) -> str:
    """Return the names of logs as one text, which differs if they differ. A long list is cut and gets a digest."""
    listed = short_list(map(_log, names[:MAX_ITEMS]), len(names))
    digest = blake2b(json.dumps(names).encode(), digest_size=8).hexdigest()
    return f"{listed} ({digest})" if len(names) > MAX_ITEMS else listed


def _log(name: str) -> str:
    # Backslashes and commas are escaped, so that different names, and different lists of them, have different texts.
    return printable(name.replace("\\", r"\\").replace(",", r"\,"))


def _listed(lines: list[str], found: int) -> str:
    more = found - len(lines)
    return "\n".join([*lines, f"and {more:,} more"] if more else lines)


def _properties(run: Run) -> Element:
    totals = totals_in_json(run)
    return _element("properties", *(_element("property", name=name, value=str(totals[name])) for name in totals))


def _element(tag: str, *children: Element, **attributes: str) -> Element:
    element = Element(tag, attributes)
    element.extend(children)
    return element

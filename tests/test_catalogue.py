"""The catalogue has one complete record for each kind of event, and fits the graphs and the rules."""

import inspect
import pickle
from string import Formatter

import attrs
import pytest

from parties import CHORUS, HOLDER, MAY_CANCEL, OTHER, OWN, STRANGER, from_, request
from strategies_values import VALUES
from work_request_manager import (
    DEFAULT_RULEBOOK,
    Activity,
    Category,
    Closure,
    Event,
    Role,
    Section,
    Status,
    WorkRequest,
    decide,
    events,
)
from work_request_manager.catalogue import KINDS, SENDER_RULES, WIRE_NAMES
from work_request_manager.events import COMMON_FIELDS
from work_request_manager.facts import Facts, extract_facts
from work_request_manager.graph import ALLOCATION_GRAPH, STATUS_GRAPH, rules_of
from work_request_manager.kinds import EventKind, Target
from work_request_manager.model import SenderRelation
from work_request_manager.rules import RULES, RULES_BY_ID, Rule, rule_of
from work_request_manager.violations import FACTS

# The table of the rulebook, section 5, copied by hand: class, wire names and senders.
EVENTS = """
CreateWorkRequest CreateTaskEvent RC
AcceptWorkRequest AcceptTaskEvent S
RejectWorkRequest RejectTaskEvent S
ReallocateWorkRequest ReallocateTaskEvent C
PutOnHold PutOnHoldTaskEvent RC
Resume ResumeTaskEvent RC
CancelWorkRequest CancelTaskEvent C
RequestCancellation RequestCancelTaskEvent RC
UpdateSiteContact UpdateTaskSiteContactEvent RC
Reschedule UpdateTaskScheduleEvent RSC
UpdateDetails UpdateTaskSourceEvent RC
UpdateDetails UpdateTaskAssetsEvent RC
UpdateDetails UpdateTaskSupplementaryReferencesEvent RC
UpdateDetails UpdateTaskFileAttachmentsEvent RSC
UpdateDetails UpdateTaskAdditionalInfosEvent RSC
AddActivity AddTaskActivityEvent RC
RequestAddActivity RequestAddTaskActivityEvent RSC
UpdateActivityStatus UpdateTaskActivityStatusEvent S
UpdateActivityWorker UpdateTaskActivityWorkerEvent S
RecordOutcome UpdateTaskActivityOutcomesEvent S
CancelActivity CancelTaskActivityEvent SC
""".strip().splitlines()

LETTERS = {Role.WORK_REQUESTOR: "R", Role.WORK_SUPPLIER: "S", Role.CHORUS: "C"}


def senders(kind: EventKind, section: Section | None) -> str:
    """Return the roles that may send an event, as the rulebook writes them."""
    may = [role for role in Role if kind.sender_rule is None or kind.may_send(kind.sender_rule, role, section)]
    return "".join(LETTERS[role] for role in may)


def test_each_event_has_one_record() -> None:
    """The records are in the order of the rulebook, one for each subclass of Event."""
    assert set(KINDS) == {cls for cls in Event.__subclasses__() if cls.__module__ == events.__name__}
    assert all(kind.event is cls for cls, kind in KINDS.items())
    assert list(dict.fromkeys(line.split()[0] for line in EVENTS)) == [cls.__name__ for cls in KINDS]


def test_wire_names_and_senders_are_those_of_the_rulebook() -> None:
    """The records agree with the table of section 5, section by section of the details."""
    records = [
        f"{kind.event.__name__} {name} {senders(kind, section)}"
        for kind in KINDS.values()
        for section, name in kind.wire_names.items()
    ]
    assert records == EVENTS
    assert {name: (kind.event.__name__, kind.wire_names[section]) for name, (kind, section) in WIRE_NAMES.items()} == {
        name: (cls, name) for cls, name, _ in map(str.split, EVENTS)
    }


def own_fields(kind: EventKind) -> list[str]:
    """Return the names of the fields of a kind that not all events have."""
    return [field.name for field in attrs.fields(kind.event) if field.name not in COMMON_FIELDS]


def test_decide_judges_senders_by_the_table() -> None:
    """A sender that the table leaves out breaks the sender rule of the record, and no other sender does."""
    parties = {Role.WORK_REQUESTOR: OWN, Role.WORK_SUPPLIER: HOLDER, Role.CHORUS: CHORUS}
    work_request = request(Activity("A-1", MAY_CANCEL))
    for line in EVENTS:
        _, wire_name, may = line.split()
        kind, section = WIRE_NAMES[wire_name]
        for role, party in parties.items():
            own = {name: getattr(VALUES[wire_name], name) for name in own_fields(kind)}
            event = kind.event(**from_(party, **own))
            before = None if kind.target is Target.NEW else work_request
            facts = extract_facts(before, event)
            judgement = DEFAULT_RULEBOOK.strict().judge(facts)
            assert (kind.sender_rule in judgement.broken) is (LETTERS[role] not in may), (wire_name, role)
            assert facts.section is section


def named_rules() -> set[str]:
    """Return the ids of all rules that the graphs and the catalogue name."""
    named: set[str] = set()
    for graph in (STATUS_GRAPH, ALLOCATION_GRAPH):
        for row in graph.values():
            for cell in row.values():
                named.update(rules_of(cell))
    for kind in KINDS.values():
        named.update(kind.sender_rules, kind.rules, kind.final_rules, kind.repeat_keeps)
    return named


def test_every_rule_has_its_place_and_every_place_its_rule() -> None:
    """The graphs and the catalogue name all rules, except the three that judging itself consults."""
    assert named_rules() <= set(RULES_BY_ID)
    assert set(RULES_BY_ID) - named_rules() == {"WRM209", "WRM401", "WRM403"}


def test_the_sender_rules_are_those_of_the_rulebook() -> None:
    """They are WRM103 and WRM301 to WRM305 (section 4)."""
    assert SENDER_RULES == ("WRM103", "WRM301", "WRM302", "WRM303", "WRM304", "WRM305")
    for kind in KINDS.values():
        assert set(kind.repeat_keeps) <= set(kind.relation_rules)


@pytest.mark.parametrize("kind", KINDS.values(), ids=repr)
def test_phrases_use_known_placeholders(kind: EventKind) -> None:
    """Every placeholder of a phrase is a fact. The phrases follow "cannot" and "it cannot"."""
    for phrase in (kind.active, kind.passive):
        assert {name for _, name, _, _ in Formatter().parse(phrase) if name is not None} <= set(FACTS)
        assert phrase == phrase.strip()
    assert "{target}" in kind.active
    assert repr(kind) == f"<EventKind {kind.event.__name__}>"


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_messages_use_facts_of_their_rule(rule: Rule) -> None:
    """Every placeholder of a message is one of the facts of its rule, and every fact can be computed."""
    assert {name for _, name, _, _ in Formatter().parse(rule.message) if name is not None} <= set(rule.fact_names)
    assert len(set(rule.fact_names)) == len(rule.fact_names)
    assert set(rule.fact_names) <= {*FACTS, "activities", "activity_count", "listing"}


def test_every_fact_is_used() -> None:
    """No fact is computed for nothing."""
    names = {name for rule in RULES for name in rule.fact_names}
    phrases = "".join(kind.active + kind.passive for kind in KINDS.values())
    names |= {name for _, name, _, _ in Formatter().parse(phrases) if name is not None}
    assert set(FACTS) <= names


@pytest.mark.parametrize("record", [*KINDS.values(), *RULES], ids=repr)
def test_records_pickle_as_the_same_object(record: object) -> None:
    """Records hold functions, so they are pickled by their class or id."""
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(record, protocol)) is record
    assert hash(record) == hash(pickle.loads(pickle.dumps(record)))


def test_rules_are_found_by_id() -> None:
    """An unknown id is a KeyError."""
    assert all(rule_of(rule.id) is rule for rule in RULES)
    with pytest.raises(KeyError, match="WRM999"):
        rule_of("WRM999")


def test_facts_and_judgements_are_hashable() -> None:
    """They are keys of caches, equal by value, and survive pickling."""
    sent = [events.PutOnHold(**from_(party)) for party in (CHORUS, OWN, OTHER, HOLDER, STRANGER)]
    works: list[WorkRequest | None] = [None, request(), request(on_hold=True)]
    facts = [extract_facts(work_request, event) for work_request in works for event in sent]
    judgements = [DEFAULT_RULEBOOK.judge(each) for each in facts]
    assert len(set(facts)) == len(set(judgements)) == 13  # without a work request, two pairs of senders are alike
    assert pickle.loads(pickle.dumps(judgements)) == judgements
    assert {extract_facts(work_request, event) for work_request in works for event in sent} == set(facts)
    assert [judgement.facts for judgement in judgements] == facts
    for event in sent:
        assert decide(request(), event).answer is DEFAULT_RULEBOOK.judge(extract_facts(request(), event)).answer


SENTENCES = """
they cannot create work request WR-1
they cannot accept work request WR-1
it cannot be accepted
they cannot reject work request WR-1 for 'SiteIssue'
it cannot be rejected for 'SiteIssue'
they cannot reallocate work request WR-1 to south
it cannot be reallocated to south
they cannot put work request WR-1 on hold
it cannot be put on hold
they cannot resume work request WR-1
it cannot be resumed
they cannot cancel work request WR-1
it cannot be cancelled
they cannot request the cancellation of activity A-1
it cannot get a request for its cancellation
they cannot change the site contact of work request WR-1
it cannot get another site contact
they cannot reschedule activity A-1
it cannot be rescheduled
they cannot change the Source details of work request WR-1
it cannot get other Source details
they cannot change the Assets details of work request WR-1
it cannot get other Assets details
they cannot change the SupplementaryReferences details of work request WR-1
it cannot get other SupplementaryReferences details
they cannot change the FileAttachments details of work request WR-1
it cannot get other FileAttachments details
they cannot change the AdditionalInfos details of work request WR-1
it cannot get other AdditionalInfos details
they cannot add an activity to work request WR-1
it cannot get another activity
they cannot request an activity of type FIBRE for work request WR-1
it cannot get an activity of type FIBRE
they cannot move activity A-1 to Active (OnSite)
it cannot move to Active (OnSite)
they cannot assign worker W-7 to activity A-1
it cannot be assigned to worker W-7
they cannot record outcome DONE for activity A-1
it cannot get outcome DONE
they cannot cancel activity A-1
it cannot be cancelled
""".strip().splitlines()
"""The end of the sentences about each event: what its sender cannot do, and what cannot happen to its target."""


def sentences() -> list[str]:
    """Return the active and the passive sentence about an event of each wire name."""
    closed = request(Activity("A-1", MAY_CANCEL, Status(Category.CLOSED), closure=Closure.COMPLETED))
    found = []
    for wire_name, (kind, _) in WIRE_NAMES.items():
        own = {name: getattr(VALUES[wire_name], name) for name in own_fields(kind)}
        before = None if kind.target is Target.NEW else request(Activity("A-1", MAY_CANCEL))
        active = decide(before, kind.event(**from_(OTHER, **own)))  # type: ignore[arg-type]  # it is one of the events
        found += [each.reason for each in active.violations if each.rule.id == "WRM304"]  # type: ignore[union-attr]
        passive = decide(closed, kind.event(**from_(OTHER, **own)))  # type: ignore[arg-type]  # likewise
        found += [each.reason for each in passive.violations if each.rule.id in ("WRM201", "WRM209")]  # type: ignore[union-attr]
    ends = [text.partition(";")[0] if "rsp-two" in text else text.rpartition("; ")[2] for text in found]
    return [end.replace("WorkRequestor rsp-two", "they") for end in ends]


def test_the_sentences_about_events_read_well() -> None:
    """Each kind of event has an active sentence for its sender and a passive one for its target."""
    assert sentences() == SENTENCES


@pytest.mark.parametrize("kind", KINDS.values())
def test_a_fact_that_does_not_apply_breaks_no_rule(kind: EventKind) -> None:
    """By default a fact keeps its rule. The rules on the sender have no default, and the work request exists."""
    facts = Facts(kind, SenderRelation.CHORUS)
    broken = {rule.id for rule in RULES if rule.is_kept is not None and not rule.is_kept(facts)}
    assert broken <= {*SENDER_RULES, "WRM402"}


def test_a_record_names_its_fields_and_derives_the_rest() -> None:
    """The fields of a record cannot be mixed up by position, and what derives from them cannot be given."""
    parameters = inspect.signature(EventKind).parameters.values()
    assert {parameter.kind for parameter in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    assert not {"names_activity", "gives_status"} & {parameter.name for parameter in parameters}

"""The reason for each rule, and the advice to someone who broke it.

A rule that a source states needs no other reason than that source.
"""

from collections.abc import Mapping
from typing import NamedTuple

from work_request_manager._values import FrozenDict


class Advice(NamedTuple):
    """The explanation of a rule that its record does not give.

    Args:
        instead: the way out.
        reason: the reason for the rule, in addition to its sources. Empty if the sources say everything.
    """

    instead: str
    reason: str = ""


ADVICE: Mapping[str, Advice] = FrozenDict(
    {
        "WRM101": Advice("Send one of the four reasons. Anything else can go into the note of the event."),
        "WRM102": Advice(
            "Finish the work: move its activities to Practical Completion, then close them.",
            "A cancelled activity is no longer Open, so it counts as touched.",
        ),
        "WRM103": Advice(
            "Let Chorus send the reallocation. A supplier asks for it by a reject with the reason WrongSupplier."
        ),
        "WRM104": Advice(
            "Reallocate before work begins. Otherwise let the supplier finish, and create a work request for the rest.",
            "FAQ 7 says how work that has not started is moved. It is silent about other work, which its supplier"
            " would have to leave half done.",
        ),
        "WRM105": Advice(
            "Name another supplier.",
            "A reallocation moves work to another supplier. Only a supplier that rejected the request can get it back,"
            " for example after the site information was corrected. One that is the wrong supplier stays wrong.",
        ),
        "WRM106": Advice(
            "Let the supplier finish the touched activities. When they are closed, the others can be cancelled.",
            "A cancellation of the request cancels each activity that is not closed. So each of them must be one that"
            " FAQ 4 lets be cancelled.",
        ),
        "WRM107": Advice(
            "Resume the work request, then start the work.",
            "No source says what a hold stops. Work that starts meanwhile is probably a mistake.",
        ),
        "WRM201": Advice(
            "Leave the activity as it is. For more work, add an activity, or create a work request if this one is"
            " closed too."
        ),
        "WRM202": Advice(
            "Move the activity to In Review, or close it. For more work, add an activity.",
            "In Review counts as after Practical Completion, however the activity got there.",
        ),
        "WRM203": Advice(
            "Let Chorus cancel the activity. If suppliers may cancel activities of this type, set its flag"
            " `workSupplierAllowedToCancel` in your configuration."
        ),
        "WRM204": Advice("Finish the work: move the activity to Practical Completion, then close it."),
        "WRM205": Advice("Send all outcomes before the status update to Closed."),
        "WRM206": Advice(
            "Move the activity to Active when work begins, then to Practical Completion.",
            "No source says where Practical Completion comes from. If there was work, the update to Active is missing.",
        ),
        "WRM207": Advice(
            "Move the activity to Practical Completion first, then to In Review.",
            "No source says when a review begins. An activity in In Review can be closed, so this move is also a way"
            " around the flag of FAQ 4.",
        ),
        "WRM208": Advice(
            "Move the activity to Practical Completion first, then to Closed.",
            "There are only these two ways to Closed: after Practical Completion, and by cancelling untouched work. An"
            " activity that is Active has been touched.",
        ),
        "WRM209": Advice(
            "Create a work request for more work.",
            "A work request is closed when all of its activities are. Because none of them can change, the request"
            " cannot change either.",
        ),
        "WRM301": Advice(
            "Let the supplier send it. A requestor can change the site contact or the schedule, or request a"
            " cancellation."
        ),
        "WRM302": Advice(
            "Let the supplier that holds the request send it. After a reject, wait until Chorus reallocates the"
            " request.",
            "The supplier that controls the activities is the one that the request is allocated to. A supplier that"
            " rejected the request has given it up. To accept and to reject are answers of that supplier.",
        ),
        "WRM303": Advice(
            "Let the requestor or Chorus send it. A supplier can request another activity instead of adding it.",
            "FAQ 5 says what requestors may do to activities. No source says what suppliers may do to the request.",
        ),
        "WRM304": Advice(
            "Let the requestor of the work request send it, or Chorus.",
            "A task belongs to one requestor. Others have no part in it.",
        ),
        "WRM305": Advice(
            "Request the cancellation, and let Chorus cancel the work request.",
            "A requestor can only request a cancellation, and a supplier can only cancel activities. So it is Chorus"
            " that cancels a whole request.",
        ),
        "WRM401": Advice(
            "Send the create first. If the log is a part of a longer one, check it with `--partial`.",
            "Only a create makes a work request. Without one, there is nothing to change.",
        ),
        "WRM402": Advice(
            "Use another id. If you send a create twice to be sure, give both the same `eventId`.",
            "The id identifies the work request. A second one with the same id would replace the first.",
        ),
        "WRM403": Advice(
            "Check the id of the activity. If the activity is new, add it first.",
            "The event changes one activity. Without that activity, there is nothing to change.",
        ),
        "WRM404": Advice(
            "Give each activity an id that no other activity of the request has.",
            "The id identifies the activity in its work request.",
        ),
        "WRM405": Advice(
            "Describe at least one activity in the create.",
            "A work request without activities would be closed from the beginning, because it is closed when all of"
            " its activities are.",
        ),
        "WRM406": Advice(
            "Use a state that the type lists, or add the state to your configuration.",
            "The vendor configures the states of each type. No source says that it refuses others. An unlisted state is"
            " probably a slip, or the configuration is old.",
        ),
        "WRM407": Advice(
            "Send the category that the type lists for this state, or correct your configuration.",
            "The vendor configures the states of each type. No source says that it refuses another category. It is"
            " probably a slip, or the configuration is old.",
        ),
        "WRM408": Advice(
            "Describe the activity as Open, then move it by status updates.",
            "Open is where the status graph begins.",
        ),
        "WRM501": Advice(
            "Write the whole line again. If most lines are reported, draft a mapping with `wrm map`.",
            "A log has one JSON object on each line. The line was probably cut while it was written, or the log is in"
            " another format.",
        ),
        "WRM502": Advice(
            "Correct the field at the path that the message names. `wrm schema` describes all fields.",
            "The event cannot be judged without the field. It changes nothing, so later events can break rules that"
            " they would keep otherwise.",
        ),
        "WRM503": Advice(
            "Check the spelling of the name. Ignore this rule if the log has such events.",
            "The real system has more events than this library knows.",
        ),
        "WRM504": Advice(
            "Add `Z` for UTC, or an offset such as `+13:00`.",
            "Without a zone, nobody knows which instant is meant.",
        ),
        "WRM505": Advice(
            "Move long values, such as attachments, out of the event.",
            "A limit protects the reader of a log from a file without line ends.",
        ),
        "WRM601": Advice(
            "Sort the log by time, if the order of its lines is not the order of the events.",
            "Events are judged in the order of the lines. If that is not the order in which they happened, the findings"
            " can be wrong.",
        ),
        "WRM602": Advice(
            "Do nothing if events are delivered more than once. Otherwise give each event its own `eventId`.",
            "A sender that got no answer sends its event again, with the same id.",
        ),
    }
)
"""The advice by the ids of the rules."""

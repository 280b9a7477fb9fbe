"""The commands that print the rulebook: its rules, its graphs, its formats, and test vectors."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import cast, get_args

import click

from work_request_manager.cli._output import output_option, writing
from work_request_manager.cli._shared import STRICT, WITHOUT, known_rule
from work_request_manager.cli._tables import print_tables, text_columns
from work_request_manager.cli._terminal import painter
from work_request_manager.reports import diagrams
from work_request_manager.reports.tables import Table, log_rules_table, rules_table
from work_request_manager.rulebook import Rulebook
from work_request_manager.wire import DocumentKind, json_schema


@click.command()
def rules() -> None:
    """List all rules with their basis and source."""
    print_tables(*map(_with_joined_end, (rules_table(), log_rules_table())))


def _with_joined_end(table: Table) -> Table:
    """Return a table of rules with the name above the statement, so that both fit."""
    (id_, name, *heading, statement), rows = table
    return Table(
        [id_, *heading, f"{name}, and what it {statement}"],
        [[id_, *others, f"{name}\n{statement}"] for id_, name, *others, statement in rows],
    )


@click.command()
@click.argument("rules", metavar="RULE...", nargs=-1)
def explain(rules: tuple[str, ...]) -> None:
    """Explain rules, with examples.

    Each RULE is an id (WRM203), a number (203) or a name (supplier-may-cancel). The text says what the rule refuses and
    why, what to do instead, and which options change the judgement.
    """
    if not rules:
        raise click.UsageError(
            "name at least one rule, as in `wrm explain WRM203`; run `wrm rules` to list all rules",
            click.get_current_context(),
        )
    found = [known_rule(given) for given in rules]
    # Imported here, because it decides on all examples, which other commands do not need.
    from work_request_manager.reports.explanations import explanation_of

    paint, columns = painter(sys.stdout), text_columns()
    print("\n\n\n".join(explanation_of(rule).as_text(columns, paint) for rule in found))


_DRAWN: Mapping[str, Callable[..., str]] = {
    "mermaid": diagrams.as_mermaid,
    "dot": diagrams.as_dot,
    "svg": diagrams.as_svg,
}


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "dot", "json", "svg"], case_sensitive=False),
    default="text",
    help="Choose the format of the graphs. svg is a picture for any browser.",
)
@click.option(
    "--forbidden", is_flag=True, help="Draw the forbidden moves, too, with their rules. Text and JSON always have them."
)
def graph(form: str, forbidden: bool) -> None:
    """Print the two graphs of moves and rules."""
    graphs = diagrams.GRAPHS
    if form == "text":
        print_tables(*map(diagrams.graph_table, graphs))
    elif form == "json":
        print(json.dumps(diagrams.as_json(*graphs), indent=2))
    else:
        print(_DRAWN[form](*graphs, with_forbidden=forbidden))


@click.command()
@click.argument("of", type=click.Choice([*get_args(DocumentKind), "vectors"], case_sensitive=False), default="event")
def schema(of: str) -> None:
    """Print a JSON Schema.

    It describes an event, which is a line of a log (the default), a snapshot of a work request, a decision or a permit
    as JSON, a file of activity types, or the output of `wrm vectors`.
    """
    if of == "vectors":
        # Imported here, because that takes 15 ms, and other commands do not need it.
        from work_request_manager import vectors as test_vectors

        described = test_vectors.json_schema()
    else:
        described = json_schema(cast(DocumentKind, of))
    print(json.dumps(described, indent=2))


@click.command()
@output_option("Write the vectors to this file.")
@STRICT
@WITHOUT
def vectors(output: str | None, strict: bool, rulebook: Rulebook) -> None:
    """Write test vectors in JSON.

    They test an implementation in any language: each lists the events to send, the expected answers and the work
    request at the end.
    """
    from work_request_manager import vectors as test_vectors  # imported here, as in `schema`

    with writing(output) as out:
        print(test_vectors.to_json(rulebook.strict() if strict else rulebook), end="", file=out)

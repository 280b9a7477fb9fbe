"""The commands that print the rulebook: its rules, its graphs, its formats, and test vectors."""

import json
from typing import cast, get_args

import click

from work_request_manager.cli._output import output_option, writing
from work_request_manager.cli._shared import STRICT, WITHOUT, known_rule
from work_request_manager.cli._tables import print_tables
from work_request_manager.reports import diagrams, help_of
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
@click.argument("rules", metavar="RULE...", nargs=-1, required=True)
def explain(rules: tuple[str, ...]) -> None:
    """Explain rules.

    Prints for each RULE the events that it refuses, its basis and source, and the cells of the graphs that name it.
    Give its id (WRM203), number (203) or name (supplier-may-cancel).
    """
    found = [known_rule(given) for given in rules]
    print("\n\n".join(f"{rule.id} {rule.name}\n\n{help_of(rule)}" for rule in found))


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "mermaid", "dot", "json"], case_sensitive=False),
    default="text",
    help="Choose the format of the graphs.",
)
def graph(form: str) -> None:
    """Print the two graphs of moves and rules."""
    graphs = diagrams.GRAPHS
    if form == "text":
        print_tables(*map(diagrams.graph_table, graphs))
    elif form == "json":
        print(json.dumps(diagrams.as_json(*graphs), indent=2))
    else:
        print(diagrams.as_mermaid(*graphs) if form == "mermaid" else diagrams.as_dot(*graphs))


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

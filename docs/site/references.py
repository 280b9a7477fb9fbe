"""An extension of Sphinx for this project's docstrings and for links to the Python API.

- Docstrings write code between single backticks, as in Markdown. Signatures name types by their public import path.
- In all pages, code that is the name of something public links to its documentation.
"""

import re
from typing import Any

import api
from docutils import nodes
from pygments.lexer import RegexLexer, bygroups
from pygments.lexers.special import TextLexer
from pygments.token import Generic, Text
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.typing import restify, stringify_annotation

_PATHS = {f"{each.module}.{each.name}": each.path for each in api.DEFINITIONS.values()}
"""The documented path of each public name, by the path of its definition."""

_ALIASES = sorted(
    (
        (stringify_annotation(each.value, "smart"), f"~{each.path}")
        for each in set(api.DEFINITIONS.values())
        if api.is_alias(each.value)
    ),
    key=lambda pair: -len(pair[0]),
)
"""The text of each type that has a public name in a signature, and the name; the longest first."""


def _links() -> dict[str, str]:
    """Return the documented path of each code text that links to it."""
    links = {module: module for module in api.MODULES}
    for path, defined in api.DEFINITIONS.items():
        within = path.removeprefix(f"{api.PACKAGE}.")
        links |= {path: defined.path, within: defined.path}
        if re.fullmatch(r"[A-Z][a-z]\w+", defined.name):
            links.setdefault(defined.name, defined.path)
    return links


LINKS = _links()


def write_signature(
    _app: Sphinx, _what: str, _name: str, value: Any, _options: object, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Write the public names of types in a signature, and the defaults of attrs classes as their source has them."""
    if signature:
        signature = _named(signature).replace("= NOTHING", "= ...")  # computed from the other fields
        signature = re.sub(r"attr_dict\['(\w+)'\]\.default", lambda found: api.default_of(value, found[1]), signature)
    return signature, returns and _named(returns)


def _named(signature: str) -> str:
    for text, alias in _ALIASES:
        signature = signature.replace(text, alias)
    return signature


def write_docstring(_app: Sphinx, what: str, name: str, value: Any, _options: object, lines: list[str]) -> None:
    """Turn a docstring into reStructuredText that the extension napoleon understands."""
    if what == "data":
        defined = api.DEFINITIONS[name]
        lines[:] = ModuleAnalyzer.for_module(defined.module).find_attr_docs().get(("", defined.name), [])
    # The first line becomes one that shows nothing: napoleon takes the text before a colon in it for a type.
    if what in ("attribute", "data", "property"):
        lines.insert(0, "\\ ")
    text = re.sub(r"^(Returns|Yields):\n( +)", r"\1:\n\2\\ \n\2", "\n".join(lines), flags=re.MULTILINE)
    lines[:] = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", text).split("\n")
    if what == "data" and api.is_alias(value):
        lines += ["", f"It means {restify(value, 'smart')}."]


def write_dashes(_app: Sphinx, doctree: nodes.document) -> None:
    """Write a dash between a parameter and its description, where Sphinx writes two hyphens."""
    for text in list(doctree.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" – "))


def link_types(_app: Sphinx, doctree: nodes.document) -> None:
    """Let types in signatures link to their public names."""
    for reference in doctree.findall(addnodes.pending_xref):
        reference["reftarget"] = _PATHS.get(reference["reftarget"], reference["reftarget"])


def link_code(app: Sphinx, doctree: nodes.document) -> None:
    """Let code in a page that is a public name link to its documentation.

    On the page of a module, the names of the module need no prefix.
    """
    module = app.env.docname.removeprefix("reference/")
    for literal in list(doctree.findall(nodes.literal)):
        code = literal.astext().removesuffix("()")
        path = LINKS.get(f"{module}.{code}") or LINKS.get(code)
        if path and not _is_within(literal, nodes.reference, nodes.title, addnodes.pending_xref):
            link = addnodes.pending_xref(
                "", refdomain="py", reftype="obj", reftarget=path, refexplicit=True, refdoc=app.env.docname
            )
            literal.replace_self(link)
            link += literal


def _is_within(node: nodes.Node, *kinds: type[nodes.Node]) -> bool:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def index_sections(_app: Sphinx, doctree: nodes.document) -> None:
    """Let entries of the index lead to sections, because the search cannot show an empty place in front of one."""
    sections = {each: section["ids"][0] for section in doctree.findall(nodes.section) for each in section["ids"]}
    for index in doctree.findall(addnodes.index):
        entries = index["entries"]
        index["entries"] = [(kind, text, sections.get(place, place), *more) for kind, text, place, *more in entries]


def keep_text(
    _app: Sphinx, _env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.TextElement
) -> nodes.TextElement | None:
    """Keep types in signatures as text if they are private or of another library."""
    return content if node.get("refdomain") == "py" and node.get("reftype") != "obj" else None


def repair_html(
    _app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    """Let browsers see a signature as text: Sphinx writes the parameters as a list of definitions without terms."""
    context["body"] = re.sub(
        r"<dl>\n(<dd><em class=\"sig-param\">.*?)</dl>",
        lambda found: re.sub("(</?)dd>", r"\1div>", f'<div class="sig-params">\n{found[1]}</div>'),
        context.get("body", ""),
        flags=re.DOTALL,
    )


class ConsoleLexer(RegexLexer):  # type: ignore[misc]  # pygments has no types
    """Commands after a dollar sign, and their output. The usual lexer takes a line that begins with # for a command."""

    tokens = {  # noqa: RUF012 - pygments declares it so
        "root": [
            (r"^(\$ )(.*\n)", bygroups(Generic.Prompt, Text)),
            (r".*\n", Generic.Output),
        ]
    }


def leave_out(_app: Sphinx, _what: str, _name: str, member: Any, _skip: bool, _options: object) -> bool | None:
    """Leave out the fields of named tuples, whose docstrings say nothing. The classes describe them."""
    return True if re.match(r"Alias for field number", getattr(member, "__doc__", None) or "") else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the handlers."""
    app.add_lexer("console", ConsoleLexer)
    app.add_lexer("csv", TextLexer)
    app.add_lexer("jsonl", TextLexer)
    app.connect("autodoc-process-signature", write_signature)
    app.connect("autodoc-process-docstring", write_docstring, priority=400)  # before napoleon
    app.connect("autodoc-skip-member", leave_out)
    for handler in (write_dashes, link_types, link_code, index_sections):
        app.connect("doctree-read", handler)
    app.connect("missing-reference", keep_text)
    app.connect("html-page-context", repair_html)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

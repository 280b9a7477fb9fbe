"""Tests of the graphs as SVG: every move and guard is drawn once, readable on light and dark pages."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.drawings import crossings, faults
from work_request_manager._values import printable
from work_request_manager.graph import Forbidden, Move, Repeat
from work_request_manager.reports._layout import SMALL_FONT, lay_out, text_width
from work_request_manager.reports._tracks import Link
from work_request_manager.reports.diagrams import ALLOCATION, GRAPHS, STATUS, Graph, Square, as_svg, cell_text

IMAGES = Path(__file__).parents[2] / "docs" / "images"

SVG = "{http://www.w3.org/2000/svg}"

DRAWN = [(STATUS,), (ALLOCATION,), GRAPHS]
drawn = pytest.mark.parametrize("graphs", DRAWN, ids=lambda graphs: "-".join(graph.name for graph in graphs))
with_and_without = pytest.mark.parametrize("with_forbidden", [False, True], ids=["moves", "with forbidden"])


def parsed(*graphs: Graph, with_forbidden: bool = False) -> Element:
    """Return a picture as its root element."""
    return fromstring(as_svg(*graphs, with_forbidden=with_forbidden))  # noqa: S314 - it is our own


def of_class(root: Element, name: str) -> Iterator[Element]:
    """Yield the elements of a class."""
    return (each for each in root.iter() if name in each.get("class", "").split())


def label_of(arrow: Element) -> list[str]:
    """Return the lines of the label of an arrow."""
    return [str(each.text) for each in arrow.iter(f"{SVG}text")]


def words(lines: list[str]) -> str:
    """Return the label of a move as other formats print it."""
    name, *guards = lines
    return f"{name} ({' '.join(guards)})" if guards else name


@drawn
@with_and_without
def test_every_move_and_guard_is_drawn_once(graphs: tuple[Graph, ...], with_forbidden: bool) -> None:
    """An arrow has a label with its name and its guards, a title with its ends, and one head."""
    arrows = [*of_class(parsed(*graphs, with_forbidden=with_forbidden), "inner")]
    moves = [square for graph in graphs for square in graph.moves]
    assert [words(label_of(arrow)) for arrow in arrows] == [cell_text(square.cell) for square in moves]
    assert [arrow.findtext(f"{SVG}title") for arrow in arrows] == [
        f"{square.row} to {square.target}: {cell_text(square.cell)}" for square in moves
    ]
    assert [len([*of_class(arrow, "head")]) for arrow in arrows] == [1] * len(moves)


@drawn
def test_every_forbidden_move_is_drawn_once(graphs: tuple[Graph, ...]) -> None:
    """Those from one node by one rule share a line and a label. Each has its own head."""
    assert [*of_class(parsed(*graphs), "outer")] == []
    arrows = [*of_class(parsed(*graphs, with_forbidden=True), "outer")]
    heads = sum(len([*of_class(arrow, "head")]) for arrow in arrows)
    assert heads == sum(len(graph.forbidden) for graph in graphs)
    shared = {
        "status": {
            ("Active to Closed: forbidden (WRM208)", "WRM208"),
            ("PracticalCompletion to Open, Active, PracticalCompletion: forbidden (WRM202)", "WRM202"),
            ("InReview to Open, Active, PracticalCompletion: forbidden (WRM202)", "WRM202"),
            ("Closed to Open, Active, PracticalCompletion, InReview, Closed: forbidden (WRM201)", "WRM201"),
        },
        "allocation": {
            ("Rejected to Accepted: accept forbidden (WRM302)", "accept WRM302"),
            ("Rejected to Rejected: reject forbidden (WRM302, unless repeated)", "reject WRM302 unless repeated"),
        },
    }
    found = [(arrow.findtext(f"{SVG}title"), " ".join(label_of(arrow))) for arrow in arrows]
    assert Counter(found) == Counter(pair for graph in graphs for pair in shared[graph.name])


@drawn
@with_and_without
def test_every_node_is_drawn_once(graphs: tuple[Graph, ...], with_forbidden: bool) -> None:
    """A long name is in two lines. The first node has an arrow from a dot, and the final one a double frame."""
    root = parsed(*graphs, with_forbidden=with_forbidden)
    names = [each.text for each in of_class(root, "name")]
    expected = []
    for graph in graphs:
        expected.append(graph.heading)
        for row in graph.rows:
            expected += ["Practical", "Completion"] if row == "PracticalCompletion" else [row]
    assert names == expected
    frames = [*of_class(root, "frame")]
    nodes = sum(len(graph.rows) for graph in graphs)
    assert len(frames) == nodes + (STATUS in graphs)
    assert len([*of_class(root, "start")]) == len(graphs)
    if STATUS in graphs:
        outer, inner = (
            [float(frame.get(side, "")) for side in ("x", "y", "width", "height")]
            for frame in frames[len(STATUS.rows) - 1 : len(STATUS.rows) + 1]
        )
        assert inner == [outer[0] + 4, outer[1] + 4, outer[2] - 8, outer[3] - 8]


def links_of(graph: Graph, with_forbidden: bool) -> tuple[list[list[str]], list[Link]]:
    """Return a graph as the names and links that are laid out. Labels have the widths of those of the picture."""
    rows = [*graph.rows]
    root = parsed(graph, with_forbidden=with_forbidden)
    links = []
    for arrow in (each for each in root.iter() if each.get("class") in ("inner", "outer")):
        source, targets = str(arrow.findtext(f"{SVG}title")).split(":")[0].split(" to ")
        numbers = tuple(rows.index(target) for target in targets.split(", "))
        links.append(Link(rows.index(source), numbers, tuple(label_of(arrow)), arrow.get("class") == "outer"))
    return [[row] for row in rows], links


@pytest.mark.parametrize("graph", GRAPHS, ids=[graph.name for graph in GRAPHS])
@with_and_without
def test_nothing_overlaps(graph: Graph, with_forbidden: bool) -> None:
    """Every label can be read, and the moves do not even cross each other."""
    names, links = links_of(graph, with_forbidden)
    layout = lay_out(names, links)
    assert [*faults(layout, links)] == []
    assert with_forbidden or crossings(layout) == 0


def test_labels_are_where_the_layout_has_places_for_them() -> None:
    """Texts are centred in their boxes, and a line of text is 17 pixels high."""
    names, links = links_of(STATUS, True)
    root = parsed(STATUS, with_forbidden=True)
    boxes = [
        placed.label
        for placed in lay_out(
            [["Practical", "Completion"] if n == 2 else each for n, each in enumerate(names)], links
        ).links
    ]
    arrows = [each for each in root.iter() if each.get("class") in ("inner", "outer")]
    for box, arrow in zip(boxes, arrows, strict=True):
        for number, text in enumerate(arrow.iter(f"{SVG}text"), start=1):
            assert float(text.get("x", "")) == pytest.approx(box.x + box.width / 2, abs=0.1)
            assert float(text.get("y", "")) == pytest.approx(box.y + 17 * number - 4, abs=0.1)


def numbers(text: str) -> list[float]:
    """Return the numbers in an attribute."""
    return [float(each) for each in re.findall(r"-?[\d.]+", text)]


@drawn
@with_and_without
def test_arrowheads_are_at_the_ends_of_their_lines(graphs: tuple[Graph, ...], with_forbidden: bool) -> None:
    """A line ends inside its arrowhead. A line that begins where another one branches off has no arrowhead there."""
    root = parsed(*graphs, with_forbidden=with_forbidden)
    for arrow in (each for each in root.iter(f"{SVG}g") if each.find(f"{SVG}polygon") is not None):
        lines, heads = [*of_class(arrow, "line")], [*of_class(arrow, "head")]
        assert len(lines) == len(heads)
        assert [line.get("d") for line in lines] == [halo.get("d") for halo in of_class(arrow, "halo")]
        for line, head in zip(lines, heads, strict=True):
            *_, x, y = numbers(line.get("d", ""))
            xs, ys = numbers(head.get("points", ""))[::2], numbers(head.get("points", ""))[1::2]
            assert min(xs) <= x <= max(xs)
            assert min(ys) <= y <= max(ys)
            assert sorted((max(xs) - min(xs), max(ys) - min(ys))) == [8, 8]
        starts = {tuple(numbers(line.get("d", ""))[:2]) for line in lines}
        assert len(starts) == len(lines), "a shared line is drawn once"


@drawn
@with_and_without
def test_a_picture_explains_itself(graphs: tuple[Graph, ...], with_forbidden: bool) -> None:
    """Screen readers get a title and a description. Readers get a sentence about each sign."""
    root = parsed(*graphs, with_forbidden=with_forbidden)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == ". ".join(graph.heading for graph in graphs)
    titles = [arrow.findtext(f"{SVG}title") for arrow in root.iter() if arrow.get("class") in ("inner", "outer")]
    assert re.split("; |[.] ", str(description.text).removesuffix(".")) == [
        f"{graph.heading}: {title}" if number == 0 else title
        for graph in graphs
        for number, title in enumerate(each for each in titles if str(each).split()[0] in graph.rows)
    ]
    notes = " ".join(str(each.text) for each in root if each.tag == f"{SVG}text" and "quiet" in each.get("class", ""))
    forbidden = "Dashed moves are forbidden by the rule on them."
    final = " The double frame marks the end." if STATUS in graphs else ""
    assert notes == (
        "\u201cUnless\u201d names the rules that can forbid a move."
        f" {forbidden if with_forbidden else 'Moves without an arrow are forbidden.'}{final}"
    )


@drawn
@with_and_without
def test_everything_is_on_the_page(graphs: tuple[Graph, ...], with_forbidden: bool) -> None:
    """The page has a background of its size. The lines of text are on it, in order, and below all arrows."""
    root = parsed(*graphs, with_forbidden=with_forbidden)
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    page = next(of_class(root, "page"))
    assert (page.get("width"), page.get("height")) == ("100%", "100%")
    texts = [each for each in root if each.tag == f"{SVG}text"]
    places = [float(each.get("y", "")) for each in texts]
    assert places == sorted(places)
    assert 0 < height - places[-1] < 20
    groups = [each for each in root if each.tag == f"{SVG}g"]
    bottom = 0.0
    for heading, group in zip(texts, groups, strict=False):
        moved = re.fullmatch(r"translate\(0 ([\d.]+)\)", group.get("transform", ""))
        assert moved
        offset = float(moved[1])
        assert bottom < float(heading.get("y", "")) < offset
        points = [numbers(line.get("d", "")) for line in of_class(group, "line")]
        assert all(0 < x < width for each in points for x in each[::2])
        bottom = max(offset + y for each in points for y in each[1::2])
    assert bottom < float(texts[len(graphs)].get("y", ""))


@pytest.mark.parametrize("graph", GRAPHS, ids=[graph.name for graph in GRAPHS])
@with_and_without
def test_the_pictures_in_the_docs_are_these(graph: Graph, with_forbidden: bool) -> None:
    """People have looked at them, so any change has to be looked at."""
    image = IMAGES / f"{graph.name}{'-with-forbidden' if with_forbidden else ''}.svg"
    assert image.read_text(encoding="utf-8") == f"{as_svg(graph, with_forbidden=with_forbidden)}\n"


def test_texts_fit_into_a_narrow_picture() -> None:
    """The text below it is wrapped, with as many words in a line as fit. A long heading makes it wider."""
    squares = (Square("A", "B", "B", Move("go", ("WRM1",))), Square("B", "A", "A", Forbidden("WRM2")))
    root = parsed(Graph("small", "Small", "to", squares, "B"))
    lines = [str(each.text) for each in root if "quiet" in each.get("class", "")]
    assert " ".join(lines) == (
        "\u201cUnless\u201d names the rules that can forbid a move. Moves without an arrow are forbidden."
        " The double frame marks the end."
    )
    width = float(root.get("width", "")) - 24
    assert len(lines) > 2
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        assert text_width(line, SMALL_FONT) <= width
        assert following is None or text_width(f"{line} {following.split()[0]}", SMALL_FONT) > width
    heading = "Long " * 20
    assert float(parsed(Graph("small", heading, "to", squares)).get("width", "")) == text_width(heading, 16) + 24


def test_a_picture_names_only_signs_that_it_has() -> None:
    """A graph without guards and without an end has no sentence about them."""
    square = Square("A", "B", "B", Move("go"))
    text = as_svg(Graph("small", "Small", "to", (square, Square("B", "A", "A", Forbidden("WRM1")))))
    assert "Unless" not in text
    assert "double frame" not in text
    assert "Moves without an arrow are forbidden." in text


@drawn
def test_a_picture_needs_no_other_file(graphs: tuple[Graph, ...]) -> None:
    """It has no links, scripts, images or fonts from elsewhere, and its styles change nothing else in a page."""
    text = as_svg(*graphs, with_forbidden=True)
    assert {str(each.tag).removeprefix(SVG) for each in fromstring(text).iter()} == {  # noqa: S314 - it is our own
        "svg", "title", "desc", "style", "rect", "text", "g", "circle", "path", "polygon"
    }  # fmt: skip
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "", 1)
    assert "url(" not in text
    style = str(parsed(*graphs).findtext(f"{SVG}style"))
    selectors = re.findall(r"([^{}]+){[^{}]*}", style.replace("@media(prefers-color-scheme:dark){", ""))
    assert selectors
    assert all(selector.startswith(".wrm-graph ") for selector in selectors)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as the Web Content Accessibility Guidelines define it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colours_have_enough_contrast(mode: str) -> None:
    """Texts have a contrast of 4.5 to what is behind them, and lines have one of 3. Both modes set every colour."""
    style = str(parsed(STATUS).findtext(f"{SVG}style"))
    light, dark = style.split("@media(prefers-color-scheme:dark)")
    colours = {
        (part, name): colour
        for part, declarations in re.findall(r"\.wrm-graph ([^{]+){([^}]*)}", light if mode == "light" else dark)
        for name, colour in re.findall(r"(fill|stroke):(#\w{6})", declarations)
    }
    page, node = colours[".page", "fill"], colours[".frame", "fill"]
    assert contrast(colours["text", "fill"], page) >= 4.5
    assert contrast(colours["text", "fill"], node) >= 4.5
    for part in (".quiet", ".outer text", ".outer .head", ".head", ".start"):
        assert contrast(colours[part, "fill"], page) >= 4.5
    for part in (".line", ".outer .line", ".frame"):
        assert contrast(colours[part, "stroke"], page) >= 3
    assert colours[".halo", "stroke"] == page
    assert (luminance(page) > 0.5) is (mode == "light")


@drawn
@pytest.mark.parametrize("is_joined", [False, True])
def test_arrows_name_their_ends(graphs: tuple[Graph, ...], is_joined: bool) -> None:
    """The forbidden moves that a rule shares are one arrow, unless each is to have its own."""
    root = fromstring(as_svg(*graphs, with_forbidden=True, is_joined=is_joined))  # noqa: S314 - it is our own
    arrows = [(each.get("data-from", ""), each.get("data-to", "").split()) for each in of_class(root, "outer")]
    forbidden = [(square.row, square.target) for graph in graphs for square in graph.forbidden]
    assert sorted((source, target) for source, targets in arrows for target in targets) == sorted(forbidden)
    assert len(arrows) == len(forbidden) or (is_joined and STATUS in graphs)
    inner = [(each.get("data-from"), each.get("data-to")) for each in of_class(root, "inner")]
    assert sorted(inner) == sorted((square.row, square.target) for graph in graphs for square in graph.moves)


HOSTILE = st.text(min_size=1, max_size=20) | st.sampled_from(
    ["<script>alert(1)</script>", "]]>", "&amp;", '"onload="', "\x00", "\ud800", "\u202eabc", "a\nb", "</svg>"]
)


@settings(deadline=None)
@given(st.lists(HOSTILE, min_size=2, max_size=4, unique_by=printable), HOSTILE, HOSTILE, HOSTILE)
def test_hostile_names_are_only_text(rows: list[str], move: str, rule: str, heading: str) -> None:
    """The picture is well-formed, has no other elements, and shows the names, with anything unprintable escaped."""
    first, last = rows[0], rows[-1]
    squares = (
        Square(first, last, last, Move(move, (rule,))),
        *(Square(row, first, first, Forbidden(rule)) for row in rows[1:]),
        Square(last, "repeat", last, Repeat(rule)),
    )
    root = parsed(Graph("hostile", heading, "to", squares, last), with_forbidden=True)
    assert not {str(each.tag).removeprefix(SVG) for each in root.iter()} & {"script", "a", "image", "foreignObject"}
    assert all(set(each.attrib) <= ATTRIBUTES for each in root.iter())
    title, *_ = (each.findtext(f"{SVG}title") for each in of_class(root, "inner"))
    assert title == printable(f"{first} to {last}: {move} (unless {rule})")
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert printable(heading) in texts
    assert printable(move) in texts


ATTRIBUTES = {
    "aria-labelledby", "class", "cx", "cy", "d", "data-from", "data-to", "height", "id", "points", "r", "role", "rx",
    "transform", "viewBox", "width", "x", "y",
}  # fmt: skip

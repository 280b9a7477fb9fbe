"""Graphs as SVG: pictures in one file, for light and dark pages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from work_request_manager._values import printable
from work_request_manager.reports._layout import (
    ARROW,
    BOLD_FONT,
    FONT,
    LINE,
    MARGIN,
    SMALL_FONT,
    Box,
    Layout,
    Path,
    lay_out,
    text_width,
)
from work_request_manager.reports._tracks import Link

HEADING_HEIGHT = 32
NOTE_HEIGHT = 18
MAX_NAME = 12
"""The number of characters up to which a name is on one line."""

CORNER = 8
"""The radius of the corners of boxes and lines."""


class Arrow(NamedTuple):
    """A link of a picture.

    Args:
        link: the link.
        text: the link in words.
    """

    link: Link
    text: str


class Picture(NamedTuple):
    """A graph to draw.

    Args:
        name: its name, which identifies its parts in a page.
        heading: the text above it.
        nodes: the names of its nodes, from left to right. The first one is the start.
        final: the node in which every life ends. None if there is none.
        arrows: its links. Those that are outer ones are dashed.
    """

    name: str
    heading: str
    nodes: Sequence[str]
    final: str | None
    arrows: Sequence[Arrow]


_SHAPES = {
    "text": f"font:{FONT}px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif",
    ".small": f"font-size:{SMALL_FONT}px",
    ".name": "font-weight:600",
    ".centred": "text-anchor:middle",
    "path": "fill:none;stroke-width:1.5",
    ".halo": "stroke-width:6",
    ".frame": "stroke-width:1.5",
    ".outer .line": "stroke-dasharray:5 4",
}
"""The styles that are the same on light and dark pages. A halo is a gap in the lines that a line crosses."""


def _colours(*, page: str, node: str, frame: str, text: str, quiet: str, outer: str) -> Mapping[str, str]:
    return {
        ".page": f"fill:{page}",
        ".halo": f"stroke:{page}",
        ".frame": f"fill:{node};stroke:{frame}",
        "text": f"fill:{text}",
        ".start": f"fill:{text}",
        ".quiet": f"fill:{quiet}",
        ".line": f"stroke:{quiet}",
        ".head": f"fill:{quiet}",
        ".outer .line": f"stroke:{outer}",
        ".outer .head": f"fill:{outer}",
        ".outer text": f"fill:{outer}",
    }


_LIGHT = _colours(page="#ffffff", node="#eef4ff", frame="#3563b8", text="#1f2328", quiet="#59636e", outer="#c0232c")
_DARK = _colours(page="#0d1117", node="#14233d", frame="#6ea1ff", text="#e6edf3", quiet="#9aa4af", outer="#ff8078")


def draw(pictures: Sequence[Picture], note: str) -> str:
    """Return pictures as SVG, one below the other.

    Args:
        pictures: the pictures.
        note: the text below them.
    """
    layouts = [
        lay_out([*map(_in_lines, each.nodes)], [_printable_link(arrow.link) for arrow in each.arrows])
        for each in pictures
    ]
    headings = (text_width(printable(each.heading), BOLD_FONT) + 2 * MARGIN for each in pictures)
    width = max(*headings, *(layout.width for layout in layouts))
    lines = _wrapped(note, width - 2 * MARGIN)
    height = sum(HEADING_HEIGHT + layout.height for layout in layouts) + NOTE_HEIGHT * len(lines) + MARGIN
    name = "-".join(["wrm", *(each.name for each in pictures)])
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "wrm-graph",
            "width": _number(width),
            "height": _number(height),
            "viewBox": f"0 0 {_number(width)} {_number(height)}",
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-description",
        },
    )
    _add(svg, "title", id=f"{name}-title").text = printable(". ".join(each.heading for each in pictures))
    _add(svg, "desc", id=f"{name}-description").text = printable(" ".join(_descriptions(pictures)))
    dark = f"@media(prefers-color-scheme:dark){{{_css(_DARK)}}}"
    _add(svg, "style").text = f"{_css(_SHAPES)}{_css(_LIGHT)}{dark}"
    _add(svg, "rect", "page", width="100%", height="100%", rx=_number(CORNER))
    y = 0.0
    for picture, layout in zip(pictures, layouts, strict=True):
        _add_text(svg, "name", MARGIN, y + HEADING_HEIGHT - CORNER, picture.heading)
        y += HEADING_HEIGHT
        _add_picture(_add(svg, "g", transform=f"translate(0 {_number(y)})"), picture, layout)
        y += layout.height
    for line in lines:
        y += NOTE_HEIGHT
        _add_text(svg, "small quiet", MARGIN, y - CORNER / 2, line)
    indent(svg)
    return tostring(svg, encoding="unicode")


def _printable_link(link: Link) -> Link:
    return link._replace(label=tuple(map(printable, link.label)))


def _descriptions(pictures: Sequence[Picture]) -> Iterator[str]:
    for picture in pictures:
        yield f"{picture.heading}: {'; '.join(arrow.text for arrow in picture.arrows)}."


def _wrapped(text: str, width: float) -> list[str]:
    """Return a text in lines, as many words in each as fit."""
    first, *words = text.split()
    lines = [first]
    for word in words:
        longer = f"{lines[-1]} {word}"
        if text_width(longer, SMALL_FONT) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _css(styles: Mapping[str, str]) -> str:
    """Return styles that change nothing else in a page that holds the picture."""
    return "".join(f".wrm-graph {part}{{{style}}}" for part, style in styles.items())


def _in_lines(name: str) -> list[str]:
    """Return a name in lines. A long one is divided between small letters and capital letters."""
    name = printable(name)
    return [name] if len(name) <= MAX_NAME else re.sub(r"(?<=[a-z])(?=[A-Z])", "\n", name).split("\n")


def _add_picture(group: Element, picture: Picture, layout: Layout) -> None:
    (x, y), _ = layout.start
    _add_arrow(_add(group, "g"), [layout.start])
    _add(group, "circle", "start", cx=_number(x), cy=_number(y), r=_number(ARROW - 1))
    for arrow, (box, paths) in zip(picture.arrows, layout.links, strict=True):
        part = _add(
            group,
            "g",
            "outer" if arrow.link.is_outer else "inner",
            **{
                "data-from": printable(picture.nodes[arrow.link.source]),
                "data-to": " ".join(printable(picture.nodes[target]) for target in arrow.link.targets),
            },
        )
        _add(part, "title").text = printable(arrow.text)
        _add_arrow(part, paths)
        for number, line in enumerate(arrow.link.label):
            style = "centred small quiet" if number else "centred"
            _add_text(part, style, box.x + box.width / 2, box.y + LINE * (number + 1) - 4, line)
    for node, box in zip(picture.nodes, layout.nodes, strict=True):
        _add_node(group, node, box, is_final=node == picture.final)


def _add_arrow(part: Element, paths: Sequence[Path]) -> None:
    farthest = max(paths, key=_length)
    drawn = [path if path is farthest else _branch(path) for path in paths]
    for style in ("halo", "line"):
        for path in drawn:
            _add(part, "path", style, d=_rounded(path))
    for path in paths:
        _add(part, "polygon", "head", points=" ".join(f"{_number(x)},{_number(y)}" for x, y in _head(path)))


def _length(path: Path) -> float:
    return abs(path[-1][0] - path[0][0])


def _branch(path: Path) -> Path:
    """Return the end of a line whose beginning is that of another line, which is drawn already."""
    *_, corner, end = path
    return (_towards(corner, path[-3], 2 * CORNER), corner, end)


def _rounded(path: Path) -> str:
    """Return the path of a line with round corners. It ends inside the arrowhead."""
    *corners, end = path
    ends = [*corners, _towards(end, corners[-1], ARROW / 2)]
    parts = [f"M{_point(ends[0])}"]
    for before, corner, after in zip(ends, ends[1:], ends[2:], strict=False):
        parts.append(
            f"L{_point(_towards(corner, before, CORNER))}Q{_point(corner)} {_point(_towards(corner, after, CORNER))}"
        )
    return "".join([*parts, f"L{_point(ends[-1])}"])


def _head(path: Path) -> list[tuple[float, float]]:
    *_, before, (x, y) = path
    back_x, back_y = _towards((x, y), before, ARROW)
    across_x, across_y = (y - back_y) / 2, (back_x - x) / 2
    return [(x, y), (back_x + across_x, back_y + across_y), (back_x - across_x, back_y - across_y)]


def _towards(point: tuple[float, float], other: tuple[float, float], distance: float) -> tuple[float, float]:
    """Return the point at a distance, on a horizontal or vertical line to another one, but not beyond its middle."""
    (x, y), (to_x, to_y) = point, other
    length = abs(to_x - x) + abs(to_y - y)
    part = min(distance, length / 2) / length
    return x + (to_x - x) * part, y + (to_y - y) * part


def _add_node(group: Element, name: str, box: Box, *, is_final: bool) -> None:
    for inset in (0, 4) if is_final else (0,):
        _add(
            group,
            "rect",
            "frame",
            x=_number(box.x + inset),
            y=_number(box.y + inset),
            width=_number(box.width - 2 * inset),
            height=_number(box.height - 2 * inset),
            rx=_number(CORNER - inset / 2),
        )
    lines = _in_lines(name)
    top = box.y + (box.height - LINE * len(lines)) / 2
    for number, line in enumerate(lines):
        _add_text(group, "centred name", box.x + box.width / 2, top + LINE * (number + 1) - 4, line)


def _add(parent: Element, tag: str, style: str | None = None, **attributes: str) -> Element:
    return SubElement(parent, tag, attributes if style is None else {"class": style, **attributes})


def _add_text(parent: Element, style: str, x: float, y: float, text: str) -> None:
    _add(parent, "text", style, x=_number(x), y=_number(y)).text = printable(text)


def _point(point: tuple[float, float]) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")

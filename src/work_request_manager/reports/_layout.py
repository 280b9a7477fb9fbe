"""The layout of a graph: nodes in a row, links above, below and between them, and labels that nothing crosses.

A link between neighbours is a straight arrow in the gap between them. A loop is an arch on its node. Every other link
leaves its node upwards or downwards, follows a track, and returns to its targets. Its label is on the track, where no
other link passes. Gaps grow until every label has such a place.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from work_request_manager.reports._tracks import Link, Track, ports_of, tracks_of

FONT, SMALL_FONT = 14, 12
"""The sizes of the first line of a text, and of its other lines."""

BOLD_FONT = 16
"""A size of the font in which a text is as wide as in bold letters of the size of a first line."""

LINE = 17
"""The height of a line of text."""

PORT = 16
"""The distance between two links that meet the same side of a node."""

ARROW = 8
"""The length of an arrowhead."""

PADDING = 6
MARGIN = 12
START = MARGIN + 34
"""The left edge of the first node. The arrow to it is on the left."""

ARCH_WIDTH, ARCH_HEIGHT = 26, 20
MIN_GAP, MIN_NODE_WIDTH, MIN_NODE_HEIGHT = 56, 92, 56


class Box(NamedTuple):
    """A rectangle, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


Path = tuple[tuple[float, float], ...]
"""The corners of a line."""


class Placed(NamedTuple):
    """The place of a link.

    Args:
        label: the box of its label.
        paths: its lines, one to each target.
    """

    label: Box
    paths: tuple[Path, ...]


class Layout(NamedTuple):
    """The places of everything in a drawing.

    Args:
        width: the width of the drawing.
        height: its height.
        start: the line of the arrow to the first node.
        nodes: the boxes of the nodes.
        links: the places of the links, in the order in which they were given.
    """

    width: float
    height: float
    start: Path
    nodes: tuple[Box, ...]
    links: tuple[Placed, ...]


def lay_out(names: Sequence[Sequence[str]], links: Sequence[Link]) -> Layout:
    """Return the places of everything. No label overlaps another one, a node or a link.

    Args:
        names: the lines of the name of each node, from left to right.
        links: the links.
    """
    return _Plan(names, links).layout()


# ---- Texts


def text_width(text: str, size: float) -> int:
    """Return an upper limit of the width of a text, for all usual fonts. It is whole, so that sums of it are exact."""
    return ceil(size * sum(map(_character_width, text)))


def _character_width(character: str) -> float:
    if not character.isascii():
        return 1.1 if unicodedata.east_asian_width(character) in "WF" else 0.9
    if character in "fijlrtI .,:;()'|!":
        return 0.42
    if character in "mwMW@%":
        return 1.0
    return 0.78 if character.isupper() else 0.64


def lines_width(lines: Sequence[str]) -> int:
    """Return an upper limit of the width of a text in lines."""
    return max((text_width(line, SMALL_FONT if number else FONT) for number, line in enumerate(lines)), default=0)


# ---- Places


class _Plan:
    """The sizes from which all places follow.

    Args:
        names: the lines of the name of each node.
        links: the links.
    """

    def __init__(self, names: Sequence[Sequence[str]], links: Sequence[Link]) -> None:
        self.links = links
        self.loops: dict[int, list[int]] = defaultdict(list)
        self.short: dict[int, list[int]] = defaultdict(list)
        for number, link in enumerate(links):
            if link.is_loop:
                self.loops[link.source].append(number)
            elif link.is_short:
                self.short[min(link.source, *link.targets)].append(number)
        self.tracks = tracks_of(links)
        self.ports = ports_of(self.tracks)
        self.widths = [self._node_width(node, name) for node, name in enumerate(names)]
        self.gaps = [self._gap_width(gap) for gap in range(len(names) - 1)]
        stacks = (sum(map(self._row_height, numbers)) for numbers in self.short.values())
        self.height = max([MIN_NODE_HEIGHT, *(LINE * len(name) + 4 * PADDING for name in names), *stacks])
        for track in self.tracks:
            self._make_room(track)

    # Sizes

    def _node_width(self, node: int, name: Sequence[str]) -> float:
        sides = (PORT * (len(self.ports[node, below]) + 1) + self._loops_width(node, below) for below in (False, True))
        name_width = max(text_width(line, BOLD_FONT) for line in name) + 2 * PADDING
        return max(MIN_NODE_WIDTH, name_width, *sides)

    def _loops_width(self, node: int, below: bool) -> float:
        return 0.0 if below else sum(map(self._loop_width, self.loops[node]))

    def _loop_width(self, number: int) -> float:
        return max(ARCH_WIDTH, lines_width(self.links[number].label)) + 2 * PADDING

    def _gap_width(self, gap: int) -> float:
        labels = (lines_width(self.links[number].label) for number in self.short[gap])
        return max(MIN_GAP, max(labels, default=0.0) + ARROW + 2 * PADDING)

    def _label_height(self, number: int) -> float:
        return LINE * len(self.links[number].label)

    def _row_height(self, number: int) -> float:
        return self._label_height(number) + ARROW + PADDING

    @property
    def _arches_height(self) -> float:
        """The distance of the innermost track above from the nodes."""
        loops = [number for numbers in self.loops.values() for number in numbers]
        return max((ARCH_HEIGHT + self._label_height(number) for number in loops), default=ARROW) + 2 * PADDING

    def _track_heights(self, below: bool) -> list[float]:
        """Return the heights of the tracks on a side, with their labels, from the nodes outwards."""
        heights: dict[int, float] = defaultdict(float)
        for track in self.tracks:
            if track.below is below:
                height = self._label_height(track.number) + 2 * PADDING
                heights[track.level] = max(heights[track.level], height)
        return [heights[level] for level in sorted(heights)]

    # From left to right

    def _left(self, node: int) -> float:
        return START + sum(self.widths[:node]) + sum(self.gaps[:node])

    def _right(self, node: int) -> float:
        return self._left(node) + self.widths[node]

    def _inner_left(self, node: int, below: bool) -> float:
        """Return the left edge of the loops, and of the links that pass, on a side of a node."""
        ports = self.ports[node, below]
        free = self.widths[node] - PORT * len(ports) - self._loops_width(node, below)
        return self._left(node) + PORT * len(ports.left) + free / 2

    def _meetings(self, track: Track) -> list[tuple[int, float]]:
        """Return the nodes that a link meets, from left to right, and where. It can meet a node twice."""
        return [
            (node, x) for node in sorted({*track.nodes}) for port, x in self._ports(node, track.below) if port is track
        ]

    def _ports(self, node: int, below: bool) -> Iterator[tuple[Track, float]]:
        """Yield the links that meet a side of a node, and where."""
        ports = self.ports[node, below]
        inner = self._inner_left(node, below) + self._loops_width(node, below)
        for place, track in enumerate(ports.left):
            yield track, self._left(node) + PORT * (place + 1)
        for place, track in enumerate(ports.middle):
            yield track, inner + PORT * (place + 0.5)
        for place, track in enumerate(ports.right):
            yield track, self._right(node) - PORT * (len(ports.right) - place)

    def _stretches(self, track: Track) -> list[tuple[float, float]]:
        """Return the stretches of a track that neither its own link nor others cross."""
        own = [x for _, x in self._meetings(track)]
        outer = (each for each in self.tracks if each.below is track.below and each.level > track.level)
        others = (x for each in outer for _, x in self._meetings(each) if own[0] < x < own[-1])
        return [*pairwise(sorted([*own, *others]))]

    def _make_room(self, track: Track) -> None:
        """Widen a gap, if no stretch of a track is long enough for its label."""
        wanted = lines_width(track.link.label) + 2 * PADDING
        lengths = []
        for gap in range(track.first, track.last):
            x = self._right(gap) + self.gaps[gap] / 2
            lengths.append(next(end - start for start, end in self._stretches(track) if start < x < end))
        longest = max(lengths)
        if all(end - start < wanted for start, end in self._stretches(track)):
            self.gaps[track.first + lengths.index(longest)] += wanted - longest

    def _label_left(self, track: Track) -> float:
        """Return the left edge of the label of a track: as near as possible to the middle."""
        width = lines_width(track.link.label)
        stretches = self._stretches(track)
        best = (stretches[0][0] + stretches[-1][1] - width) / 2
        lefts = (
            min(max(best, start + PADDING), end - PADDING - width)
            for start, end in stretches
            if end - start >= width + 2 * PADDING
        )
        return min(lefts, key=lambda left: abs(left - best))

    # Everything

    def layout(self) -> Layout:
        """Return the places of everything."""
        above, below = self._track_heights(False), self._track_heights(True)
        top = MARGIN + sum(above) + self._arches_height
        bottom = top + self.height
        placed = {number: place for node in range(len(self.widths)) for number, place in self._placed_loops(node, top)}
        for gap in range(len(self.gaps)):
            placed.update(self._placed_in_gap(gap, top))
        for track in self.tracks:
            edge, y = top, top - self._arches_height - sum(above[: track.level - 1])
            if track.below:
                edge, y = bottom, bottom + ARROW + sum(below[: track.level])
            placed[track.number] = self._placed_track(track, edge, y)
        middle = top + self.height / 2
        return Layout(
            self._right(len(self.widths) - 1) + MARGIN,
            bottom + sum(below) + (ARROW if below else 0) + MARGIN,
            ((MARGIN + ARROW, middle), (START, middle)),
            tuple(Box(self._left(node), top, width, self.height) for node, width in enumerate(self.widths)),
            tuple(placed[number] for number in range(len(self.links))),
        )

    def _placed_loops(self, node: int, top: float) -> Iterator[tuple[int, Placed]]:
        x = self._inner_left(node, False)
        for number in self.loops[node]:
            width, height = lines_width(self.links[number].label), self._label_height(number)
            middle, high = x + self._loop_width(number) / 2, top - ARCH_HEIGHT
            left, right = middle - ARCH_WIDTH / 2, middle + ARCH_WIDTH / 2
            label = Box(middle - width / 2, high - PADDING / 2 - height, width, height)
            yield number, Placed(label, (((left, top), (left, high), (right, high), (right, top)),))
            x += self._loop_width(number)

    def _placed_in_gap(self, gap: int, top: float) -> Iterator[tuple[int, Placed]]:
        left, right = self._right(gap), self._left(gap + 1)
        y = top + (self.height - sum(map(self._row_height, self.short[gap]))) / 2
        for number in self.short[gap]:
            width, height = lines_width(self.links[number].label), self._label_height(number)
            line = y + height + PADDING
            ends = ((left, line), (right, line))
            label = Box((left + right - width) / 2, y, width, height)
            yield number, Placed(label, (ends if self.links[number].source == gap else ends[::-1],))
            y += self._row_height(number)

    def _placed_track(self, track: Track, edge: float, y: float) -> Placed:
        meetings = self._meetings(track)
        start = next(x for node, x in meetings if node == track.link.source)
        meetings.remove((track.link.source, start))
        ends = (next(x for node, x in meetings if node == target) for target in track.link.targets)
        height = self._label_height(track.number)
        label = Box(self._label_left(track), y - PADDING / 2 - height, lines_width(track.link.label), height)
        return Placed(label, tuple(((start, edge), (start, y), (end, y), (end, edge)) for end in ends))

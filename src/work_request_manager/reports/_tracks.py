"""The tracks of a drawing: on which side of a row of nodes each link runs, how far outside, and in which order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import attrs


class Link(NamedTuple):
    """A link between the nodes of a drawing.

    Args:
        source: the number of the node that it leaves.
        targets: the numbers of the nodes that it leads to.
        label: the lines of its label.
        is_outer: whether it runs outside all links for which this is false.
    """

    source: int
    targets: tuple[int, ...]
    label: tuple[str, ...]
    is_outer: bool = False

    @property
    def is_loop(self) -> bool:
        """Whether it only leads back to its source."""
        return {*self.targets} == {self.source}

    @property
    def is_short(self) -> bool:
        """Whether it fits into the gap between two neighbours."""
        return not self.is_outer and len(self.targets) == 1 and abs(self.targets[0] - self.source) == 1


@attrs.define(eq=False)
class Track:
    """A link that runs above or below the nodes.

    Args:
        number: the number of the link.
        link: the link.
        below: whether it runs below the nodes.
        level: the number of its track, from the nodes outwards, from 1.
    """

    number: int
    link: Link
    below: bool = False
    level: int = 1

    @property
    def nodes(self) -> tuple[int, ...]:
        """The nodes that it meets: its source, and its targets."""
        return (self.link.source, *self.link.targets)

    @property
    def first(self) -> int:
        """The leftmost of its nodes."""
        return min(self.nodes)

    @property
    def last(self) -> int:
        """The rightmost of its nodes."""
        return max(self.nodes)

    @property
    def order(self) -> tuple[bool, int, int]:
        """Its place in the order of all tracks, from the nodes outwards: long links run outside short ones."""
        return self.link.is_outer, self.last - self.first, self.number


class Ports(NamedTuple):
    """The links that meet one side of a node: those that come from the left, that pass, and that go to the right."""

    left: Sequence[Track]
    middle: Sequence[Track]
    right: Sequence[Track]

    def __len__(self) -> int:
        return len(self.left) + len(self.middle) + len(self.right)


Side = tuple[int, bool]
"""The number of a node, and whether this is its lower side."""


def tracks_of(links: Iterable[Link]) -> list[Track]:
    """Return the tracks of the links that are neither loops nor short, so that few links cross each other."""
    tracks = [Track(number, link) for number, link in enumerate(links) if not (link.is_loop or link.is_short)]
    _choose_sides(tracks)
    _choose_levels(tracks)
    return tracks


def _choose_sides(tracks: Iterable[Track]) -> None:
    """Put each link, the longest first, on the side where it crosses fewer others, or else where fewer are.

    Then move links to the other side as long as that avoids crossings.
    """
    placed: list[Track] = []
    for track in sorted(tracks, key=lambda each: (each.link.is_outer, each.first - each.last, each.number)):
        track.below = min((_cost(track, below, placed), below) for below in (False, True))[-1]
        placed.append(track)
    while any(_changes_side(track, placed) for track in placed):
        continue


def _changes_side(track: Track, tracks: Sequence[Track]) -> bool:
    others = [each for each in tracks if each is not track and each.link.is_outer <= track.link.is_outer]
    (here, _), (there, _) = (_cost(track, below, others) for below in (track.below, not track.below))
    if there < here:
        track.below = not track.below
    return there < here


def _cost(track: Track, below: bool, others: Iterable[Track]) -> tuple[int, int]:
    """Return the number of crossings on a side, and the number of links there."""
    there = [each for each in others if each.below is below]
    return sum(_crossings(track, each) for each in there), len(there)


def _crossings(one: Track, other: Track) -> int:
    """Return how often the outer one of two links crosses the track of the inner one."""
    inner, outer = sorted((one, other), key=lambda each: each.order)
    return sum(inner.first < node < inner.last for node in outer.nodes)


def _choose_levels(tracks: Iterable[Track]) -> None:
    """Put each link on the innermost track outside all those that it would overlap."""
    placed: list[Track] = []
    for track in sorted(tracks, key=lambda each: each.order):
        overlapped = (
            each.level
            for each in placed
            if each.below is track.below and each.first < track.last and track.first < each.last
        )
        track.level = max(overlapped, default=0) + 1
        placed.append(track)


def ports_of(tracks: Iterable[Track]) -> Mapping[Side, Ports]:
    """Return the links that meet each side of each node. A link that meets a node twice is there twice.

    At one side, no link crosses another one: of those that come from the left, the outermost is the last, and of those
    that go to the right, it is the first.
    """
    groups: dict[Side, tuple[list[Track], list[Track], list[Track]]] = defaultdict(lambda: ([], [], []))
    for track in sorted(tracks, key=lambda each: each.order):
        for node in track.nodes:
            left, middle, right = groups[node, track.below]
            if node == track.first:
                right.insert(0, track)
            else:
                (left if node == track.last else middle).append(track)
    return defaultdict(lambda: Ports((), (), ()), {side: Ports(*each) for side, each in groups.items()})

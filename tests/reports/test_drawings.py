"""Tests of the layout of drawings: every graph can be read, also one with more moves or categories than ours."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.drawings import crossings, faults
from work_request_manager.reports._layout import FONT, SMALL_FONT, lay_out, lines_width, text_width
from work_request_manager.reports._tracks import Link, tracks_of

TEXTS = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=30)
LABELS = st.lists(TEXTS, min_size=1, max_size=3).map(tuple)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[list[str]], list[Link]]:
    """Return the names of some nodes, and links between them of every sort."""
    names = draw(st.lists(st.lists(TEXTS, min_size=1, max_size=2), min_size=1, max_size=7))
    nodes = st.integers(0, len(names) - 1)
    targets = st.lists(nodes, min_size=1, max_size=len(names), unique=True).map(tuple)
    moves = st.builds(Link, nodes, nodes.map(lambda node: (node,)), LABELS)
    forbidden = st.builds(Link, nodes, targets, LABELS, st.just(True))
    return names, draw(st.lists(moves | forbidden, max_size=25))


@settings(deadline=None)
@given(graphs())
def test_nothing_overlaps_in_any_graph(graph: tuple[list[list[str]], list[Link]]) -> None:
    """Labels and nodes are apart, no link passes one, and no two links run along each other."""
    names, links = graph
    assert [*faults(lay_out(names, links), links)] == []


@pytest.mark.parametrize("size", range(1, 8))
def test_nothing_overlaps_if_every_move_exists(size: int) -> None:
    """There is a move from every node to every node, and another link from each to all of them."""
    names = [[f"Category{number}"] for number in range(size)]
    links = [
        Link(source, (target,), (f"move{source}{target}", "unless WRM203, WRM204"))
        for source, target in product(range(size), repeat=2)
    ]
    links += [Link(source, tuple(range(size)), (f"WRM90{source}",), True) for source in range(size)]
    assert [*faults(lay_out(names, links), links)] == []


def link(source: int, *targets: int, label: str = "x", is_outer: bool = False) -> Link:
    """Return a link."""
    return Link(source, targets, (label,), is_outer)


@pytest.mark.parametrize(
    "links",
    [
        [link(0, 2), link(2, 4), link(0, 4)],
        [link(0, 2), link(1, 3)],
        [link(0, 2), link(2, 0), link(0, 2)],
        [link(0, 3), link(1, 3), link(2, 4), link(2, 0)],
        [link(number, number) for number in range(5)] + [link(0, 4), link(4, 0)],
        [link(4, 0, 1, 2, 3, is_outer=True), link(0, 2)],
        [link(5, 1), link(3, 0), link(5, 1), link(3, 0), link(4, 2)],
    ],
    ids=["nested", "interleaved", "parallel", "both sides", "loops", "one with many heads", "several changes"],
)
def test_links_avoid_to_cross(links: list[Link]) -> None:
    """Each takes a side, a track and a place at its nodes where it crosses no other one."""
    assert crossings(lay_out([["A"], ["B"], ["C"], ["D"], ["E"], ["F"]], links)) == 0


def test_outer_links_run_outside_the_others() -> None:
    """So the moves have the same places whether the forbidden ones are drawn or not."""
    inner = [link(0, 2), link(1, 3)]
    outer = [link(3, 0, 1, is_outer=True), link(2, 0, is_outer=True)]
    both = tracks_of([*outer, *inner])
    assert [(each.below, each.level) for each in both[2:]] == [(each.below, each.level) for each in tracks_of(inner)]
    assert all(each.level > 1 for each in both[:2])


def test_links_that_only_meet_share_a_track() -> None:
    """So the drawing is no higher than it has to be."""
    tracks = tracks_of([link(0, 4), link(0, 3), link(0, 2), link(1, 3), link(2, 4)])
    assert [(each.below, each.level) for each in tracks] == [(False, 2), (True, 2), (False, 1), (True, 1), (False, 1)]
    mirrored = tracks_of([link(4, 0), link(4, 1), link(4, 2), link(3, 1), link(2, 0)])
    assert [(each.below, each.level) for each in mirrored] == [(each.below, each.level) for each in tracks]


def test_the_arrow_to_the_first_node_is_level() -> None:
    """It leads to the middle of its left side."""
    layout = lay_out([["A"], ["B"]], [link(0, 1), link(1, 0), link(0, 0)])
    first = layout.nodes[0]
    assert layout.start[1] == (first.x, first.y + first.height / 2)
    assert layout.start[0][1] == layout.start[1][1]
    assert 0 < layout.start[0][0] < first.x


def test_a_gap_grows_for_a_long_label() -> None:
    """The label of a link that another one crosses gets a place in a gap."""
    names = [["A"], ["B"], ["C"], ["D"]]
    wide = [link(0, 2, label="w" * 60), link(1, 3), link(0, 3), link(3, 0)]
    narrow = [each._replace(label=("x",)) for each in wide]
    assert lay_out(names, wide).width > lay_out(names, narrow).width
    assert [*faults(lay_out(names, wide), wide)] == []


def test_a_gap_grows_only_as_far_as_needed() -> None:
    """A track is as long as its label, with some space at both ends."""
    ((_, (left, _), (right, _), _),) = lay_out([["A"], ["B"], ["C"]], [link(0, 2, label="w" * 60)]).links[0].paths
    assert right - left == text_width("w" * 60, FONT) + 12
    short = link(0, 2)
    ((_, (left, _), (right, _), _),) = lay_out([["A"], ["B"], ["C"]], [short]).links[0].paths
    assert right - left > text_width("x", FONT) + 12


def test_links_between_neighbours_are_straight() -> None:
    """Those in one gap are below each other, in the order in which they are given."""
    placed = lay_out([["A"], ["B"]], [link(0, 1), link(1, 0), link(0, 1)]).links
    heights = []
    for each in placed:
        ((_, y), (_, to_y)) = each.paths[0]
        assert y == to_y
        heights.append(y)
    assert heights == sorted(heights)
    assert len(set(heights)) == 3


@settings(deadline=None)
@given(graphs())
def test_names_fit_into_their_nodes(graph: tuple[list[list[str]], list[Link]]) -> None:
    """There is some space around them, also in bold letters. All nodes are equally high, and in a row."""
    names, links = graph
    nodes = lay_out(names, links).nodes
    for name, box in zip(names, nodes, strict=True):
        assert box.width >= 1.1 * max(text_width(line, FONT) for line in name) + 10
        assert box.height >= 17 * len(name) + 20
    assert len({(box.y, box.height) for box in nodes}) == 1


def test_texts_get_at_least_their_width() -> None:
    """The widths are those of wide letters, so that no usual font needs more. A character counts as it is shown."""
    assert text_width("WRM203", FONT) >= 0.58 * FONT * 6
    assert text_width("i", FONT) < text_width("a", FONT) < text_width("A", FONT) < text_width("W", FONT)
    assert text_width("\u754c", FONT) > text_width("\u0101", FONT) > text_width("a", FONT)
    assert lines_width(["ab", "abc"]) == max(text_width("ab", FONT), text_width("abc", SMALL_FONT))
    assert lines_width([]) == 0

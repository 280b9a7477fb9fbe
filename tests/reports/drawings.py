"""Checks of the layout of a drawing: nothing overlaps that a reader has to read."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from work_request_manager.reports._layout import Box, Layout, Path
from work_request_manager.reports._tracks import Link

Segment = tuple[float, float, float, float]
"""A horizontal or vertical line: its left, upper, right and lower end."""

TOLERANCE = 1e-6


def segments(path: Path) -> Iterator[Segment]:
    """Yield the straight parts of a line."""
    for (x, y), (to_x, to_y) in pairwise(path):
        assert abs(x - to_x) < TOLERANCE or abs(y - to_y) < TOLERANCE, "it is horizontal or vertical"
        yield min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)


def overlap(one: Segment, other: Segment) -> bool:
    """Return whether two areas, lines or an area and a line have more in common than their edges or ends."""
    return (
        one[0] < other[2] - TOLERANCE
        and other[0] < one[2] - TOLERANCE
        and one[1] < other[3] - TOLERANCE
        and other[1] < one[3] - TOLERANCE
    )


def area(box: Box) -> Segment:
    """Return the edges of a box."""
    return box.x, box.y, box.x + box.width, box.y + box.height


def run_along(one: Segment, other: Segment) -> bool:
    """Return whether two lines have more than a point in common."""
    for low, across in ((0, 1), (1, 0)):
        is_parallel = abs(one[across] - one[across + 2]) + abs(other[across] - other[across + 2]) < TOLERANCE
        if is_parallel and abs(one[across] - other[across]) < TOLERANCE:
            common = min(one[low + 2], other[low + 2]) - max(one[low], other[low])
            if common > TOLERANCE:
                return True
    return False


def cross(one: Segment, other: Segment) -> bool:
    """Return whether a horizontal and a vertical line cross, not only meet."""
    inside = 2 * TOLERANCE
    return all(max(one[low], other[low]) < min(one[low + 2], other[low + 2]) + TOLERANCE for low in (0, 1)) and any(
        flat[0] + inside < upright[0] < flat[2] - inside and upright[1] + inside < flat[1] < upright[3] - inside
        for flat, upright in ((one, other), (other, one))
    )


def faults(layout: Layout, links: Sequence[Link]) -> Iterator[str]:
    """Yield the faults of a layout: what a reader could not read, or would read wrongly."""
    page = (0.0, 0.0, layout.width, layout.height)
    boxes = {f"node {number}": area(box) for number, box in enumerate(layout.nodes)}
    boxes |= {f"label {number}": area(placed.label) for number, placed in enumerate(layout.links)}
    for (name, box), (other_name, other) in combinations(boxes.items(), 2):
        if overlap(box, other):
            yield f"{name} and {other_name} overlap"
    for name, box in boxes.items():
        if not (page[0] <= box[0] and page[1] <= box[1] and box[2] <= page[2] and box[3] <= page[3]):
            yield f"{name} is not on the page"
    lines = {number: [*map(list, map(segments, placed.paths))] for number, placed in enumerate(layout.links)}
    for number, paths in lines.items():
        for part in [part for path in paths for part in path]:
            yield from (f"link {number} passes {name}" for name, box in boxes.items() if overlap(_thick(part), box))
    for (number, paths), (other_number, others) in combinations(lines.items(), 2):
        if any(run_along(one, other) for path in paths for one in path for each in others for other in each):
            yield f"links {number} and {other_number} run along each other"
    for number, (link, placed) in enumerate(zip(links, layout.links, strict=True)):
        for target, path in zip(link.targets, placed.paths, strict=True):
            if not (_is_at(path[0], layout.nodes[link.source]) and _is_at(path[-1], layout.nodes[target])):
                yield f"link {number} does not lead from node {link.source} to node {target}"


def _thick(line: Segment) -> Segment:
    """Return the area that a line and the gap next to it take, except at its ends."""
    x, y, to_x, to_y = line
    return (x + 1, y - 1, to_x - 1, y + 1) if y == to_y else (x - 1, y + 1, x + 1, to_y - 1)


def _is_at(point: tuple[float, float], box: Box) -> bool:
    """Return whether a point is on the edge of a box, but not on its corner."""
    (x, y), (left, top, right, bottom) = point, area(box)
    return (left < x < right and y in (top, bottom)) or (top < y < bottom and x in (left, right))


def crossings(layout: Layout) -> int:
    """Return how often links cross each other."""
    lines = [[part for path in placed.paths for part in segments(path)] for placed in layout.links]
    return sum(cross(one, other) for ones, others in combinations(lines, 2) for one in ones for other in others)

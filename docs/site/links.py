"""Check a built site: every link into it leads somewhere, and no page loads anything from elsewhere."""

from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urlsplit


class Links(NamedTuple):
    """The links of a site.

    Args:
        inside: the number of links into the site.
        broken: a line for each link that leads nowhere.
        loaded: a line for each script, style or image that a page loads from elsewhere.
        external: the other addresses that the pages link to, each with the pages.
    """

    inside: int
    broken: list[str]
    loaded: list[str]
    external: dict[str, list[str]]


class _Page(HTMLParser):
    """The anchors and the links of a page.

    Args:
        html: the text of the page.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.targets: list[str] = []
        self.parts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the anchor and the link of a tag."""
        values = {name: value for name, value in attrs if value}
        if "id" in values:
            self.anchors.add(values["id"])
        if tag == "a" and "href" in values:
            self.targets.append(values["href"])
        elif tag in ("img", "link", "script") and (part := values.get("src") or values.get("href")):
            self.parts.append(part)


def links(site: Path) -> Links:
    """Return the links of a site.

    Args:
        site: the folder of the site.
    """
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    found = Links(0, [], [], {})
    inside = 0
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        for target in (*page.targets, *page.parts):
            address, anchor = urldefrag(target)
            if urlsplit(address).scheme or address.startswith("//"):
                if target in page.parts:
                    found.loaded.append(f"{name}: {target}")
                elif name not in found.external.setdefault(target, []):
                    found.external[target].append(name)
                continue
            inside += 1
            file = (path.parent / unquote(urlsplit(address).path)).resolve() if address else path
            known = pages[file].anchors if file in pages else set()
            if not file.is_file() or (anchor and unquote(anchor) not in known):
                found.broken.append(f"{name}: {target}")
    return found._replace(inside=inside)

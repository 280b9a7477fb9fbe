"""Build the documentation site: pages that need no server and no network.

    python docs/site/build.py               build it in build/site
    python docs/site/build.py --external    and list the links to other sites, which are not followed

Any warning is an error, and so is a link that leads nowhere.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pages
from links import Links, links
from sphinx.cmd.build import main as run_sphinx

HERE = Path(__file__).parent
SITE = pages.ROOT / "build" / "site"
OPTIONS = ["--builder", "html", "--conf-dir", str(HERE), "--fail-on-warning", "--quiet"]


def build(site: Path) -> Links:
    """Build the site, and check its links.

    Args:
        site: its folder. A complete site replaces an earlier one in it.

    Returns:
        The links of the site.

    Raises:
        SystemExit: the folder has other files, Sphinx reports problems, or a link leads nowhere.
    """
    if site.exists() and not (site / "searchindex.js").exists():
        sys.exit(f"{site} exists and is not a site; name another folder")
    with tempfile.TemporaryDirectory() as scratch:
        staged, cache, built = (Path(scratch, name) for name in ("pages", "cache", "site"))
        pages.stage(staged)
        if run_sphinx([*OPTIONS, "--doctree-dir", str(cache), str(staged), str(built)]) != 0:
            sys.exit("Sphinx reports the problems above")
        found = links(built)
        if problems := [*_problems(found)]:
            sys.exit("\n".join(problems))
        if site.exists():
            shutil.rmtree(site)
        shutil.move(built, site)
    return found


def _problems(found: Links) -> Iterator[str]:
    for link in found.broken:
        yield f"leads nowhere: {link}"
    for part in found.loaded:
        yield f"loaded from elsewhere: {part}"


def main() -> None:
    """Build the site, and print its size."""
    parser = argparse.ArgumentParser(description="Build the documentation site.")
    parser.add_argument("site", nargs="?", type=Path, default=SITE, help="the folder of the site")
    parser.add_argument("--external", action="store_true", help="list the links to other sites")
    options = parser.parse_args()
    found = build(options.site)
    if options.external:
        for target, names in sorted(found.external.items()):
            print(f"{target} ({', '.join(names) if len(names) <= 3 else f'{len(names)} pages'})")
    size = sum(path.stat().st_size for path in options.site.rglob("*") if path.is_file())
    count = len([*options.site.rglob("*.html")])
    print(f"{options.site}: {count} pages, {size / 1e6:.1f} MB; {found.inside} links into the site lead somewhere;")
    print(f"{len(found.external)} addresses elsewhere are not followed (--external lists them)")


if __name__ == "__main__":
    main()

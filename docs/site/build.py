"""Build the documentation site: pages that need no server and no network.

    python docs/site/build.py               build it in build/site
    python docs/site/build.py --external    and list the links to other sites, which are not followed

Any warning is an error, and so is a link that leads nowhere.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import pages  # noqa: E402
from links import links  # noqa: E402
from sphinx.cmd.build import main as run_sphinx  # noqa: E402

SITE = pages.ROOT / "build" / "site"


def build(site: Path) -> str:
    """Build the site.

    Args:
        site: its folder. An earlier site in it is replaced.

    Returns:
        An empty text, or else what is wrong.
    """
    if site.exists():
        if not (site / "searchindex.js").exists():
            return f"{site} exists and is not a site; name another folder"
        shutil.rmtree(site)
    with tempfile.TemporaryDirectory() as scratch:
        staged, cache = Path(scratch, "pages"), Path(scratch, "cache")
        pages.stage(staged)
        options = ["--builder", "html", "--conf-dir", str(HERE), "--doctree-dir", str(cache)]
        options += ["--quiet", "--fail-on-warning", "--fresh-env"]
        return "Sphinx reports the problems above" if run_sphinx([*options, str(staged), str(site)]) else ""


def main() -> None:
    """Build the site, and check its links."""
    parser = argparse.ArgumentParser(description="Build the documentation site.")
    parser.add_argument("site", nargs="?", type=Path, default=SITE, help="the folder of the site")
    parser.add_argument("--external", action="store_true", help="list the links to other sites")
    options = parser.parse_args()
    if problem := build(options.site):
        sys.exit(problem)
    found = links(options.site)
    if options.external:
        for target, names in sorted(found.external.items()):
            print(f"{target} ({', '.join(names)})")
    if found.broken or found.loaded:
        sys.exit(
            "\n".join(
                [*(f"leads nowhere: {each}" for each in found.broken), *(f"loads: {each}" for each in found.loaded)]
            )
        )
    size = sum(path.stat().st_size for path in options.site.rglob("*") if path.is_file())
    count = len([*options.site.rglob("*.html")])
    print(f"{options.site}: {count} pages, {size / 1e6:.1f} MB; {found.inside} links into the site lead somewhere;")
    print(f"{len(found.external)} addresses elsewhere are not followed (--external lists them)")


if __name__ == "__main__":
    main()

"""The page of the package on PyPI: README with links that work there, and the links of the project.

hatchling runs this hook when it builds the package. README is written to be read in the repository, so its links are
relative, and PyPI shows these as broken links. With a public address, they lead to the files of this version there.
Without one, they become plain text, and pictures are left out.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_CODE = r"^```.*?^```$|`[^`\n]*`"
_COMMENT = re.compile(r"^<!-- .*? -->\n", re.MULTILINE)
_TARGET = re.compile(rf"{_CODE}|(?<=\]\()(?!https?:|#)(?P<target>[^)\s]+)(?=\))", re.DOTALL | re.MULTILINE)
_PICTURE = r"\[!\[[^]]*\]\([^)]*\)\]\([^)]*\)\n*|!\[[^]]*\]\([^)]*\)\n*"
_LINK = re.compile(
    rf"{_CODE}|{_PICTURE}|\[(?P<text>[^]]*)\]\((?P<target>(?!https?:|#)[^)\s]+)\)", re.DOTALL | re.MULTILINE
)
_IMAGES = (".svg", ".png")


def readme_on_pypi(readme: str, repository: str, version: str) -> str:
    """Return the text of README for PyPI.

    Args:
        readme: the text in the repository.
        repository: the public address of the repository. Pass an empty text if there is none.
        version: the version of the package. The repository has a tag for it.
    """
    readme = _COMMENT.sub("", readme)
    if not repository:
        return _LINK.sub(_as_text, readme)

    def absolute(found: re.Match[str]) -> str:
        target = found["target"]
        if not target:
            return found[0]
        return f"{repository}/{'raw' if target.endswith(_IMAGES) else 'blob'}/v{version}/{target}"

    return _TARGET.sub(absolute, readme)


def _as_text(found: re.Match[str]) -> str:
    if found["target"]:
        return found["text"]
    return "" if "![" in found[0][:3] else found[0]


def links_of_project(repository: str, version: str) -> dict[str, str]:
    """Return the links of the project by their labels. There are none without a public address.

    Args:
        repository: the public address of the repository. Pass an empty text if there is none.
        version: the version of the package. The repository has a tag for it.
    """
    if not repository:
        return {}
    files = f"{repository}/blob/v{version}"
    return {
        "Documentation": f"{files}/docs/README.md",
        "Repository": repository,
        "Issues": f"{repository}/issues",
        "Changelog": f"{files}/CHANGELOG.md",
    }


class PypiPage(MetadataHookInterface):
    """The hook that adds both to the metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the text of README and the links.

        Args:
            metadata: the table `project` of pyproject.toml.
        """
        repository, version = self.config["repository"], metadata["version"]
        readme = Path(self.root, "README.md").read_text(encoding="utf-8")
        text = readme_on_pypi(readme, repository, version)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["urls"] = links_of_project(repository, version)

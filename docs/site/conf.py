"""The configuration of Sphinx. `build.py` runs it."""

from importlib.metadata import version as version_of
from pathlib import Path

HERE = Path(__file__).parent

project = "work-request-manager"
version = release = version_of(project)
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "references"]
root_doc = "index"
language = "en"
smartquotes = False  # it would write the two hyphens of an option as a dash
nitpicky = True
highlight_language = "text"

myst_heading_anchors = 4
myst_heading_slug_func = "github"

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_display_short_literal_types = True
maximum_signature_line_length = 120  # of the text before names are shortened
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
pygments_dark_style = "a11y-dark"  # the default underlines modules, as if they were links
html_title = project
templates_path = [str(HERE / "templates")]
html_static_path = [str(HERE / "static")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = False
html_domain_indices = False
html_js_files = ["site.js"]
html_favicon = str(HERE / "static" / "favicon.svg")
html_search_scorer = str(HERE / "scorer.js")

"""Settings of the site for Sphinx; scripts/docs builds it from a staged copy of the pages."""

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from ctbone import __version__

project = "ctbone"
author = "the authors of ctbone"
project_copyright = "the authors of ctbone"
version = release = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
source_suffix = {".md": "markdown"}
# Headings are linked to as on GitHub.
myst_heading_anchors = 4
# A page may begin below the first level, as the card of the weights does.
suppress_warnings = ["myst.header"]

html_theme = "furo"
html_title = "ctbone"
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["static"]
html_css_files = ["tables.css"]
#: Languages of blocks that Pygments does not know.
_PLAIN = ("csv",)

pygments_style = "friendly"
pygments_dark_style = "monokai"

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
autodoc_default_options = {"members": True}
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

nitpicky = True
# Types of other packages have their documents elsewhere, and their own names for themselves.
# Of ours, what a room does not offer to others (a name of more parts) has no page.
nitpick_ignore_regex = [("py:.*", r"(?!ctbone\.\w+\.\w+$).*")]


def setup(app: Sphinx) -> None:
    """Show blocks of other languages plainly."""
    for name in _PLAIN:
        app.add_lexer(name, TextLexer)

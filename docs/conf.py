"""Settings of the documentation. `make docs` builds it; the pages under reference/generated are written from data first."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from conformance import __version__  # noqa: E402 - the version has one place
from tools.docs.accessible import make_accessible  # noqa: E402
from tools.docs.reference import write_reference  # noqa: E402

project = "gpconnect-assure"
author = "The gpconnect-assure authors"
version = release = __version__
language = "en-GB"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "adr/README.md"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings: list[str] = []
nitpicky = True
highlight_language = "none"  # a block without a language is a command
smartquotes_action = "q"  # dashes stay as they are: options begin with two

html_theme = "furo"
html_title = f"gpconnect-assure {release}"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_show_copyright = False
html_copy_source = False
html_use_index = False

write_reference(HERE / "reference" / "generated")


def setup(app: "Sphinx") -> None:
    """Change the pages once they are written."""
    app.connect("build-finished", lambda app, error: None if error else make_accessible(Path(app.outdir)))

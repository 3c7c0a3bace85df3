"""tools/docs.py as a module: it runs the commands that the pages show."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("npwheel_docs_tool", ROOT / "tools" / "docs.py")
docs = importlib.util.module_from_spec(SPEC)
sys.modules[SPEC.name] = docs
SPEC.loader.exec_module(docs)


def page(name):
    """Return the text of a page of docs/."""
    return (ROOT / "docs" / f"{name}.md").read_text("utf-8")

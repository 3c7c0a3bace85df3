"""What a script adds to sys.path in so many words; it is read, never run."""

import ast
import os
from typing import List

from npwheel.doctor import installed


def path_steps(script: str) -> List[str]:
    """What a script adds to sys.path in so many words, as stages of the child."""
    try:
        tree = ast.parse(installed.head(script, 4 << 20))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    folder = os.path.dirname(os.path.abspath(script))
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = node.func.value
        if not isinstance(owner, ast.Attribute) or owner.attr != "path" or not node.args:
            continue
        place = literal(node.args[-1], folder)
        if place and node.func.attr in ("append", "insert"):
            found.append("{}:{}".format(node.func.attr, os.path.abspath(place)))
    return found[:20]


def literal(node: ast.AST, folder: str) -> str:
    """A path that is written out, alone or joined to the script's own folder; else empty."""
    text = getattr(node, "value", None) or getattr(node, "s", None)  # `s` before Python 3.8
    if isinstance(text, str):
        return text
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        parts = [literal(arg, folder) for arg in node.args[1:]]
        if node.func.attr == "join" and parts and all(parts) and "__file__" in names_in(node):
            return os.path.join(folder, *parts)
    return ""


def names_in(node: ast.AST) -> List[str]:
    """The names that an expression uses."""
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]

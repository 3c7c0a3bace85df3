"""Names of a project, quoted for the languages of what init writes. Any name may be hostile."""

from __future__ import annotations

import keyword
import re

from npwheel.core.errors import UsageError

_PLAIN_PATH = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./-]*")
_ESCAPES = {'"': '\\"', "\\": "\\\\"}


def is_importable(name: str) -> bool:
    """Can a statement `import NAME` have it? Such a name means nothing to any shell."""
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name)


def as_argument(path: str) -> str:
    """Return a relative path that no command takes for an option or a requirement."""
    return path if _PLAIN_PATH.fullmatch(path) else f"./{path}"


def yaml_string(text: str) -> str:
    """Return a YAML scalar, of a GitHub workflow, whose value is `text`.

    GitHub evaluates `${{ … }}` in it: an opening one becomes an expression for itself.
    Raises UsageError for a text that YAML cannot express.
    """
    written = text.replace("${{", "${{ '${{' }}")
    return '"' + "".join(_letter(letter) for letter in written) + '"'


def _letter(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isprintable():
        return letter
    code = ord(letter)
    if 0xD800 <= code <= 0xDFFF:
        raise UsageError(
            "the path of the project in its repository is not UTF-8",
            why="a workflow cannot name it",
            next="rename the folder",
        )
    return f"\\x{code:02x}" if code < 0x100 else f"\\U{code:08x}"

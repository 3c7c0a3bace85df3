"""Text from a wheel, made safe to print: names in it may hold anything."""

from __future__ import annotations


def plain(text: str) -> str:
    """The text with control characters, escapes and undecodable bytes written out."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else _written(letter) for letter in text
    )


def _written(letter: str) -> str:
    return letter.encode("unicode_escape", "backslashreplace").decode("ascii")

"""Render the outcome of a proof in `report.html`: a sign, the word, and the reason."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from npwheel.prove.proof import FAIL, NOT_RUN, PASS
from npwheel.report.html_elements import tag
from npwheel.report.matrix_report import SIGNS

_CLASSES = {PASS: "pass", FAIL: "fail", NOT_RUN: "idle"}


def badge(outcome: str) -> Element:
    """Return the sign and the word."""
    sign = tag("span", SIGNS[outcome], aria_hidden="true")
    return tag("span", sign, f" {outcome}", class_=_CLASSES[outcome])


def outcome(name: str, reason: str = "", text: str = "") -> Element:
    """Return an outcome with its subject, and its reason."""
    return tag(
        "div",
        badge(name),
        f" {text}" if text else None,
        tag("span", reason, class_="why") if reason else None,
        data_outcome=name,
    )

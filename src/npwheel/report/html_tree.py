"""HTML as a tree: what is written into it is escaped by construction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, tostring

# XML 1.0 has no place for these, and a browser shows nothing for them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def tag(name: str, /, *children: Element | str | None, **attributes: str) -> Element:
    """An element. `class_` is `class`; other underscores become hyphens. None is left out."""
    names = {key: key.rstrip("_").replace("_", "-") for key in attributes}
    element = Element(name, {names[k]: _CONTROL.sub("�", v) for k, v in attributes.items()})
    for child in children:
        if isinstance(child, str):
            text = _CONTROL.sub("�", child)
            if len(element):
                element[-1].tail = (element[-1].tail or "") + text
            else:
                element.text = (element.text or "") + text
        elif child is not None:
            element.append(child)
    return element


def table(
    caption: str,
    headings: Sequence[str],
    lines: Iterable[Sequence[Element | str]],
    *,
    class_: str = "",
) -> Element:
    """A table whose first column names the row; a single cell beside it spans the others.

    On a narrow screen the style sheet stacks a row's cells; the roles keep it a table
    for assistive technology there, and `data-label` repeats the column's heading.
    """
    head = [tag("th", text, scope="col", role="columnheader") for text in headings]
    body = []
    for line in lines:
        cells = [tag("th", line[0], scope="row", role="rowheader")]
        labels, span = headings[1:], {}
        if len(line) == 2 < len(headings):
            labels = ("every column",)
            span = {"colspan": str(len(headings) - 1), "aria_colspan": str(len(headings) - 1)}
        for label, content in zip(labels, line[1:], strict=True):
            # One box for all the content, so that it stacks beside its label.
            cells.append(tag("td", tag("div", content), role="cell", data_label=label, **span))
        body.append(tag("tr", *cells, role="row"))
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *head, role="row"), role="rowgroup"),
        tag("tbody", *body, role="rowgroup"),
        role="table",
        **({"class_": class_} if class_ else {}),
    )


def render(root: Element) -> str:
    """The document, with its doctype."""
    return "<!DOCTYPE html>\n" + tostring(root, "unicode", method="html") + "\n"

"""Build HTML as a tree of elements, which escapes all text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, tostring

# Not allowed in XML 1.0, and invisible in a browser.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def tag(name: str, /, *children: Element | str | None, **attributes: str) -> Element:
    """Make an element. `class_` is `class`; other underscores become hyphens. None is omitted."""
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
    """Make a table whose first column names the row. A single other cell spans all columns.

    On a narrow screen the style sheet stacks the cells of a row. The roles keep it a table
    for assistive technology, and `data-label` repeats the column's heading.
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
            # One box for all content, so that it stays next to its label when stacked.
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
    """Return the document, with its doctype."""
    return "<!DOCTYPE html>\n" + tostring(root, "unicode", method="html") + "\n"

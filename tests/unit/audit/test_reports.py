"""Each form of the report, on reports that hold everything a report can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from npwheel import report
from npwheel.audit import catalogue, wheel_report
from npwheel.audit.model import Finding, ModuleRow, NumpyRange, WheelReport
from npwheel.core.terminal import plain
from npwheel.report import audit_github, audit_json, audit_rules, audit_sarif, audit_text

SCHEMA = json.loads(
    (Path(report.__file__).parent / "data" / "audit.schema.json").read_text(encoding="utf-8")
)
ROW = ModuleRow(
    "pkg/mod.so", "cython", 0x10, "1.23", "1.x", {"dtype": 96}, "import",
    "refuses an admitted NumPy",
)  # fmt: skip
LIES = WheelReport(
    "pkg-1.0-cp38-cp38-manylinux_2_17_x86_64.whl",
    NumpyRange("1.23.0", "1.x", ">=1.20", "1.23", ("1.20.0", "1.22.4", "2.0.0", "2.0.2")),
    (ROW, ModuleRow("pkg/n.so", "c", None, "", "1.x", {}, "unknown", "could not read: x")),
    (
        Finding("NPA101", "error", "", "refuses 1.20.0 to 1.22.4", "require numpy>=1.23.0"),
        Finding("NPA106", "unchecked", "pkg/n.so", "could not read: x", "import it"),
        Finding("NPA601", "error", "a,b:c%\nd", "too new", "rebuild", ("f@GLIBC_2.99",)),
        Finding("NPA104", "note", "", "harmless", "none"),
    ),
)
UNREAD = WheelReport("bad.whl", NumpyRange(None, None, None, "", ()), error="no zip archive")
PURE = WheelReport("pure.whl", NumpyRange(None, None, None, "", ()))
ALL = [LIES, UNREAD, PURE]


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(audit_json.render(ALL))
    return found


def test_json_fits_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(document(), SCHEMA)


@pytest.mark.parametrize("key", ["file", "numpy", "modules", "findings"])
def test_the_schema_can_refuse(key: str) -> None:
    broken = document()
    del broken["wheels"][0][key]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_json_keeps_the_promised_form() -> None:
    wheel = document()["wheels"][0]
    assert wheel["numpy"]["reachable_refused"] == ["1.20.0", "1.22.4", "2.0.0", "2.0.2"]
    assert wheel["modules"][0]["api"] == "0x10"
    assert wheel["modules"][1]["api"] is None


def test_every_binding_is_in_the_schema() -> None:
    from npwheel.audit.capi import use

    known = set(SCHEMA["$defs"]["module"]["properties"]["binding"]["enum"])
    assert {name for name, _ in use._BINDINGS} | {"c", "none"} == known


def test_text_is_read_in_five_seconds() -> None:
    first = audit_text.render([LIES]).splitlines()[0]
    assert "loads on NumPy 1.23.0 to 1.x; declares >=1.20" in first
    assert "REFUSES 1.20.0 to 1.22.4 and 2.0.0 to 2.0.2" in first
    assert "2 errors, 1 could not check" in first


def test_text_hides_notes_unless_asked() -> None:
    assert "harmless" not in audit_text.render([LIES])
    assert "1 note not shown" in audit_text.render([LIES])
    assert "harmless" in audit_text.render([LIES], verbose=True)
    assert "pkg/mod.so: cython, C-API 0x10 (NumPy 1.23)" in audit_text.render([LIES], verbose=True)


def test_what_could_not_be_checked_is_not_fine() -> None:
    assert "COULD NOT CHECK: no zip archive" in audit_text.render([UNREAD])
    assert UNREAD.unchecked


def test_github_annotations_are_escaped() -> None:
    lines = audit_github.render(ALL).splitlines()
    assert len(lines) == 5
    assert all(line.startswith(("::error title=", "::notice title=")) for line in lines)
    assert "a,b:c%25%0Ad" in lines[2]


def test_sarif_is_complete() -> None:
    run = json.loads(audit_sarif.render(ALL, catalogue.all_rules()))["runs"][0]
    ids = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert ids == {"NPA000", "NPA101", "NPA104", "NPA106", "NPA601"}
    levels = [result["level"] for result in run["results"]]
    assert levels == ["error", "error", "error", "note", "error"]


def test_terminals_are_not_commanded() -> None:
    assert plain("a\x1b[31mb\udcffc\n") == "a\\x1b[31mb\\udcffc\n"


def test_no_name_begins_a_line_of_its_own() -> None:
    """A CI system would take an order from it."""
    name = "a\n::error::x.whl"
    finding = Finding("NPA601", "error", "b\n::error::y.so", "c\n::error::z", "d\n::error::z")
    row = ModuleRow("e\n::error::.so", "c", None, "", None, {}, "none", "f\n::error::")
    odd = WheelReport(name, UNREAD.numpy, (row,), (finding,))
    text = audit_text.render([odd, WheelReport(name, UNREAD.numpy, error=name)], verbose=True)
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def test_the_rules_document_is_the_rules() -> None:
    file = Path(__file__).parents[3] / "docs" / "audit-rules.md"
    assert file.read_text(encoding="utf-8") == audit_rules.document(catalogue.all_rules())


def test_every_rule_has_what_why_and_fix() -> None:
    rules = catalogue.all_rules()
    assert len({rule.id for rule in rules}) == len(rules) > 20
    for rule in rules:
        assert rule.title and rule.what and rule.why and rule.fix
        assert rule.id in audit_rules.page(rule)


def test_sarif_takes_names_that_are_not_utf_8() -> None:
    finding = Finding("NPA402", "unchecked", "pkg/\udcff\x1b[31m.so", "\udcff", "\udcfe")
    report = WheelReport("pkg-\udcff-1.whl", UNREAD.numpy, findings=(finding,))
    text = audit_sarif.render([report], catalogue.all_rules())
    document = json.loads(text)
    assert json.dumps(document, ensure_ascii=False).encode("utf-8")
    (result,) = document["runs"][0]["results"]
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "pkg-%FF-1.whl"
    assert "\x1b" not in location["logicalLocations"][0]["fullyQualifiedName"]


def test_findings_of_one_rule_are_one_block() -> None:
    findings = tuple(Finding("NPA209", "error", f"pkg/{n}.so", "too new", "fix") for n in range(9))
    report = WheelReport("pkg.whl", UNREAD.numpy, findings=findings)
    text = audit_text.render([report])
    assert text.count("NPA209") == 1
    assert "9 times" in text
    assert "and 6 more" in text
    assert audit_text.render([report], verbose=True).count("NPA209") == 9
    assert len(json.loads(audit_json.render([report]))["wheels"][0]["findings"]) == 9


def test_bounds_are_merged() -> None:
    from packaging.specifiers import SpecifierSet

    bounds = [SpecifierSet(">=1.17.0"), SpecifierSet(">=1.17.0,>=1.17.3"), SpecifierSet(">=1.17.3")]
    assert wheel_report._declared(bounds) == ">=1.17.0 or >=1.17.3"
    assert "3 bounds" in wheel_report._declared([*bounds, SpecifierSet("<2,>=1.19")])
    assert wheel_report._declared([]) is None

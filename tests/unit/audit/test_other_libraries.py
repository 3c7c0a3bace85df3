"""Wheels for Windows and macOS: what their libraries show of NumPy."""

from __future__ import annotations

import pytest
from other_builder import arm64_check, macho, pe, universal, x86_check
from rule_wheels import ABOUT, findings, make

from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_wheel
from npwheel.audit.model import WheelReport

HEADERS_1 = b"module compiled against API version 0x%x but this version of numpy is 0x%x\0"
HEADERS_2 = b"module was compiled against NumPy C-API version 0x%x (NumPy 1.23) but\0"
WINDOWS, MACOS = "cp311-cp311-win_amd64", "cp311-cp311-macosx_11_0_arm64"
PYD, DARWIN = "pkg/mod.cp311-win_amd64.pyd", "pkg/mod.cpython-311-darwin.so"
TEXTS = b"_ARRAY_API\0"


def audited(folder, tag: str, name: str, content: bytes, requires: str = "numpy") -> WheelReport:
    about = f"{ABOUT}Requires-Dist: {requires}\n"
    return audit_wheel(make(folder, {name: content}, tag, about), catalogue.all_rules())


def errors(report: WheelReport) -> dict[str, str]:
    return {f.id: f.severity for f in report.findings if f.severity in ("error", "unchecked")}


@pytest.mark.parametrize(
    ("tag", "name", "content"),
    [
        (WINDOWS, PYD, pe(HEADERS_1 + TEXTS, x86_check(0xF, windows=True))),
        ("cp311-cp311-macosx_10_9_x86_64", DARWIN,
         macho(HEADERS_1 + TEXTS, x86_check(0xF, windows=False))),
        (MACOS, DARWIN, macho(HEADERS_1 + TEXTS, arm64_check(0xF), "arm64")),
    ],
)  # fmt: skip
def test_headers_of_1_are_read_with_their_version(tmp_path, tag, name, content) -> None:
    report = audited(tmp_path, tag, name, content, "numpy<2")
    assert (report.numpy.ceiling, report.modules[0].api) == ("1.x", 0xF)
    assert errors(report) == {}


@pytest.mark.parametrize("tag", [WINDOWS, MACOS])
def test_headers_of_1_refuse_an_admitted_numpy_2(tmp_path, tag) -> None:
    content = pe(HEADERS_1 + TEXTS) if tag == WINDOWS else macho(HEADERS_1 + TEXTS, machine="arm64")
    report = audited(tmp_path, tag, PYD if tag == WINDOWS else DARWIN, content)
    # The number itself is not in its code, which is not called fine.
    assert errors(report) == {"NPA102": "error", "NPA106": "unchecked"}


@pytest.mark.parametrize(
    ("requires", "expected"), [("numpy", {"NPA101": "error"}), ("numpy>=1.24", {})]
)
def test_headers_of_2_state_their_release(tmp_path, requires, expected) -> None:
    old = HEADERS_2.replace(b"1.23", b"1.24")
    tag, name = "cp310-cp310-win_amd64", "pkg/mod.cp310-win_amd64.pyd"
    report = audited(tmp_path, tag, name, pe(old + TEXTS), requires)
    assert report.numpy.ceiling == "2.x"
    assert errors(report) == {k: v for k, v in expected.items() if requires == "numpy"}


def test_all_parts_of_a_universal_library_count(tmp_path) -> None:
    old, new = macho(HEADERS_1 + TEXTS), macho(HEADERS_2 + TEXTS, machine="arm64")
    file = universal(("x86_64", old), ("arm64", new))
    report = audited(tmp_path, "cp311-cp311-macosx_11_0_universal2", DARWIN, file)
    assert {row.epoch for row in report.modules} == {"1.x", "2.x"}
    assert errors(report)["NPA102"] == "error"


@pytest.mark.parametrize(
    ("tag", "name", "content", "bad"),
    [
        (MACOS, DARWIN, macho(), True),
        (MACOS, DARWIN, macho(machine="arm64"), False),
        ("cp311-cp311-macosx_11_0_universal2", DARWIN, macho(), True),
        (WINDOWS, PYD, pe(machine="aarch64"), True),
        (WINDOWS, PYD, pe(), False),
    ],
)
def test_a_machine_of_the_tag_that_is_lacking_is_an_error(tmp_path, tag, name, content, bad):
    assert bool(findings(make(tmp_path, {name: content}, tag), "NPA301")) == bad


@pytest.mark.parametrize("content", [b"MZ" + bytes(200), b"version https://git-lfs" + bytes(60)])
def test_a_library_that_is_not_read_is_unchecked(tmp_path, content) -> None:
    report = audited(tmp_path, WINDOWS, PYD, content)
    assert errors(report) == {"NPA110": "unchecked"}
    assert report.unchecked


def test_a_wheel_that_was_read_has_a_note_on_what_was_not(tmp_path) -> None:
    report = audited(tmp_path, WINDOWS, PYD, pe(), "six")
    assert [(f.id, f.severity) for f in report.findings] == [("NPA110", "note")]
    assert not report.unchecked


def test_requirements_are_judged_for_their_system(tmp_path) -> None:
    requires = 'numpy<2; sys_platform == "win32"'
    report = audited(tmp_path, WINDOWS, PYD, pe(HEADERS_1 + TEXTS, x86_check(0xF, True)), requires)
    assert report.numpy.declared == "<2"
    assert errors(report) == {}

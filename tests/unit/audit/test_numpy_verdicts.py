"""On which NumPy does a wheel load? Against what NumPy is known to have."""

from __future__ import annotations

import pytest
from packaging.tags import parse_tag

from npwheel.audit import catalogue
from npwheel.audit.capi import NumpyUse
from npwheel.audit.numpy_verdicts import NumpyVerdict, baked, floor_of, refusal, verdicts
from npwheel.audit.release_ranges import ranges
from npwheel.audit.subject import Module, Subject
from npwheel.audit.wheel_report import report_on
from npwheel.wheel.metadata import parse

OLD = NumpyUse("c", "1.x", 0x10, "code")
NEW = NumpyUse("c", "2.x", 0xE, "text")
FREE = NumpyUse("pybind11")


def judged(tag: str, uses: dict[str, NumpyUse], *requires: str) -> tuple[NumpyVerdict, ...]:
    about = "Name: pkg\n" + "".join(f"Requires-Dist: {line}\n" for line in requires)
    return verdicts(parse_tag(tag), parse(about.encode(), b"", b""), lambda _: uses)


@pytest.mark.parametrize(
    ("use", "release", "refuses"),
    [
        (OLD, "1.22.4", True), (OLD, "1.23.0", False), (OLD, "1.26.4", False), (OLD, "2.0.0", True),
        (NEW, "1.19.5", True), (NEW, "1.20.0", False), (NEW, "2.5.5", False),
        (FREE, "2.5.5", False),
        (NumpyUse("cython", "1.x", sizes={"dtype": 96}), "2.0.0", True),
        (NumpyUse("cython", "2.x", sizes={"dtype": 32, "ndarray": 16}), "1.17.3", False),
        (NumpyUse("cython", "2.x", sizes={"ndarray": 88}), "1.19.5", True),
        (NumpyUse("cython", "2.x", sizes={"ndarray": 88}), "1.20.0", False),
        (NumpyUse("cython", "2.x", sizes={"ufunc": 232}), "1.21.6", True),
        (NumpyUse("cython", "2.x", sizes={"ufunc": 232}), "1.22.0", False),
    ],
)  # fmt: skip
def test_a_module_on_a_release(use: NumpyUse, release: str, refuses: bool) -> None:
    assert bool(refusal(use, release)) is refuses


def test_the_floor_is_what_can_be_reached() -> None:
    """Baked 1.23, and cp311's first NumPy wheel is 1.23.2: the low declaration does no harm."""
    (verdict,) = judged("cp311-cp311-manylinux_2_17_x86_64", {"m": OLD}, "numpy>=1.17,<2")
    assert verdict.available[0] == "1.23.2"
    assert not verdict.refused
    assert verdict.loads[0] == "1.23.2"


def test_the_exact_releases_are_named() -> None:
    (verdict,) = judged("cp38-cp38-manylinux_2_17_x86_64", {"m": OLD}, "numpy<3,>=1.20")
    assert ranges(verdict.refused, verdict.available) == "1.20.0 to 1.22.4"
    assert verdict.loads[0] == "1.23.0"


def test_numpy_2_is_refused_by_old_headers() -> None:
    (verdict,) = judged("cp311-cp311-manylinux_2_17_x86_64", {"m": OLD}, "numpy>=2.0")
    assert verdict.refused == verdict.admitted
    assert not verdict.loads


def test_musl_has_other_wheels_than_glibc() -> None:
    (verdict,) = judged("cp39-cp39-musllinux_1_1_aarch64", {"m": OLD}, "numpy>=1.20")
    assert verdict.available[0] == "1.26.2"
    assert [r for r in verdict.refused if r.startswith("1.")] == []


def test_one_module_of_several_is_an_outlier() -> None:
    uses = {"a": NEW, "b": NEW, "odd": NumpyUse("c", "2.x", 0x12, "text")}
    (verdict,) = judged("cp311-cp311-manylinux_2_17_x86_64", uses, "numpy>=1.23")
    assert not verdict.refused
    assert verdict.outliers[0] == "1.23.2"
    assert verdict.loads[0] == "1.23.2"
    two = {"a": uses["a"], "odd": uses["odd"]}
    (verdict,) = judged("cp311-cp311-manylinux_2_17_x86_64", two, "numpy>=1.23")
    assert verdict.refused[0] == "1.23.2"


def test_markers_count_per_python() -> None:
    requires = ("numpy>=1.23; python_version < '3.12'", "numpy>=2; python_version >= '3.12'")
    found = judged("cp311-abi3-manylinux_2_17_x86_64", {"m": NEW}, *requires)
    declared = {v.environment.python: str(v.declared) for v in found}
    assert declared["3.11"] == ">=1.23"
    assert declared["3.12"] == ">=2"


@pytest.mark.parametrize("line", ["numpy>=1.20.*,<3", "numpy (>=1.20.*, <3)"])
def test_a_requirement_in_a_form_of_old_is_still_one(line: str) -> None:
    (verdict,) = judged("cp38-cp38-manylinux_2_17_x86_64", {"m": OLD}, line)
    assert ranges(verdict.refused, verdict.available) == "1.20.0 to 1.22.4"


@pytest.mark.parametrize("line", ["numpy==dev", "NumPy>=1.20; os_name ~= 'x'"])
def test_a_requirement_that_cannot_be_understood_is_not_none_at_all(line: str) -> None:
    about = f"Name: pkg\nVersion: 1\nRequires-Dist: {line}\n"
    subject = Subject(
        "pkg", "pkg", "1", 0, False, parse_tag("cp312-cp312-manylinux_2_28_x86_64"),
        parse(about.encode(), b"", b""), {}, (), (Module("m.so", 0, numpy=OLD),),
    )  # fmt: skip
    report = report_on(subject, catalogue.chosen(["NPA1"], []))
    assert report.unchecked
    assert {f.id for f in report.findings} == {"NPA102", "NPA105"}
    assert not any(
        "not required" in f.message or "found none" in f.message for f in report.findings
    )


def test_no_requirement_is_not_an_empty_one() -> None:
    tag = "cp311-cp311-manylinux_2_17_x86_64"
    assert judged(tag, {"m": NEW})[0].declared is None
    assert judged(tag, {"m": NEW}, "numpy")[0].declared is not None
    assert judged(tag, {"m": NEW}, "numpy; extra == 'x'")[0].optional


def test_numpy_is_judged_with_itself() -> None:
    about = b"Name: numpy\nVersion: 2.4.6\n"
    uses = {"tests": NumpyUse("c", "2.x", 0x15, "text")}
    tags = parse_tag("cp313-cp313-manylinux_2_28_x86_64")
    (verdict,) = verdicts(tags, parse(about, b"", b""), lambda _: uses)
    assert verdict.admitted == verdict.loads == ("2.4.6",)
    (verdict,) = verdicts(
        tags, parse(b"Name: numpy\nVersion: no version\n", b"", b""), lambda _: uses
    )
    assert verdict.declared is None


def test_too_old_and_too_new_are_two_rules() -> None:
    """Built for 2.4 with 2.x headers: 2.1 is too old. Built with 1.x headers: 2.1 is too new."""
    late = NumpyUse("c", "2.x", 0x15, "text")
    for use, expected in ((late, {"NPA101"}), (OLD, {"NPA102"})):
        about = b"Name: pkg\nVersion: 1\nRequires-Dist: numpy>=1.26\n"
        subject = Subject(
            "pkg", "pkg", "1", 0, False, parse_tag("cp312-cp312-manylinux_2_28_x86_64"),
            parse(about, b"", b""), {}, (), (Module("m.so", 0, numpy=use),),
        )  # fmt: skip
        report = report_on(subject, catalogue.chosen(["NPA1"], []))
        assert {f.id for f in report.findings if f.severity == "error"} == expected
        if use is late:
            assert report.findings[0].fix.startswith("require numpy>=2.4.1")


@pytest.mark.parametrize("shown", [True, False])
def test_a_check_that_may_not_run_is_reported_as_unknown(shown: bool) -> None:
    subject = Subject(
        "pkg", "pkg", "1", 0, False, parse_tag("cp311-cp311-manylinux_2_28_x86_64"),
        parse(b"Name: pkg\nVersion: 1\nRequires-Dist: numpy\n", b"", b""), {}, (),
        (Module("m.so", 0, numpy=NumpyUse("c", "1.x", 0xD, "code", at_import=shown)),),
    )  # fmt: skip
    (finding,) = report_on(subject, catalogue.chosen(["NPA102"], [])).findings
    assert finding.severity == "error"
    assert ("It is not shown that importing" in finding.message) is not shown


@pytest.mark.parametrize(
    ("tag", "requires", "advice"),
    [
        ("cp37-abi3-manylinux_2_17_x86_64", "numpy", "require numpy>=1.23.0"),  # none on 3.7
        ("cp311-cp311-manylinux_2_17_x86_64", "numpy~=1.21.0", ""),
        ("cp39-cp39-manylinux_2_17_x86_64", "numpy~=1.21.0", "require numpy>=1.23,"),  # none at all
    ],
)
def test_the_floor_that_is_advised_loads(tag: str, requires: str, advice: str) -> None:
    about = f"Name: pkg\nVersion: 1\nRequires-Dist: {requires}\n"
    subject = Subject(
        "pkg", "pkg", "1", 0, False, parse_tag(tag), parse(about.encode(), b"", b""), {}, (),
        (Module("m.so", 0, numpy=OLD),),
    )  # fmt: skip
    found = report_on(subject, catalogue.chosen(["NPA101"], [])).findings
    assert [f.fix.startswith(advice) for f in found] == [True] * bool(advice)


def test_baked_is_the_highest_floor() -> None:
    assert floor_of(NumpyUse("cython", "1.x", 0xD, sizes={"ufunc": 232})) == "1.22"
    assert floor_of(FREE) == ""
    assert baked([OLD, NEW, FREE]) == "1.23"


def test_ranges_are_drawn_together() -> None:
    among = ["1.19.5", "1.20.0", "1.20.1", "1.21.0", "2.0.0"]
    assert ranges(["1.20.0", "1.20.1", "2.0.0"], among) == "1.20.0 to 1.20.1, 2.0.0"
    assert ranges([], among) == ""


def test_a_module_shows_the_check_of_the_library_that_it_needs() -> None:
    """As pyarrow's modules; what a vendored library without NumPy does is not theirs."""
    modules = (
        Module("pkg/lib.so", 0, is_extension=True, needed=("libpkg_python.so.1", "libc.so.6")),
        Module("pkg/other.so", 0, is_extension=True, needed=("libplain.so", "libc.so.6")),
        Module("pkg/libpkg_python.so.1", 0, numpy=OLD),
        Module("pkg/libplain.so", 0),
    )
    subject = Subject(
        "pkg", "pkg", "1", 0, False, parse_tag("cp311-cp311-manylinux_2_28_x86_64"),
        parse(b"Name: pkg\nVersion: 1\nRequires-Dist: numpy\n", b"", b""), {}, (), modules,
    )  # fmt: skip
    rows = {row.path: row for row in report_on(subject, []).modules}
    assert (rows["pkg/lib.so"].api, rows["pkg/lib.so"].epoch) == (0x10, "1.x")
    assert rows["pkg/lib.so"].check == "unknown"
    assert rows["pkg/lib.so"].status == (
        "refuses an admitted NumPy, through pkg/libpkg_python.so.1"
    )
    assert rows["pkg/other.so"].status == "does not bind NumPy"
    assert rows["pkg/other.so"].api is None

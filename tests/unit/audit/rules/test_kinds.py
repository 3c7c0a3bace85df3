"""Kinds of broken wheels that were met in public reports, each with a sound twin."""

from __future__ import annotations

import base64
import hashlib

import pytest
from elf_builder import Shared
from rule_wheels import ABOUT, MODULE, TAG, findings, make, module

from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_wheel
from npwheel.core.module_suffixes import imports
from npwheel.report import audit_text

OLD_PYBIND11 = b"\0pybind11::error\0_ARRAY_API\0numpy.core.multiarray\0"
NEW_PYBIND11 = b"\0pybind11::error\0_ARRAY_API\0numpy._core\0numpy.core\0NumpyVersion\0multiarray\0"
# vmovaps ymm; vaddps; shlx
VEX = b"\xc5\xfc\x28\xc1\xc5\xf4\x58\xc2\xc4\xe2\x79\xf7\xc1"
SSE = b"\x0f\x28\xc1\x0f\x58\xc2\x66\x0f\x6f\xc1"
CPUID = b"\x31\xc0\x0f\xa2\x0f\x01\xd0"


@pytest.mark.parametrize(
    ("data", "requires", "bad"),
    [
        (OLD_PYBIND11, "numpy", True), (OLD_PYBIND11, "numpy>=1.23", True),
        (OLD_PYBIND11, "numpy<2", False), (NEW_PYBIND11, "numpy", False),
        (b"\0pybind11::error\0", "numpy", False),  # no arrays
        (b"\0_ARRAY_API\0numpy.core.multiarray\0", "numpy", False),  # no pybind11
    ],
)  # fmt: skip
def test_108_old_pybind11(tmp_path, data: bytes, requires: str, bad: bool) -> None:
    about = f"{ABOUT}Requires-Dist: {requires}\n"
    path = make(tmp_path, {MODULE: module(data=data)}, about=about)
    assert [f.severity for f in findings(path, "NPA108")] == ["warning"] * bad


@pytest.mark.parametrize(
    ("tag", "unchecked"),
    [
        ("pp310-pypy310_pp73-manylinux_2_17_x86_64", True),
        ("cp311-cp311-manylinux_2_17_s390x", True),
        ("cp311-cp311-manylinux_2_17_x86_64", False),
        ("cp39-abi3-manylinux_2_17_x86_64", False),
        ("cp39.pp310-none-manylinux_2_17_x86_64", False),
    ],
)
def test_109_unknown_environments(tmp_path, tag: str, unchecked: bool) -> None:
    machine = "s390x" if tag.endswith("s390x") else "x86_64"
    path = make(tmp_path, {"pkg/mod.so": module(machine=machine, data=NEW_PYBIND11)}, tag)
    assert [f.severity for f in findings(path, "NPA109")] == ["unchecked"] * unchecked


@pytest.mark.parametrize(
    ("tag", "name", "unchecked"),
    [
        ("cp311-cp311-win_amd64", "pkg/mod.cp311-win_amd64.pyd", True),
        ("cp311-cp311-macosx_11_0_arm64", "pkg/mod.cpython-311-darwin.so", True),
        ("cp312-cp312-pyodide_2024_0_wasm32", "pkg/mod.cpython-312-wasm32-emscripten.so", True),
        ("py3-none-win_amd64", "pkg/data.txt", False),
        ("cp311-cp311-manylinux_2_17_x86_64", MODULE, False),
    ],
)
def test_110_other_systems(tmp_path, tag: str, name: str, unchecked: bool) -> None:
    path = make(tmp_path, {name: b"MZ" + bytes(100)}, tag)
    assert [f.severity for f in findings(path, "NPA110")] == ["unchecked"] * unchecked


@pytest.mark.parametrize(
    ("tag", "unread"),
    [("cp311-cp311-macosx_11_0_arm64", 0), ("cp311-cp311-manylinux_2_17_x86_64", 1)],
)
def test_211_libraries_of_macos_are_reported_once(tmp_path, tag: str, unread: int) -> None:
    """One finding of NPA110 for all of them; in a wheel for Linux each is a broken library."""
    path = make(tmp_path, {MODULE: b"\xcf\xfa\xed\xfe" + bytes(100)}, tag)
    assert len(findings(path, "NPA211")) == unread


@pytest.mark.parametrize(
    ("tag", "content", "is_read"),
    [
        ("cp311-cp311-macosx_11_0_arm64", b"\xcf\xfa\xed\xfe" + bytes(100), False),
        (TAG, Shared().build()[:80], False), (TAG, module(), True),
    ],
)  # fmt: skip
def test_headline_does_not_deny_what_was_not_read(tmp_path, tag, content, is_read) -> None:
    report = audit_wheel(make(tmp_path, {MODULE: content}, tag), catalogue.all_rules())
    assert report.numpy.is_read is is_read
    assert ("could not read" in audit_text.headline(report)) is not is_read


def needing(name: str, **more: object) -> bytes:
    return module(needed=["libc.so.6", name], **more)


@pytest.mark.parametrize(
    ("files", "bad"),
    [
        # As in networkit 11.1: at the top, where no path leads.
        ({MODULE: needing("libx.so", rpath="$ORIGIN/../pkg.libs"), "libx.so": Shared()}, True),
        ({MODULE: needing("libx.so", rpath="$ORIGIN/.."), "libx.so": Shared()}, False),
        ({MODULE: needing("libx.so", runpath="$ORIGIN/../pkg.libs"), "pkg.libs/libx.so": Shared()},
         False),
        # Another module loads it first.
        ({MODULE: needing("libx.so"), "pkg/a.so": needing("libx.so", rpath="$ORIGIN/lib"),
          "pkg/lib/libx.so": Shared()}, False),
        # DT_RPATH is inherited from what loads the library, DT_RUNPATH is not.
        ({MODULE: needing("liba.so", rpath="$ORIGIN/lib"), "pkg/lib/libb.so": Shared(),
          "pkg/lib/liba.so": Shared(needed=["libb.so"])}, False),
        ({MODULE: needing("liba.so", runpath="$ORIGIN/lib"), "pkg/lib/libb.so": Shared(),
          "pkg/lib/liba.so": Shared(needed=["libb.so"])}, True),
        # Python's own code loads it.
        ({MODULE: needing("libx.so"), "libx.so": Shared(),
          "pkg/__init__.py": "import ctypes\nctypes.CDLL('libx.so')\n"}, False),
    ],
)  # fmt: skip
def test_205_library_that_no_path_reaches(tmp_path, files, bad: bool) -> None:
    built = {name: c.build() if isinstance(c, Shared) else c for name, c in files.items()}
    assert [f.severity for f in findings(make(tmp_path, built), "NPA205")] == ["error"] * bad


@pytest.mark.parametrize(
    ("requires", "severity"),
    [("numpy", "error"), ("torch", "warning"), ("numpy\nRequires-Dist: somelib", "warning"),
     ("torch; extra == 'x'", "error")],
)  # fmt: skip
def test_205_numpy_brings_no_library(tmp_path, requires: str, severity: str) -> None:
    about = f"{ABOUT}Requires-Dist: {requires}\n"
    path = make(tmp_path, {MODULE: needing("libncurses.so.5")}, about=about)
    assert [f.severity for f in findings(path, "NPA205")] == [severity]


@pytest.mark.parametrize(
    ("code", "needs"),
    [
        ((VEX * 400 + CPUID), "AVX and BMI"),  # as in hyperscan 0.7.7
        ((VEX * 400 + SSE * 300 + CPUID), ""),  # chooses at run time
        (SSE * 400, ""),
        (VEX[:8] * 400 + CPUID, "AVX"),
    ],
)
def test_208_whole_file_for_newer_cpus(tmp_path, code: bytes, needs: str) -> None:
    found = findings(make(tmp_path, {MODULE: module(code=code)}), "NPA208")
    assert len(found) == bool(needs)
    assert all(f"has {needs} " in f.message for f in found)


@pytest.mark.parametrize(
    ("python", "file", "found"),
    [
        ("3.15", "m.cpython-315-x86_64-linux-gnu.so", True), ("3.15", "m.abi3t.so", True),
        ("3.15", "m.abi3-x86_64-linux-gnu.so", True), ("3.15", "m.abi3.so", True),
        ("3.15t", "m.abi3t-x86_64-linux-gnu.so", True), ("3.15t", "m.abi3.so", False),
        ("3.15t", "m.cpython-315-x86_64-linux-gnu.so", False), ("3.15t", "m.so", True),
        ("3.14", "m.abi3-x86_64-linux-gnu.so", False), ("3.14", "m.abi3t.so", False),
        ("3.14", "m.abi3.so", True), ("3.13t", "m.abi3.so", False),
        ("3.7", "m.cpython-37m-x86_64-linux-gnu.so", True), ("3.9", "m.pypy39-pp73.so", False),
    ],
)  # fmt: skip
def test_which_files_a_python_imports(python: str, file: str, found: bool) -> None:
    assert imports(python, f"pkg/{file}") is found


@pytest.mark.parametrize(
    ("names", "tag", "lacking"),
    [
        (["mod.abi3-x86_64-linux-gnu.so"], "cp312-abi3-manylinux_2_17_x86_64", "3.12, 3.13, 3.14"),
        (["mod.abi3.so"], "cp312-abi3-manylinux_2_17_x86_64", ""),
        (["mod.abi3t.so"], "cp315-abi3.abi3t-manylinux_2_17_x86_64", ""),
        (["mod.abi3.so"], "cp315-abi3.abi3t-manylinux_2_17_x86_64", "3.15t"),
        (["mod.abi3.so", "mod.abi3t.so"], "cp315-abi3.abi3t-manylinux_2_17_x86_64", ""),
    ],
)
def test_304_each_admitted_python(tmp_path, names: list[str], tag: str, lacking: str) -> None:
    path = make(tmp_path, {f"pkg/{name}": module() for name in names}, tag)
    found = findings(path, "NPA304")
    assert [f.message.split(", which")[0] for f in found] == [f"Python {lacking}"] * bool(lacking)


def test_304_module_exports_hook_of_pep_793(tmp_path) -> None:
    content = Shared(defined=["PyModExport_mod"], needed=["libc.so.6"]).build()
    path = make(tmp_path, {"pkg/mod.abi3t.so": content}, "cp314-abi3-manylinux_2_17_x86_64")
    (found,) = findings(path, "NPA304")
    assert found.severity == "error"


def stated(content: bytes, form: str) -> str:
    digest = hashlib.sha256(content)
    if form == "hex":
        return digest.hexdigest()
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()


@pytest.mark.parametrize("form", ["base64", "hex"])
@pytest.mark.parametrize("changed", [False, True])
def test_405_hashes(tmp_path, form: str, changed: bool) -> None:
    files = {MODULE: module(), "pkg/a.py": b"x = 1\n"}
    rows = "".join(f"{name},sha256={stated(c, form)},{len(c)}\n" for name, c in files.items())
    if changed:
        files["pkg/a.py"] = b"x = 2\n"
    path = make(tmp_path, files, record=rows)
    found = findings(path, "NPA405")
    expected = ["error"] * changed + ["warning"] * (form == "hex")
    assert sorted(f.severity for f in found) == sorted(expected)


def test_405_changed_module(tmp_path) -> None:
    rows = f"{MODULE},sha256={stated(b'other', 'base64')},5\n"
    (found,) = findings(make(tmp_path, {MODULE: module()}, record=rows), "NPA405")
    assert (found.severity, found.where) == ("error", MODULE)


def test_405_folder_in_record(tmp_path) -> None:
    record = f"{MODULE},,\npkg-1.0.dist-info/licenses/,sha256={stated(b'', 'base64')},0\n"
    (found,) = findings(make(tmp_path, {MODULE: module()}, record=record), "NPA405")
    assert found.where == "pkg-1.0.dist-info/licenses/"


@pytest.mark.parametrize(("blocks", "bad"), [(70, True), (60, False)])
def test_502_compression_ratio(tmp_path, blocks: int, bad: bool) -> None:
    path = make(tmp_path, {"pkg/data.bin": bytes(blocks << 20)})
    assert len(findings(path, "NPA502")) == bad


@pytest.mark.parametrize("label", ["cu128", "x86_64_v3", "00f5ba6d"])
def test_variant_names_are_wheels(tmp_path, label: str) -> None:
    made = make(tmp_path, {MODULE: module()})
    path = made.rename(tmp_path / f"pkg-1.0-{TAG}-{label}.whl")
    assert findings(path, "NPA401") == []
    assert findings(path, "NPA304") == []


@pytest.mark.parametrize(
    ("tag", "symbol", "needed", "bad"),
    [
        ("cp311-cp311-manylinux_2_17_x86_64", "shm_open", (), True),
        ("cp311-cp311-manylinux_2_17_x86_64", "timer_create", (), True),
        ("cp311-cp311-manylinux_2_17_x86_64", "shm_open", ("librt.so.1",), False),
        ("cp311-cp311-manylinux_2_17_x86_64", "shm_open", ("libown.so",), False),
        ("cp311-cp311-manylinux_2_17_x86_64", "shmget", (), False),
        ("cp311-cp311-manylinux_2_34_x86_64", "shm_open", (), False),
        ("cp311-cp311-musllinux_1_2_x86_64", "shm_open", (), False),
    ],
)
def test_213_symbols_of_librt_without_librt(tmp_path, tag, symbol, needed, bad) -> None:
    content = {MODULE: module(undefined=[symbol], needed=["libc.so.6", *needed])}
    content["pkg/libown.so"] = Shared(soname="libown.so", needed=["librt.so.1"]).build()
    path = make(tmp_path, content, tag)
    assert [f.severity for f in findings(path, "NPA213")] == ["error"] * bad

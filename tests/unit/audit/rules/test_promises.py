"""Rules about tags, metadata, the container, licences and size."""

from __future__ import annotations

import stat
import zipfile

import pytest
from elf_builder import Shared
from rule_wheels import ABOUT, MODULE, TAG, findings, make, module

OTHERS = ["NPA301", "NPA302", "NPA303", "NPA304", "NPA401", "NPA402", "NPA403", "NPA404", "NPA502"]


@pytest.mark.parametrize("id", OTHERS)
def test_a_sound_wheel_has_no_finding(tmp_path, id: str) -> None:
    assert findings(make(tmp_path, {MODULE: module()}), id) == []


def test_301_another_machine(tmp_path) -> None:
    (found,) = findings(make(tmp_path, {MODULE: module(machine="aarch64")}), "NPA301")
    assert found.severity == "error"
    assert "is for aarch64, the tag promises x86_64" in found.message


@pytest.mark.parametrize("arch", ["armv6l", "armv7l"])
def test_301_arm_is_each_of_its_tags(tmp_path, arch: str) -> None:
    tag = f"cp311-cp311-manylinux_2_31_{arch}"
    path = make(tmp_path, {"pkg/mod.so": module(machine="arm")}, tag)
    assert findings(path, "NPA301") == []


def test_301_a_module_in_a_wheel_for_any_platform(tmp_path) -> None:
    path = make(tmp_path, {MODULE: module()}, "py3-none-any")
    (found,) = findings(path, "NPA301")
    assert "any platform" in found.message


def test_302_name_and_wheel_file(tmp_path) -> None:
    path = make(tmp_path, {MODULE: module()}, wheel_tag="cp311-cp311-linux_x86_64")
    (found,) = findings(path, "NPA302")
    assert "manylinux_2_17_x86_64" in found.message
    assert "linux_x86_64" in found.message


@pytest.mark.parametrize(
    ("requires", "tag", "severities"),
    [
        (">=3.12", TAG, ["error"]), (">=3.9", TAG, []), ("<3.11", TAG, ["error"]),
        (">=3.9", "cp38-abi3-manylinux_2_17_x86_64", ["note"]),
        (">=3.9", "cp39-abi3-manylinux_2_17_x86_64", []), (">=3.11.4", TAG, []),
    ],
)  # fmt: skip
def test_303_requires_python(tmp_path, requires: str, tag: str, severities: list[str]) -> None:
    path = make(tmp_path, {}, tag, ABOUT + f"Requires-Python: {requires}\n")
    assert [f.severity for f in findings(path, "NPA303")] == severities


@pytest.mark.parametrize(
    ("name", "tag", "bad"),
    [
        ("mod.cpython-312-x86_64-linux-gnu.so", TAG, True), ("mod.abi3.so", TAG, False),
        ("mod.so", TAG, False), ("mod.cpython-311-x86_64-linux-musl.so", TAG, True),
        ("mod.cpython-311-x86_64-linux-gnu.so", "cp311-cp311-musllinux_1_2_x86_64", True),
        ("mod.cpython-310-x86_64-linux-gnu.so", "cp310-cp310-musllinux_1_1_x86_64", False),
        ("mod.cpython-311-x86_64-linux-gnu.so", "cp39-abi3-manylinux_2_17_x86_64", True),
        ("mod.cpython-37m-x86_64-linux-gnu.so", "cp37-cp37m-manylinux1_x86_64", False),
        ("mod.cpython-313-x86_64-linux-gnu.so", "cp313-cp313t-manylinux_2_28_x86_64", True),
        ("mod.cpython-313t-x86_64-linux-gnu.so", "cp313-cp313t-manylinux_2_28_x86_64", False),
    ],
)  # fmt: skip
def test_304_suffix(tmp_path, name: str, tag: str, bad: bool) -> None:
    path = make(tmp_path, {f"pkg/{name}": module()}, tag)
    assert len(findings(path, "NPA304")) == bad


def test_401_a_path_that_leaves(tmp_path) -> None:
    path = make(tmp_path, {"../../evil.py": "x"})
    assert any(f.where == "../../evil.py" for f in findings(path, "NPA401"))


def test_401_a_link(tmp_path) -> None:
    path = make(tmp_path, {})
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("pkg/link")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    (found,) = findings(path, "NPA401")
    assert found.severity == "error"
    assert "link" in found.message


def test_402_a_checksum_that_is_wrong(tmp_path) -> None:
    content = module(data=b"A" * 64)
    path = make(tmp_path, {})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr(MODULE, content)
    raw = bytearray(path.read_bytes())
    at = raw.find(b"A" * 64)
    raw[at] = ord("B")
    path.write_bytes(raw)
    (found,) = findings(path, "NPA402")
    assert (found.severity, found.where) == ("unchecked", MODULE)


def test_403_a_requirement_that_cannot_be_parsed(tmp_path) -> None:
    path = make(tmp_path, {}, about=ABOUT + "Requires-Dist: numpy >> 2\n")
    assert any("numpy >> 2" in f.message for f in findings(path, "NPA403"))


def test_404_record_and_members(tmp_path) -> None:
    info = "pkg-1.0.dist-info"
    record = f"gone.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
    found = findings(make(tmp_path, {"here.py": "x"}, record=record), "NPA404")
    assert sorted(f.where for f in found) == ["gone.py", "here.py"]


@pytest.mark.parametrize(
    ("texts", "severities"),
    [
        ([], ["warning"]),
        (["LICENSE"], ["note"]),
        (["LICENSE", "licenses/LICENSE.openblas"], []),
        (["licenses/LICENSE", "licenses/vendored/OpenBLAS.txt"], []),
    ],
)
def test_501_licences(tmp_path, texts: list[str], severities: list[str]) -> None:
    files = {"pkg.libs/libx-01234567.so.1": Shared().build()}
    files |= {f"pkg-1.0.dist-info/{name}": b"text" for name in texts}
    found = findings(make(tmp_path, files), "NPA501")
    assert [f.severity for f in found] == severities


def test_501_without_vendored_libraries(tmp_path) -> None:
    assert findings(make(tmp_path, {MODULE: module()}), "NPA501") == []


def test_502_size(tmp_path) -> None:
    path = make(tmp_path, {})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive,
        archive.open("pkg/data.bin", "w", force_zip64=True) as member,
    ):
        for _ in range(105):
            member.write(bytes(1_000_000))
    (found,) = findings(path, "NPA502")
    assert found.severity == "note"
    assert "104,857,600" in found.message

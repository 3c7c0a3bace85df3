"""Rules about ELF files: one wheel that breaks each, and neighbours that do not."""

from __future__ import annotations

import struct

import pytest
from elf_builder import Shared
from rule_wheels import MODULE, TAG, findings, make, module

AARCH64 = TAG.replace("x86_64", "aarch64")
ARM_MODULE = MODULE.replace("x86_64", "aarch64")
MUSL = "cp311-cp311-musllinux_1_2_x86_64"


def severities(found) -> list[str]:
    return [f.severity for f in found]


ALL_ELF = [f"NPA{n}" for n in (201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 301, 304)]


@pytest.mark.parametrize("id", ALL_ELF)
def test_a_sound_wheel_has_no_finding(tmp_path, id: str) -> None:
    assert findings(make(tmp_path, {MODULE: module()}), id) == []


@pytest.mark.parametrize(("align", "bad"), [(0x1000, True), (0x4000, True), (0x10000, False)])
def test_201_alignment(tmp_path, align: int, bad: bool) -> None:
    content = module(machine="aarch64", align=align)
    found = findings(make(tmp_path, {ARM_MODULE: content}, AARCH64), "NPA201")
    assert severities(found) == ["error"] * bad
    if bad:
        assert f"{align // 1024} KiB" in found[0].message
        assert found[0].where == ARM_MODULE


def test_201_other_machines_have_small_pages(tmp_path) -> None:
    assert findings(make(tmp_path, {MODULE: module(align=0x1000)}), "NPA201") == []


def test_202_executable_stack(tmp_path) -> None:
    found = findings(make(tmp_path, {MODULE: module(exec_stack=True)}), "NPA202")
    assert severities(found) == ["error"]


def test_203_text_relocations(tmp_path) -> None:
    found = findings(make(tmp_path, {MODULE: module(textrel=True)}), "NPA203")
    assert severities(found) == ["warning"]


@pytest.mark.parametrize(
    ("tag", "needed", "bad"),
    [
        (TAG, "libc.so.6", False), (TAG, "libc.so", True), (TAG, "libc.musl-x86_64.so.1", True),
        (MUSL, "libc.so.6", True), (MUSL, "ld-linux-x86-64.so.2", True),
        (MUSL, "libc.musl-x86_64.so.1", False), (MUSL, "libc.so", False),
    ],
)  # fmt: skip
def test_204_the_other_libc(tmp_path, tag: str, needed: str, bad: bool) -> None:
    found = findings(make(tmp_path, {MODULE: module(needed=[needed])}, tag), "NPA204")
    assert severities(found) == ["error"] * bad
    if bad:
        assert needed in found[0].message


@pytest.mark.parametrize("name", ["libc-0a1b2c3d.so.6", "ld-musl-x86_64.so.1", "libc.so"])
def test_204_a_grafted_libc(tmp_path, name: str) -> None:
    files = {MODULE: module(), f"pkg.libs/{name}": Shared(soname=name).build()}
    found = findings(make(tmp_path, files, MUSL), "NPA204")
    assert f"pkg.libs/{name}" in [f.where for f in found]


def test_205_a_library_that_is_missing(tmp_path) -> None:
    path = make(tmp_path, {MODULE: module(needed=["libopenblas.so.0", "libm.so.6"])})
    found = findings(path, "NPA205")
    assert severities(found) == ["error"]
    assert "libopenblas.so.0" in found[0].message


def test_205_a_requirement_may_bring_it(tmp_path) -> None:
    about = "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\nRequires-Dist: nvidia-cublas\n"
    path = make(tmp_path, {MODULE: module(needed=["libcublas.so.12"])}, about=about)
    assert severities(findings(path, "NPA205")) == ["warning"]


def test_205_vendored_by_its_file_name_or_soname(tmp_path) -> None:
    files = {
        MODULE: module(needed=["libx-1234.so.1", "liby.so"], rpath="$ORIGIN/../pkg.libs"),
        "pkg.libs/libx-1234.so.1": Shared(soname="other").build(),
        "pkg.libs/renamed.so": Shared(soname="liby.so").build(),
    }
    assert findings(make(tmp_path, files), "NPA205") == []


def test_205_libpython(tmp_path) -> None:
    path = make(tmp_path, {MODULE: module(needed=["libpython3.11.so.1.0"])})
    found = findings(path, "NPA205")
    assert severities(found) == ["warning"]
    assert "libpython" in found[0].fix


def test_205_a_plain_linux_tag_promises_nothing(tmp_path) -> None:
    path = make(tmp_path, {MODULE: module(needed=["libx.so"])}, "cp311-cp311-linux_x86_64")
    assert findings(path, "NPA205") == []


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (("libgfortran-1.so.5", "libgfortran-2.so.5"), "libgfortran"),
        (("libgomp-1.so.1", "libiomp5.so"), "OpenMP"),
        (("libopenblas-1.so", "libscipy_openblas-2.so"), "OpenBLAS"),
    ],
)
def test_206_twice(tmp_path, names: tuple[str, ...], what: str) -> None:
    files = {MODULE: module(), **{f"pkg.libs/{n}": Shared().build() for n in names}}
    (found,) = findings(make(tmp_path, files), "NPA206")
    assert what in found.message
    assert all(name in found.message for name in names)


@pytest.mark.parametrize(
    ("release", "machine", "words"),
    [
        ("0.3.5", "x86_64", "wrong results"), ("0.3.5", "aarch64", "expected 0.3.7"),
        ("0.3.11", "x86_64", "SGEMM"), ("0.3.11", "aarch64", None), ("0.3.30", "x86_64", None),
        ("0.2.20", "x86_64", "expected 0.3.7"),
    ],
)  # fmt: skip
def test_207_openblas(tmp_path, release: str, machine: str, words: str | None) -> None:
    tag = TAG.replace("x86_64", machine)
    text = f"OpenBLAS {release} DYNAMIC_ARCH".encode()
    library = Shared(machine=machine, data=text + b"\0").build()
    found = findings(make(tmp_path, {"pkg.libs/libopenblas.so": library}, tag), "NPA207")
    assert bool(found) is bool(words)
    if words:
        assert words in found[0].message


AVX = b"\xc5\xf8\x77\xc3" * 8
# casal w0, w1, [x2]; the helper of compilers asks a flag first: cbz w16, +8
CASAL, CBZ = struct.pack("<I", 0x88E0FC41), struct.pack("<I", 0x34000050)


@pytest.mark.parametrize(
    ("machine", "code", "name", "bad"),
    [
        ("x86_64", AVX, "mod", True), ("x86_64", AVX + b"\x0f\x01\xd0", "mod", False),
        ("x86_64", AVX + b"__cpu_model", "mod", False),
        ("x86_64", AVX + b"\xb8\x07\x00\x00\x00\x31\xc9\x0f\xa2", "mod", False),
        ("x86_64", AVX + b"\x0f\xa2", "mod", True), ("x86_64", AVX[:8], "mod", False),
        ("x86_64", AVX, "mod_avx2", False),
        # A few functions in a large file are not what it was compiled for.
        ("x86_64", AVX + bytes(1 << 20), "mod", False),
        ("x86_64", (AVX + bytes(1 << 14)) * 64, "mod", True),
        ("aarch64", CASAL * 8, "mod", True), ("aarch64", (CBZ + CASAL) * 8, "mod", False),
        ("aarch64", AVX, "mod", False),
    ],
)  # fmt: skip
def test_208_instructions(tmp_path, machine: str, code: bytes, name: str, bad: bool) -> None:
    tag = TAG.replace("x86_64", machine)
    member = f"pkg/{name}.cpython-311-{machine}-linux-gnu.so"
    path = make(tmp_path, {member: module(machine=machine, code=code)}, tag)
    assert severities(findings(path, "NPA208")) == ["warning"] * bad


@pytest.mark.parametrize("asked", ["av_get_cpu_flags", "_ZN5arrow8internal7CpuInfo11GetInstanceEv"])
def test_208_another_library_asks(tmp_path, asked: str) -> None:
    content = module(code=AVX, defined=["PyInit_mod", asked])
    assert findings(make(tmp_path, {MODULE: content}), "NPA208") == []


def test_209_symbols_above_the_lowest_tag(tmp_path) -> None:
    content = module(verneed={"libc.so.6": ["GLIBC_2.17", "GLIBC_2.28"]})
    both = "cp311-cp311-manylinux_2_17_x86_64.manylinux_2_28_x86_64"
    (found,) = findings(make(tmp_path, {MODULE: content}, both), "NPA209")
    assert found.symbols == ("GLIBC_2.28",)
    assert "manylinux_2_17" in found.message
    fitting = "cp311-cp311-manylinux_2_28_x86_64"
    assert findings(make(tmp_path, {MODULE: content}, fitting), "NPA209") == []


def test_209_libstdcxx_unless_vendored(tmp_path) -> None:
    content = module(verneed={"libstdc++.so.6": ["GLIBCXX_3.4.30", "CXXABI_1.3.7"]})
    (found,) = findings(make(tmp_path, {MODULE: content}), "NPA209")
    assert found.symbols == ("GLIBCXX_3.4.30",)
    files = {MODULE: content, "pkg.libs/libstdc++.so.6": Shared().build()}
    assert findings(make(tmp_path, files), "NPA209") == []


@pytest.mark.parametrize(
    ("path", "bad"),
    [
        ("$ORIGIN", False), ("$ORIGIN/../pkg.libs", False), ("${ORIGIN}/lib", False),
        ("/usr/local/lib64", True), ("lib", True), ("$ORIGIN/../../outside", True),
        ("$ORIGINAL/lib", True), ("$ORIGIN/../pkg.libs:/home/me", True),
    ],
)  # fmt: skip
def test_210_rpath(tmp_path, path: str, bad: bool) -> None:
    for kind in ("rpath", "runpath"):
        found = findings(make(tmp_path, {MODULE: module(**{kind: path})}), "NPA210")
        assert severities(found) == ["warning"] * bad


def test_210_the_same_path_is_reported_once(tmp_path) -> None:
    content = module(rpath="::/build/lib::$ORIGIN:/build/lib")
    (found,) = findings(make(tmp_path, {MODULE: content}), "NPA210")
    assert found.symbols == ("", "/build/lib")
    assert found.message.startswith("RPATH has '' (the working directory), '/build/lib', expected")


def test_210_data_folders_are_installed_at_the_top(tmp_path) -> None:
    content = module(runpath="$ORIGIN/../../outside")
    path = make(tmp_path, {"pkg-1.0.data/platlib/" + MODULE: content})
    assert len(findings(path, "NPA210")) == 1


@pytest.mark.parametrize("name", ["pkg/grib.eefo.sot.def", "pkg/template.4.source.def", "a.so.md"])
def test_211_a_text_with_so_in_its_name_is_none(tmp_path, name: str) -> None:
    assert findings(make(tmp_path, {name: "alias mars.origin = centre;\n" * 9}), "NPA211") == []


def test_211_cut_short_is_an_error_contradiction_is_unchecked(tmp_path) -> None:
    whole = module()
    cut = findings(make(tmp_path, {MODULE: whole[:-8]}), "NPA211")
    assert severities(cut) == ["error"]
    broken = whole[:32] + b"\xff" * 8 + whole[40:]  # the program headers' offset
    assert severities(findings(make(tmp_path, {MODULE: broken}), "NPA211")) == ["unchecked"]
    text = findings(
        make(tmp_path, {MODULE: b"not an ELF file at all, but of that name" * 2}), "NPA211"
    )
    assert severities(text) == ["unchecked"]


@pytest.mark.parametrize(
    ("tag", "needed", "bad"),
    [(MUSL, "libc.so", True), (MUSL, "libc.musl-x86_64.so.1", False), (TAG, "libc.so", False)],
)
def test_212_musl_by_its_development_name(tmp_path, tag: str, needed: str, bad: bool) -> None:
    found = findings(make(tmp_path, {MODULE: module(needed=[needed])}, tag), "NPA212")
    assert severities(found) == ["warning"] * bad
    assert all("expected libc.musl-ARCH.so.1" in finding.message for finding in found)

"""The SBOM of a wheel: what it records, and how contradictions are found."""

import hashlib
import json
import zipfile
from dataclasses import replace

import pytest

from npwheel import sbom
from npwheel.core.errors import NotChecked, RecordError
from npwheel.sbom import binary_claims, cyclonedx_document, disagreements
from npwheel.sbom.claims import BuildFacts, Claims, Library, LibrarySource

DIST = "demo-1.0.dist-info"
SBOM = f"{DIST}/sboms/npwheel.cdx.json"


@pytest.fixture
def facts(openblas):
    original = disagreements.original_name(openblas[0])
    # The installed library was patched; only the first digits of the original's hash are known.
    digest = openblas[0].partition(".")[0][-8:] + "0" * 56
    source = LibrarySource("scipy-openblas64", "0.3.x", "s.whl", "b" * 64, {original: digest})
    return BuildFacts(
        numpy="2.3.1",
        image={"reference": "localhost/i:1", "digest": "sha256:" + "c" * 64, "kind": "local"},
        libc="glibc",
        libc_version="2.31",
        tools={"npwheel": "0.1.0", "cibuildwheel": "4.3.3", "auditwheel": "6.8.2"},
        sources=(source,),
        epoch=1700000000,
    )


def test_sbom_records_build_facts_and_binaries(wheel, facts, module, openblas):
    sbom.annotate(wheel, facts)
    shown = sbom.show(wheel)
    assert shown.disagreements == ()
    assert shown.others == ("auditwheel.cdx.json",)
    recorded = shown.recorded
    assert recorded is not None
    assert recorded.wheel == wheel.name
    assert (recorded.numpy, recorded.target_api) == ("2.3.1", "0x13")
    assert recorded.image == facts.image
    assert recorded.tools == facts.tools
    assert any(line.startswith("GCC") for line in recorded.compilers)
    (library,) = recorded.libraries
    assert library.file == f"demo.libs/{openblas[0]}"
    assert library.sha256 == hashlib.sha256(openblas[1]).hexdigest()
    assert library.version
    assert library.version.startswith("0.3.")
    assert library.source == facts.sources[0]


def test_sbom_is_valid_cyclonedx(wheel, facts):
    sbom.annotate(wheel, facts)
    content = binary_claims.sboms(wheel)["npwheel.cdx.json"]
    assert cyclonedx_document.invalid(content) is None
    data = json.loads(content)
    assert (data["bomFormat"], data["specVersion"]) == ("CycloneDX", "1.6")
    data["components"][0]["typo"] = 1
    assert "typo" in cyclonedx_document.invalid(json.dumps(data).encode())
    assert "JSON" in cyclonedx_document.invalid(b"{")


def test_annotate_is_reproducible(wheel, facts):
    sbom.annotate(wheel, facts)
    first = wheel.read_bytes()
    sbom.annotate(wheel, facts)
    assert wheel.read_bytes() == first


def test_annotate_keeps_the_sbom_of_auditwheel(wheel, facts):
    sbom.annotate(wheel, facts)
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(f"{DIST}/sboms/auditwheel.cdx.json") == b'{"bomFormat": "CycloneDX"}'


def replaced(path, name, content, make_wheel):
    """The same wheel with another content of one member."""
    with zipfile.ZipFile(path) as archive:
        members = {n: archive.read(n) for n in archive.namelist() if "RECORD" not in n}
    assert name in members
    return make_wheel(path, {**members, name: content})


FALSE_CLAIMS = {
    "numpy's target": (lambda s: s.replace('"0x13"', '"0xd"'), "NumPy's C-API target"),
    "an older numpy": (lambda s: s.replace('"2.3.1"', '"2.0.2"'), "the NumPy built against"),
    "older headers": (lambda s: s.replace('"2.x"', '"1.x"'), "the era of NumPy's headers"),
    "an older libc": (lambda s: s.replace('"2.31"', '"2.0"'), "libc's release"),
    "another libc": (lambda s: s.replace('"name": "glibc"', '"name": "musl"'), "libc"),
    "the compiler": (lambda s: s.replace("GCC: (GNU)", "GCC: (Other)"), "the compiler"),
    "another wheel": (lambda s: s.replace("cp39-abi3", "cp310-abi3"), "the wheel's name"),
}


@pytest.mark.parametrize("name", FALSE_CLAIMS)
def test_show_finds_false_claim(wheel, facts, make_wheel, name):
    change, subject = FALSE_CLAIMS[name]
    sbom.annotate(wheel, facts)
    text = binary_claims.sboms(wheel)["npwheel.cdx.json"].decode()
    assert change(text) != text
    replaced(wheel, SBOM, change(text).encode(), make_wheel)
    assert [d.subject for d in sbom.show(wheel).disagreements] == [subject]


def test_show_finds_replaced_library(wheel, facts, openblas, make_wheel):
    sbom.annotate(wheel, facts)
    other = openblas[1].replace(b"OpenBLAS 0.3.", b"OpenBLAS 0.2.")
    replaced(wheel, f"demo.libs/{openblas[0]}", other, make_wheel)
    subjects = [d.subject for d in sbom.show(wheel).disagreements]
    file = f"demo.libs/{openblas[0]}"
    assert subjects == [f"sha256 of {file}", f"the release of {file}"]


def test_show_finds_replaced_module(wheel, facts, module, make_wheel):
    sbom.annotate(wheel, facts)
    other = module[1].replace(b"(NumPy 2.1)", b"(NumPy 1.23)"[:11])
    replaced(wheel, f"demo/{module[0]}", other.replace(b"GCC: (GNU)", b"GCC: (XXX)"), make_wheel)
    assert "the compiler" in [d.subject for d in sbom.show(wheel).disagreements]


def test_compare_finds_numpy_of_another_major_version():
    recorded, found = Claims("w", numpy="1.26.4", headers="2.x"), Claims("w", headers="2.x")
    (wrong,) = disagreements.compare(recorded, found)
    assert (wrong.subject, wrong.found) == ("the NumPy built against", "headers of 2.x")
    assert disagreements.compare(replace(recorded, headers="1.x"), Claims("w", headers="1.x")) == ()


def test_compare_finds_missing_and_unlisted_libraries():
    one, other = Library("d.libs/a.so", "a.so", "1" * 64), Library("d.libs/b.so", "b.so", "2" * 64)
    wrong = disagreements.compare(Claims("w", libraries=(one,)), Claims("w", libraries=(other,)))
    assert [(d.subject, d.recorded, d.found) for d in wrong] == [
        ("the library d.libs/a.so", "in the wheel", "not in the wheel"),
        ("the library d.libs/b.so", "nothing", "in the wheel"),
    ]


def test_source_is_recorded_only_when_the_hash_matches(wheel, facts):
    (source,) = facts.sources
    wrong = replace(source, libraries=dict.fromkeys(source.libraries, "f" * 64))
    sbom.annotate(wheel, replace(facts, sources=(wrong,)))
    recorded = sbom.show(wheel).recorded
    assert recorded is not None
    assert [library.source for library in recorded.libraries] == [None]


def test_annotate_rejects_build_that_contradicts_the_wheel(wheel, facts):
    before = wheel.read_bytes()
    with pytest.raises(RecordError, match="disagree on libc"):
        sbom.annotate(wheel, replace(facts, libc="musl"))
    assert wheel.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"components": 1}', b"\xff"])
def test_show_rejects_malformed_sbom(wheel, make_wheel, content):
    replaced(wheel, f"{DIST}/sboms/auditwheel.cdx.json", b"{}", make_wheel)
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(SBOM, content)
    with pytest.raises(RecordError, match=r"npwheel\.cdx\.json"):
        sbom.show(wheel)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 100])
def test_show_rejects_file_that_is_not_a_wheel(tmp_path, content):
    path = tmp_path / "x-1-py3-none-any.whl"
    path.write_bytes(content)
    with pytest.raises(NotChecked, match="cannot be read"):
        sbom.show(path)


@pytest.mark.parametrize(
    ("grafted", "original"),
    [
        ("libscipy_openblas-1209e25e.so", "libscipy_openblas.so"),
        ("a.libs/libgfortran-040039e1-0352e75f.so.5.0.0", "libgfortran-040039e1.so.5.0.0"),
        ("libz.so.1", "libz.so.1"),
        ("lib-notahash.so", "lib-notahash.so"),
    ],
)
def test_names_of_grafted_libraries(grafted, original):
    assert disagreements.original_name(grafted) == original
    if "-" in grafted and "notahash" not in grafted:
        digest = grafted.partition(".so")[0][-8:] + "0" * 56
        assert disagreements.grafted_name(original, digest) == grafted.rpartition("/")[2]


@pytest.mark.parametrize("libc", ["glibc", "musl"])
def test_module_without_libc_calls_does_not_contradict_libc(wheel, facts, libc):
    found = replace(binary_claims.read(wheel), libc=None, libc_version=None)
    assert disagreements.compare(replace(found, libc=libc, libc_version="1.2"), found) == ()


def test_annotate_wheel_without_binaries(tmp_path, make_wheel, facts):
    wheel = make_wheel(tmp_path / "demo-1.0-py3-none-any.whl", {"demo/__init__.py": b""})
    nothing = replace(facts, numpy=None, sources=())
    with pytest.raises(RecordError, match="disagree on libc"):
        sbom.annotate(wheel, nothing)
    sbom.annotate(wheel, replace(nothing, libc=None, libc_version=None))
    shown = sbom.show(wheel)
    assert shown.disagreements == ()
    assert shown.recorded is not None
    assert (shown.recorded.numpy, shown.recorded.libraries) == (None, ())

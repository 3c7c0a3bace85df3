"""A wheel says what it was built against, and is caught when that is not true."""

import hashlib
import json
import zipfile
from dataclasses import replace

import pytest

from npwheel import sbom
from npwheel.core.errors import NotChecked, RecordError
from npwheel.sbom import binary, check, document
from npwheel.sbom.facts import BuildFacts, Claims, Library, Source

DIST = "demo-1.0.dist-info"
SBOM = f"{DIST}/sboms/npwheel.cdx.json"


@pytest.fixture
def facts(openblas):
    original = check.original_name(openblas[0])
    # The installed library was patched; what is known of the original are its first digits.
    digest = openblas[0].partition(".")[0][-8:] + "0" * 56
    source = Source("scipy-openblas64", "0.3.x", "s.whl", "b" * 64, {original: digest})
    return BuildFacts(
        numpy="2.3.1",
        image={"reference": "localhost/i:1", "digest": "sha256:" + "c" * 64, "kind": "local"},
        libc="glibc",
        libc_version="2.31",
        tools={"npwheel": "0.1.0", "cibuildwheel": "4.3.3", "auditwheel": "6.8.2"},
        sources=(source,),
        epoch=1700000000,
    )


def test_the_sbom_says_what_the_binary_is(wheel, facts, module, openblas):
    sbom.annotate(wheel, facts)
    shown = sbom.show(wheel)
    assert shown.disagreements == ()
    assert shown.others == ("auditwheel.cdx.json",)
    said = shown.said
    assert said is not None
    assert said.wheel == wheel.name
    assert (said.numpy, said.target_api) == ("2.3.1", "0x13")
    assert said.image == facts.image
    assert said.tools == facts.tools
    assert any(line.startswith("GCC") for line in said.compilers)
    (library,) = said.libraries
    assert library.file == f"demo.libs/{openblas[0]}"
    assert library.sha256 == hashlib.sha256(openblas[1]).hexdigest()
    assert library.version
    assert library.version.startswith("0.3.")
    assert library.source == facts.sources[0]


def test_it_is_valid_cyclonedx_and_the_validator_works(wheel, facts):
    sbom.annotate(wheel, facts)
    content = binary.sboms(wheel)["npwheel.cdx.json"]
    assert document.invalid(content) is None
    data = json.loads(content)
    assert (data["bomFormat"], data["specVersion"]) == ("CycloneDX", "1.6")
    data["components"][0]["typo"] = 1
    assert "typo" in document.invalid(json.dumps(data).encode())
    assert "JSON" in document.invalid(b"{")


def test_the_same_wheel_and_facts_give_the_same_bytes(wheel, facts):
    sbom.annotate(wheel, facts)
    first = wheel.read_bytes()
    sbom.annotate(wheel, facts)
    assert wheel.read_bytes() == first


def test_auditwheels_own_sbom_is_kept(wheel, facts):
    sbom.annotate(wheel, facts)
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(f"{DIST}/sboms/auditwheel.cdx.json") == b'{"bomFormat": "CycloneDX"}'


def replaced(path, name, content, make_wheel):
    """The same wheel with another content of one member."""
    with zipfile.ZipFile(path) as archive:
        members = {n: archive.read(n) for n in archive.namelist() if "RECORD" not in n}
    assert name in members
    return make_wheel(path, {**members, name: content})


LIES = {
    "numpy's target": (lambda s: s.replace('"0x13"', '"0xd"'), "NumPy's C-API target"),
    "an older numpy": (lambda s: s.replace('"2.3.1"', '"2.0.2"'), "the NumPy built against"),
    "older headers": (lambda s: s.replace('"2.x"', '"1.x"'), "the era of NumPy's headers"),
    "an older libc": (lambda s: s.replace('"2.31"', '"2.0"'), "libc's release"),
    "another libc": (lambda s: s.replace('"name": "glibc"', '"name": "musl"'), "libc"),
    "the compiler": (lambda s: s.replace("GCC: (GNU)", "GCC: (Other)"), "the compiler"),
    "another wheel": (lambda s: s.replace("cp39-abi3", "cp310-abi3"), "the wheel's name"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_sbom_that_lies_is_caught(wheel, facts, make_wheel, lie):
    change, subject = LIES[lie]
    sbom.annotate(wheel, facts)
    text = binary.sboms(wheel)["npwheel.cdx.json"].decode()
    assert change(text) != text
    replaced(wheel, SBOM, change(text).encode(), make_wheel)
    assert [d.subject for d in sbom.show(wheel).disagreements] == [subject]


def test_a_library_that_was_exchanged_is_caught(wheel, facts, openblas, make_wheel):
    sbom.annotate(wheel, facts)
    other = openblas[1].replace(b"OpenBLAS 0.3.", b"OpenBLAS 0.2.")
    replaced(wheel, f"demo.libs/{openblas[0]}", other, make_wheel)
    subjects = [d.subject for d in sbom.show(wheel).disagreements]
    file = f"demo.libs/{openblas[0]}"
    assert subjects == [f"sha256 of {file}", f"the release of {file}"]


def test_a_module_that_was_exchanged_is_caught(wheel, facts, module, make_wheel):
    sbom.annotate(wheel, facts)
    other = module[1].replace(b"(NumPy 2.1)", b"(NumPy 1.23)"[:11])
    replaced(wheel, f"demo/{module[0]}", other.replace(b"GCC: (GNU)", b"GCC: (XXX)"), make_wheel)
    assert "the compiler" in [d.subject for d in sbom.show(wheel).disagreements]


def test_a_numpy_of_another_era_is_caught():
    said, found = Claims("w", numpy="1.26.4", headers="2.x"), Claims("w", headers="2.x")
    (wrong,) = check.compare(said, found)
    assert (wrong.subject, wrong.found) == ("the NumPy built against", "headers of 2.x")
    assert check.compare(replace(said, headers="1.x"), Claims("w", headers="1.x")) == ()


def test_libraries_that_are_missing_or_unlisted_are_caught():
    one, other = Library("d.libs/a.so", "a.so", "1" * 64), Library("d.libs/b.so", "b.so", "2" * 64)
    wrong = check.compare(Claims("w", libraries=(one,)), Claims("w", libraries=(other,)))
    assert [(d.subject, d.said, d.found) for d in wrong] == [
        ("the library d.libs/a.so", "carried", "not in the wheel"),
        ("the library d.libs/b.so", "nothing", "carried"),
    ]


def test_a_source_is_named_only_where_the_hash_proves_it(wheel, facts):
    (source,) = facts.sources
    wrong = replace(source, libraries=dict.fromkeys(source.libraries, "f" * 64))
    sbom.annotate(wheel, replace(facts, sources=(wrong,)))
    said = sbom.show(wheel).said
    assert said is not None
    assert [library.source for library in said.libraries] == [None]


def test_a_build_that_contradicts_its_wheel_is_refused(wheel, facts):
    before = wheel.read_bytes()
    with pytest.raises(RecordError, match="disagree on libc"):
        sbom.annotate(wheel, replace(facts, libc="musl"))
    assert wheel.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"components": 1}', b"\xff"])
def test_an_sbom_that_cannot_be_read_is_not_fine(wheel, make_wheel, content):
    replaced(wheel, f"{DIST}/sboms/auditwheel.cdx.json", b"{}", make_wheel)
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr(SBOM, content)
    with pytest.raises(RecordError, match="cannot be understood"):
        sbom.show(wheel)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"x" * 100])
def test_what_is_no_wheel_gets_one_line(tmp_path, content):
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
def test_names_that_auditwheel_gives(grafted, original):
    assert check.original_name(grafted) == original
    if "-" in grafted and "notahash" not in grafted:
        digest = grafted.partition(".so")[0][-8:] + "0" * 56
        assert check.grafted_name(original, digest) == grafted.rpartition("/")[2]


@pytest.mark.parametrize("libc", ["glibc", "musl"])
def test_a_module_that_calls_nothing_of_libc_contradicts_none(wheel, facts, libc):
    found = replace(binary.read(wheel), libc=None, libc_version=None)
    assert check.compare(replace(found, libc=libc, libc_version="1.2"), found) == ()


def test_a_wheel_without_binaries_can_be_described_too(tmp_path, make_wheel, facts):
    wheel = make_wheel(tmp_path / "demo-1.0-py3-none-any.whl", {"demo/__init__.py": b""})
    nothing = replace(facts, numpy=None, sources=())
    with pytest.raises(RecordError, match="disagree on libc"):
        sbom.annotate(wheel, nothing)
    sbom.annotate(wheel, replace(nothing, libc=None, libc_version=None))
    shown = sbom.show(wheel)
    assert shown.disagreements == ()
    assert shown.said is not None
    assert (shown.said.numpy, shown.said.libraries) == (None, ())

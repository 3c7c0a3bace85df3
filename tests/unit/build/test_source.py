"""PROJECT: folders, sdists (also hostile ones) and requirements."""

import gzip
import hashlib
import io
import tarfile
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npwheel.build import source
from npwheel.build.project import load
from npwheel.core.errors import NpwheelError, PlanError, UsageError
from npwheel.core.index import IndexFile

GOOD = {"thing-1.0/pyproject.toml": b"[project]\nname='thing'\n", "thing-1.0/a/b.c": b"int x;"}


def link(target, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, target
    return info


def test_a_folder_is_taken_as_it_is(tmp_path):
    assert source.obtain(str(tmp_path), tmp_path / "s") == source.Source(tmp_path)


def test_an_sdist_is_unpacked_and_its_hash_known(sdist, tmp_path):
    path = sdist(GOOD)
    found = source.obtain(str(path), tmp_path / "s")
    assert found.file == "thing-1.0.tar.gz"
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found.folder / "a/b.c").read_text() == "int x;"


def test_an_old_cibuildwheel_config_is_mended_in_the_copy_and_told(sdist, tmp_path):
    old = b"[tool.cibuildwheel]\n# mine\nenable = ['cpython-freethreading', 'pypy']\nskip = 'pp*'\n"
    path = sdist({"thing-1.0/pyproject.toml": old})
    found = source.obtain(str(path), tmp_path / "s")
    text = (found.folder / "pyproject.toml").read_text()
    assert text == "[tool.cibuildwheel]\n# mine\nenable = ['pypy']\nskip = 'pp*'\n"
    assert found.notes == ("cibuildwheel 4 refuses enable: cpython-freethreading: taken out",)
    # A folder is the user's own.
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "pyproject.toml").write_bytes(old)
    assert source.obtain(str(folder), tmp_path / "t") == source.Source(folder)
    assert (folder / "pyproject.toml").read_bytes() == old


@pytest.mark.parametrize(
    ("pyproject", "words"),
    [
        (None, "thing-1.0.tar.gz holds no Python project"),
        (b"tool = 1\n", "thing-1.0.tar.gz: pyproject.toml cannot be read: tool must be a table"),
        (b"[tool]\ncibuildwheel = 1\n", "tool.cibuildwheel must be a table"),
        (b"[project]\nrequires-python = 'x'\n", "thing-1.0.tar.gz: requires-python cannot be read"),
    ],
)
def test_what_is_wrong_in_an_sdist_is_told_by_its_name(sdist, tmp_path, pyproject, words):
    members = {"thing-1.0/README": b""}
    if pyproject is not None:
        members["thing-1.0/pyproject.toml"] = pyproject
    found = source.obtain(str(sdist(members)), tmp_path / "s")
    with pytest.raises(UsageError) as caught:
        load(found.folder, {"file": found.file, "sha256": found.sha256})
    assert words in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("thing-1.0-py3-none-any.whl", "is a wheel, and what is built is source"),
        ("notes.txt", "an sdist is a .tar.gz, .tgz or .zip file"),
    ],
)
def test_other_files_are_told_from_sdists(tmp_path, name, words):
    (tmp_path / name).write_bytes(b"hi")
    with pytest.raises(UsageError) as caught:
        source.obtain(str(tmp_path / name), tmp_path / "s")
    assert words in str(caught.value)


def test_a_zip_is_unpacked_with_its_modes(tmp_path):
    path = tmp_path / "thing-1.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("thing-1.0/configure")
        info.external_attr = 0o100755 << 16
        archive.writestr(info, "#!/bin/sh\n")
    found = source.obtain(str(path), tmp_path / "s")
    assert (found.folder / "configure").stat().st_mode & 0o100


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../evil", b"x"),
        ("thing-1.0/../../evil", b"x"),
        ("thing-1.0/l", link("/etc/passwd")),
        ("thing-1.0/l", link("../../evil")),
        ("thing-1.0/l", link("a")),  # a folder
        ("thing-1.0/l", link("nothing-there")),
        ("thing-1.0/l", link("/etc/passwd", tarfile.LNKTYPE)),
        ("thing-1.0/f", link("", tarfile.FIFOTYPE)),
        ("thing-1.0/d", link("", tarfile.CHRTYPE)),
        ("other/file", b"a second folder at the top"),
    ],
)
def test_what_leads_outside_or_is_no_file_is_refused(sdist, tmp_path, name, content):
    path = sdist({**GOOD, name: content})
    with pytest.raises(UsageError) as caught:
        source.obtain(str(path), tmp_path / "deep" / "s")
    assert caught.value.what.startswith("thing-1.0.tar.gz")
    assert not list(tmp_path.rglob("evil"))


def test_an_absolute_name_lands_inside(sdist, tmp_path):
    """tarfile's data filter strips the leading slash; then it is a second folder."""
    with pytest.raises(UsageError):
        source.obtain(str(sdist({**GOOD, "/evil-at-the-root": b"x"})), tmp_path / "s")


def test_links_to_files_become_copies(sdist, tmp_path):
    path = sdist(
        {
            **GOOD,
            "thing-1.0/a/up": link("../pyproject.toml"),
            "thing-1.0/hard": link("thing-1.0/a/b.c", tarfile.LNKTYPE),
        }
    )
    folder = source.obtain(str(path), tmp_path / "s").folder
    assert (folder / "a/up").read_bytes() == GOOD["thing-1.0/pyproject.toml"]
    assert (folder / "hard").read_text() == "int x;"
    assert not any(p.is_symlink() for p in folder.rglob("*"))


def test_bombs_are_refused_before_they_are_unpacked(sdist, tmp_path, monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 1 << 20)
    big = sdist({**GOOD, "thing-1.0/zeros": bytes(2 << 20)})
    with pytest.raises(UsageError, match="cannot be unpacked"):
        source.obtain(str(big), tmp_path / "s")
    assert sum(p.stat().st_size for p in (tmp_path / "s").rglob("*")) < 1 << 20


def test_a_giant_extended_header_is_not_read_into_memory(sdist, tmp_path):
    info = tarfile.TarInfo()
    info.type, info.size = tarfile.XHDTYPE, 0
    path = tmp_path / "thing-1.0.tar.gz"
    info.name, info.size = "thing-1.0/x", 64 << 20
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(info.tobuf(tarfile.USTAR_FORMAT))
        stream.write(bytes(64 << 20))
    with pytest.raises(UsageError) as caught:
        source.obtain(str(path), tmp_path / "s")
    assert "header" in caught.value.why


def test_too_many_files(sdist, tmp_path, monkeypatch):
    monkeypatch.setattr(source, "MAX_FILES", 3)
    path = sdist({f"thing-1.0/{n}": b"" for n in range(5)})
    with pytest.raises(UsageError) as caught:
        source.obtain(str(path), tmp_path / "s")
    assert "more than 3 files" in caught.value.why


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_archives_give_one_error(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "thing-1.0.tar.gz"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=0) as archive:
        for name, content in GOOD.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    raw = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    try:
        found = source.obtain(str(path), folder / "s")
    except NpwheelError as error:
        assert error.exit_code == 2
    else:
        assert found.folder.parent == folder / "s" / "source"


def files(*names):
    return tuple(
        IndexFile(n, f"https://x.invalid/{n}", {"sha256": "0" * 64}, None, False, 1, None)
        for n in names
    )


@pytest.fixture
def listed(monkeypatch):
    found = files(
        "thing-1.0.tar.gz", "thing-1.0.zip", "thing-1.1.zip", "thing-2.0rc1.tar.gz",
        "thing-1.1-py3-none-any.whl",
    )  # fmt: skip
    monkeypatch.setattr(source.index, "files", lambda name: found)


def test_a_requirement_names_an_sdist(listed):
    assert source.sdist_of("thing==1.0").filename == "thing-1.0.tar.gz"
    assert source.sdist_of("Thing == 1.1.0").filename == "thing-1.1.zip"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("thing", "thing==1.1"),
        ("thing>=1", "thing==1.1"),
        ("thing==1.*", "thing==1.1"),
        ("thing==9", "2.0rc1"),
        ("thing[extra]==1.0", "NAME==VERSION"),
        ("thing==1.0; python_version>'3'", "NAME==VERSION"),
        ("not a requirement", "NAME==VERSION"),
        ("./nothing/here", "does not exist"),
        ("nothing-1.0.tar.gz", "does not exist"),
    ],
)
def test_what_names_nothing_is_explained(listed, tmp_path, text, word):
    with pytest.raises(UsageError) as caught:
        source.obtain(text, tmp_path / "s")
    assert word in str(caught.value)


def test_an_sdist_from_the_index_is_whole(tmp_path, monkeypatch):
    """For real: a small sdist, with the hash that the index promises."""
    monkeypatch.setenv("NPWHEEL_CACHE", str(tmp_path / "cache"))
    found = source.obtain("lttbc==0.3.0", tmp_path / "s")
    assert found.sha256 == source.sdist_of("lttbc==0.3.0").hashes["sha256"]
    assert (found.folder / "pyproject.toml").exists() or (found.folder / "setup.py").exists()


def test_a_project_that_does_not_exist(tmp_path):
    with pytest.raises(PlanError):
        source.obtain("npwheel-no-such-project-at-all==1.0", tmp_path / "s")

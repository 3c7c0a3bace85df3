"""PROJECT: folders, sdists (also hostile ones) and requirements."""

import gzip
import hashlib
import io
import tarfile
import tracemalloc
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npwheel.build import source, unpack
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


def test_old_settings_of_an_sdist_do_not_count_and_its_files_stay(sdist, tmp_path):
    old = b"[tool.cibuildwheel]\n# mine\nenable = ['cpython-freethreading', 'pypy']\nskip = 'pp*'\n"
    path = sdist({"thing-1.0/pyproject.toml": old})
    found = source.obtain(str(path), tmp_path / "s")
    assert (found.folder / "pyproject.toml").read_bytes() == old
    assert load(found.folder, {}, found.config).cibuildwheel == {"enable": ["pypy"], "skip": "pp*"}
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
def test_an_error_in_an_sdist_names_the_sdist(sdist, tmp_path, pyproject, words):
    members = {"thing-1.0/README": b""}
    if pyproject is not None:
        members["thing-1.0/pyproject.toml"] = pyproject
    with pytest.raises(UsageError) as caught:
        found = source.obtain(str(sdist(members)), tmp_path / "s")
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
def test_other_files_are_distinguished_from_sdists(tmp_path, name, words):
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
def test_members_outside_the_folder_or_not_files_are_refused(sdist, tmp_path, name, content):
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
    monkeypatch.setattr(unpack, "MAX_BYTES", 1 << 20)
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


def raw(*blocks):
    """A gzipped tar archive of headers and contents."""
    padded = b"".join(block + bytes(-len(block) % 512) for block in blocks)
    return gzip.compress(padded + bytes(1024), compresslevel=9)


def head(name, kind, size):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.USTAR_FORMAT)


def pax(*records):
    return b"".join(f"{len(r) + 4} {r}\n".encode() for r in records)  # for lengths of two digits


@pytest.mark.parametrize(
    "record",
    ["size=-1536", "size=1e9", "size=\u0663", "GNU.sparse.major=1", "path=thing-1.0/../../evil"],
)
def test_extended_headers_that_lie_are_refused(tmp_path, record):
    content = pax(record)
    path = tmp_path / "thing-1.0.tar.gz"
    file = head("thing-1.0/a", tarfile.REGTYPE, 0)
    path.write_bytes(raw(head("x", tarfile.XHDTYPE, len(content)), content, file))
    with pytest.raises(UsageError) as caught:
        source.obtain(str(path), tmp_path / "s")
    assert caught.value.what == "thing-1.0.tar.gz cannot be unpacked"
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("time", ["1e300", "nan", "-5", "inf", "soon", "9" * 40])
def test_a_time_that_no_file_has_is_not_used(sdist, tmp_path, time):
    path = tmp_path / "thing-1.0.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name, content in GOOD.items():
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = len(content), {"mtime": time}
            archive.addfile(info, io.BytesIO(content))
    found = source.obtain(str(path), tmp_path / "s")
    assert (found.folder / "pyproject.toml").stat().st_mtime == 0
    project = load(found.folder, {"file": found.file}, found.config)
    assert project.epoch() == "315532800"


def test_headers_without_end_cost_no_memory(tmp_path):
    """1,500 global headers of a mebibyte, of one kilobyte each in the file."""
    path = tmp_path / "thing-1.0.tar.gz"
    content = pax("k=v").ljust(1 << 20, b"\0")
    path.write_bytes(raw(*[head("x", tarfile.XGLTYPE, len(content)), content] * 1500))
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match="cannot be unpacked"):
            source.obtain(str(path), tmp_path / "s")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_a_zip_that_only_slow_methods_unpack_is_refused(tmp_path):
    path = tmp_path / "thing-1.0.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("thing-1.0/zeros", bytes(64 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(UsageError) as caught:
            source.obtain(str(path), tmp_path / "s")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    assert "bzip2" in caught.value.why


@pytest.mark.parametrize("name", [".git", "sub/.GIT", "sub/.git/modules"])
def test_a_repository_in_an_sdist_is_left_out(sdist, tmp_path, name):
    files = {f"thing-1.0/{name}/config": b"[core]\nfsmonitor = true\n"}
    path = sdist({**GOOD, **files, f"thing-1.0/{name}x": b"kept", "thing-1.0/.gitignore": b"x"})
    found = source.obtain(str(path), tmp_path / "s")
    names = {p.relative_to(found.folder).as_posix() for p in found.folder.rglob("*")}
    assert not any(part.lower() == ".git" for name in names for part in name.split("/"))
    assert ".gitignore" in names


def test_what_tarfile_writes_is_what_is_read(tmp_path):
    """Long names, long links, large numbers and other formats, against Python's own reader."""
    files = {"pyproject.toml": b"[project]\nname='thing'\n", f"{'d' * 90}/{'f' * 90}.py": b"x"}
    files |= {f"{'long/' * 50}file": b"deep", "caf\u00e9.txt": b"\0" * 1000, "empty": b""}
    for number, kind in enumerate((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)):
        path = tmp_path / f"{number}-1.0.tar.gz"
        with tarfile.open(path, "w:gz", format=kind) as archive:
            for name, content in files.items():
                info = tarfile.TarInfo(f"thing-1.0/{name}")
                info.size, info.mtime, info.mode = len(content), 1700000000.5, 0o755
                archive.addfile(info, io.BytesIO(content))
            last = link("thing-1.0/" + "long/" * 50 + "file", tarfile.LNKTYPE)
            last.name = "thing-1.0/hard"
            archive.addfile(last)
        folder = source.obtain(str(path), tmp_path / f"s{number}").folder
        assert {n: (folder / n).read_bytes() for n in files} == files
        assert (folder / "hard").read_bytes() == b"deep"
        assert int((folder / "empty").stat().st_mtime) == 1700000000
        assert (folder / "empty").stat().st_mode & 0o100


def test_too_many_files(sdist, tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MAX_FILES", 3)
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

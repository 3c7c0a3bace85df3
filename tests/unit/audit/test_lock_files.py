"""`audit -r`: pins of four kinds of files, and the NumPy on which all of them load."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rule_wheels import ABOUT, MODULE, make, module

from npwheel.audit import fetch, lock_files
from npwheel.audit.common_numpy import constraint, judged
from npwheel.cli import main
from npwheel.core.errors import NotChecked

A, B = "a" * 64, "b" * 64
PLATFORM = "manylinux_2_28_x86_64"
NEW = b"module was compiled against NumPy C-API version 0x%x (NumPy 1.25) but the running\0"
OLD = b"module compiled against API version 0x%x but this version of numpy is 0x%x\0"
URL = "https://example.org/one-1.0-py3-none-any.whl"
FILES = {
    "requirements.txt": f"""# comment
--index-url https://example.org/simple
one==1.0 \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
two==2.0 ; python_version < "3.0"  # comment
three>=3
four @ https://example.org/four.zip
-r other.txt
""",
    "pylock.toml": f"""lock-version = "1.0"
[[packages]]
name = "one"
version = "1.0"
wheels = [{{name = "one-1.0-py3-none-any.whl", url = "{URL}", hashes = {{sha256 = "{A}"}}}},
          {{name = "one-1.0-1-py3-none-any.whl", hashes = {{sha256 = "{B}"}}}}]
[[packages]]
name = "two"
version = "2.0"
marker = "python_version < '3.0'"
[[packages]]
name = "three"
""",
    "uv.lock": f"""version = 1
[[package]]
name = "one"
version = "1.0"
source = {{ registry = "https://example.org/simple" }}
wheels = [{{ url = "{URL}", hash = "sha256:{A}", size = 1 }}, {{ hash = "sha256:{B}" }}]
[[package]]
name = "two"
version = "2.0"
source = {{ registry = "https://example.org/simple" }}
resolution-markers = ["python_full_version < '3.0'"]
[[package]]
name = "three"
source = {{ git = "https://example.org/three" }}
[[package]]
name = "mine"
version = "0.1"
source = {{ editable = "." }}
""",
    "poetry.lock": f"""[[package]]
name = "one"
version = "1.0"
files = [{{file = "one-1.0-py3-none-any.whl", hash = "sha256:{A}"}}, {{hash = "sha256:{B}"}}]
[[package]]
name = "two"
version = "2.0"
markers = "python_version < '3.0'"
files = []
[[package]]
name = "three"
version = ""
[metadata]
lock-version = "2.1"
""",
}


@pytest.mark.parametrize("name", FILES)
def test_pins(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FILES[name])
    one, two, three, *more = lock_files.read(path)
    assert (str(one.release), one.hashes, one.applies("3.12", "x86_64")) == (
        "one==1.0",
        {A, B},
        True,
    )
    assert (str(two.release), two.applies("3.12", "x86_64")) == ("two==2.0", False)
    assert (three.name, three.release) == ("three", None)
    assert all(pin.release is None for pin in more)
    assert len(more) == (2 if name == "requirements.txt" else 0)


@pytest.mark.parametrize(
    ("name", "content"),
    [("uv.lock", "version = ["), ("uv.lock", "version = 1\npackage = 3\n"), ("uv.lock", "a" * 99),
     ("pylock.toml", 'lock-version = "1.0"\n[[packages]]\nversion = "1"\n'),
     ("pylock.toml", 'lock-version = "1.0"\n[[packages]]\nname = "x"\nmarker = "(((("\n'),
     ("uv.lock", "x = " + "[" * 5000), ("requirements.txt", "\udcff")],
)  # fmt: skip
def test_what_is_no_lock_file_is_not_checked(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert main(["audit", "-r", str(path), "--platform", PLATFORM]) == 3
    with pytest.raises(NotChecked):
        lock_files.read(tmp_path / "absent.lock")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Name -> the wheel that is fetched for it; asked for by its locked hashes."""
    found: dict[str, Path] = {}

    def wheels_of(release, platforms, python, hashes):
        assert (platforms, python) == ([PLATFORM], "3.12")
        if release.name not in found:
            raise NotChecked(f"no wheel of {release}")
        return [found[release.name]]

    monkeypatch.setattr(fetch, "wheels", wheels_of)
    return found


def wheel(folder: Path, name: str, data: bytes, requires: str) -> Path:
    place = folder / name
    place.mkdir()
    tag = "cp312-cp312-manylinux_2_17_x86_64"
    member = MODULE.replace("311", "312")
    about = f"{ABOUT}Requires-Dist: {requires}\n"
    return make(place, {member: module(data=data)}, tag, about)


def pins(folder: Path, *lines: str) -> Path:
    path = folder / "requirements.txt"
    path.write_text("\n".join(lines))
    return path


def asked(path: Path, capsys) -> tuple[int, dict]:
    code = main(["audit", "-r", str(path), "--platform", PLATFORM, "--python", "3.12", "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_range_of_all(tmp_path, wheels, capsys) -> None:
    wheels["one"] = wheel(tmp_path, "one", NEW, "numpy>=2.0.1")
    wheels["two"] = wheel(tmp_path, "two", NEW, "numpy<2.3")
    wheels["pure"] = wheel(tmp_path, "pure", b"", "six")
    code, document = asked(pins(tmp_path, "one==1", "two==2", "pure==1", "numpy==2.1.0"), capsys)
    assert (code, document["constraint"]) == (0, "numpy>=2.0.1,<2.3.0")
    assert [row["pin"] for row in document["wheels"]] == ["one==1", "two==2"]


def test_pinned_numpy_that_one_refuses(tmp_path, wheels, capsys) -> None:
    wheels["one"] = wheel(tmp_path, "one", OLD, "numpy")
    code, document = asked(pins(tmp_path, "one==1", "numpy==2.1.0"), capsys)
    assert (code, document["constraint"]) == (1, "numpy>=1.26.0,<2.0.0")


def test_wheels_that_exclude_each_other(tmp_path, wheels, capsys) -> None:
    wheels["one"] = wheel(tmp_path, "one", OLD, "numpy")
    wheels["two"] = wheel(tmp_path, "two", NEW, "numpy>=2")
    code, document = asked(pins(tmp_path, "one==1", "two==2"), capsys)
    assert (code, document["constraint"]) == (1, None)
    assert document["conflicts"] == [["one==1", "two==2"]]


def test_unpinned_and_unfetched_are_not_checked(tmp_path, wheels, capsys) -> None:
    wheels["one"] = wheel(tmp_path, "one", NEW, "numpy")
    code, document = asked(pins(tmp_path, "one==1", "two>=2", "three==3"), capsys)
    assert code == 3
    assert [row["pin"] for row in document["unread"]] == ["two", "three==3"]


def test_other_platforms_are_not_checked(tmp_path) -> None:
    with pytest.raises(NotChecked):
        judged([], "win_amd64", "3.12")


@pytest.mark.parametrize(
    ("releases", "available", "line"),
    [
        (["1.26.0", "1.26.4"], ["1.26.0", "1.26.4", "2.0.0"], "numpy>=1.26.0,<2.0.0"),
        (["2.0.0", "2.1.0"], ["1.26.4", "2.0.0", "2.1.0"], "numpy>=2.0.0,<2.2"),
        (["2.0.0", "2.0.2"], ["2.0.0", "2.0.1", "2.0.2", "2.1.0"],
         "numpy>=2.0.0,<2.1.0,!=2.0.1"),
        ([], ["2.0.0"], ""),
    ],
)  # fmt: skip
def test_constraint(releases: list[str], available: list[str], line: str) -> None:
    assert constraint(releases, available) == line

"""Which wheel a system takes, and what is no wheel."""

import zipfile

import pytest

from npwheel.core.errors import UsageError
from npwheel.core.tags import platform_tags, python_tags
from npwheel.prove import candidates


def tags(python="3.11", libc="glibc", version="2.36", arch="x86_64"):
    return python_tags(python, platform_tags(libc, version, arch))


def test_the_newest_release_wins_then_the_best_tag(wheel):
    old = wheel("thing-1.0-cp311-cp311-manylinux_2_17_x86_64.whl")
    stable = wheel("thing-1.1-cp39-abi3-manylinux_2_17_x86_64.whl")
    own = wheel("thing-1.1-cp311-cp311-manylinux_2_17_x86_64.whl")
    assert candidates.best([old, stable], "3.11", tags()) is stable
    assert candidates.best([stable, own, old], "3.11", tags()) is own


@pytest.mark.parametrize(
    "name",
    [
        "thing-1.0-cp39-abi3-manylinux_2_38_x86_64.whl",
        "thing-1.0-cp39-abi3-manylinux_2_17_aarch64.whl",
        "thing-1.0-cp39-abi3-musllinux_1_2_x86_64.whl",
        "thing-1.0-cp312-abi3-manylinux_2_17_x86_64.whl",
        "thing-1.0-cp313-cp313-manylinux_2_17_x86_64.whl",
    ],
)
def test_what_the_system_does_not_take(wheel, name):
    assert candidates.best([wheel(name)], "3.11", tags()) is None


def test_requires_python_counts(wheel):
    assert candidates.best([wheel(python=">=3.12")], "3.11", tags()) is None
    assert candidates.best([wheel(python="<=3.11.5")], "3.9", tags("3.9")) is not None


def test_a_free_threaded_python_takes_no_stable_abi(wheel):
    assert candidates.best([wheel()], "3.13t", tags("3.13t")) is None


@pytest.mark.parametrize(
    "name", ["thing.whl", "a.zip", "gone-1-cp39-abi3-manylinux_2_17_x86_64.whl"]
)
def test_files_that_are_not_wheels_are_named(tmp_path, name):
    with pytest.raises(UsageError, match=name):
        candidates.load(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"text"])
def test_a_broken_archive_is_one_sentence(tmp_path, content):
    path = tmp_path / "thing-1.0-cp39-abi3-manylinux_2_17_x86_64.whl"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read as a wheel"):
        candidates.load(path)


def test_metadata_of_absurd_size_is_refused(tmp_path):
    path = tmp_path / "thing-1.0-cp39-abi3-manylinux_2_17_x86_64.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("thing-1.0.dist-info/METADATA", "x" * (2 << 20))
    with pytest.raises(UsageError) as caught:
        candidates.load(path)
    assert "2097152 bytes" in caught.value.why

"""The distribution's NumPy: which release it is, and which wheels can be proven on it."""

from dataclasses import replace

import pytest
from packaging.specifiers import SpecifierSet
from thing_wheels import file

from npwheel.core.requirements import parse_release
from npwheel.prove import candidates, matrix, packaged_numpy, published, systems
from npwheel.prove.matrix import DISTRIBUTION
from npwheel.prove.systems import PackagedNumpy


@pytest.mark.parametrize(
    "version, release",
    [
        ("1:1.19.5-1", "1.19.5"),
        ("1:1.24.2-1+deb12u1", "1.24.2"),
        ("1:2.2.4+ds-1", "2.2.4"),
        ("1:2.3.0~rc1-1", "2.3.0"),
        ("2.3.5-r0", "2.3.5"),
        ("1.23.5-3.el9", "1.23.5"),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_release_of_package_version(version, release):
    assert packaged_numpy.release(version) == release


def test_rejected_when_requirement_excludes_package():
    reason = packaged_numpy.refused("python3-numpy", "1:1.19.5-1", SpecifierSet(">=2"))
    assert "numpy>=2" in reason
    assert "1.19.5" in reason
    assert packaged_numpy.refused("python3-numpy", "1:1.19.5-1", SpecifierSet(">=1.19")) == ""


@pytest.fixture
def shipping(index):
    """A system that ships NumPy for its only Python."""
    return lambda system: (
        replace(system, numpy=PackagedNumpy("python3-numpy", system.pythons[0])),
        replace(index, packaged={system.name: "1:1.19.5-1"}),
    )


def distribution(system, index, wheel):
    found = matrix.plan([system], (), (), [wheel], index)
    (cell,) = [cell for cell in found if cell.column == DISTRIBUTION]
    return cell


def test_cell_takes_package_of_system(systems, wheel, shipping):
    system, index = shipping(systems[0])
    cell = distribution(system, index, wheel())
    assert (cell.numpy, cell.package, cell.reason) == ("1.19.5", "python3-numpy", "")
    assert cell.where == f"{system.name} with python3-numpy"


def test_cell_runs_where_index_has_no_numpy(systems, wheel, shipping):
    system, index = shipping(systems[0])
    found = matrix.plan([system], (), (), [wheel()], replace(index, numpy=(), scipy=()))
    reasons = {cell.column: cell.reason for cell in found}
    assert reasons.pop(DISTRIBUTION) == ""
    assert all(reasons.values())


def test_cell_is_not_run_when_metadata_rejects_package(systems, wheel, shipping):
    system, index = shipping(systems[0])
    assert "1.19.5" in distribution(system, index, wheel(requires=["numpy>=2"])).reason


def test_cell_is_not_run_without_package_or_for_another_python(systems, index, wheel):
    assert "ships no NumPy" in distribution(systems[0], index, wheel()).reason
    other = replace(systems[0], numpy=PackagedNumpy("python3-numpy", "3.6"))
    assert "Python 3.6" in distribution(other, index, wheel()).reason


def test_locks_name_package_of_every_debian_system():
    known, _ = systems.load()
    expected = packaged_numpy.expected(known)
    shipped = {system.name for system in known if system.numpy and system.recipe}
    assert expected.keys() == shipped
    assert {"debian-11-armhf", "debian-12-arm64", "debian-testing"} <= shipped
    assert all(packaged_numpy.release(version) for version in expected.values())


def test_published_release_gives_each_system_its_own_wheel(systems, monkeypatch, tmp_path):
    names = [
        "thing-1.0-cp39-cp39-manylinux_2_17_x86_64.whl",
        "thing-1.0-cp39-abi3-manylinux_2_17_x86_64.whl",
        "thing-1.0-cp311-cp311-manylinux_2_17_x86_64.whl",
        "thing-1.0-py3-none-any.whl",
        "thing-1.0-cp39-cp39-win_amd64.whl",
        "thing-2.0-cp39-cp39-manylinux_2_17_x86_64.whl",
        "thing-1.0.tar.gz",
    ]
    monkeypatch.setattr("npwheel.core.index.files", lambda _: tuple(file(n) for n in names))
    monkeypatch.setattr("npwheel.core.download.wheel", lambda f: tmp_path / f.filename)
    found = published.wheels(parse_release("thing==1.0"), systems)
    assert [path.name for path in found] == [names[0], names[2], names[3]]


def test_placeholder_is_a_wheel_with_that_version(tmp_path):
    found = candidates.load(packaged_numpy.placeholder(tmp_path, "1.19.5"))
    assert (found.project, str(found.version)) == ("numpy", "1.19.5")

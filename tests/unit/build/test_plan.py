"""Plans come from data and the index; nothing in them is typed in by hand."""

from dataclasses import dataclass, replace

import pytest

from npwheel.build import plan as plans
from npwheel.build import project
from npwheel.build.project_facts import read_facts
from npwheel.containers import images
from npwheel.core import targets
from npwheel.core.errors import PlanError, UsageError
from npwheel.core.index import IndexFile
from npwheel.core.tags import platform_tags, python_tags
from npwheel.prove import wheel_contents
from npwheel.report.plan_text import plan_text


def wheel(name):
    return IndexFile(name, "https://example.org/" + name, {"sha256": "0"}, None, False, 1, None)


FILES = [
    wheel("numpy-1.19.2-cp39-cp39-macosx_10_9_x86_64.whl"),
    wheel("numpy-1.19.3-cp39-cp39-manylinux2010_x86_64.whl"),
    wheel("numpy-2.0.2-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
    wheel("numpy-2.1.0rc1-cp39-cp39-manylinux_2_17_x86_64.whl"),
    wheel("numpy-2.3.0-cp311-cp311-manylinux_2_28_x86_64.whl"),
    wheel("numpy-2.4.0-cp311-cp311-manylinux_2_40_x86_64.whl"),
    wheel("numpy-2.3.2-cp314-cp314t-manylinux_2_28_x86_64.whl"),
]


def make(folder, build="cp39-* cp311-*", dependencies="[]", python=">=3.9"):
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname="a"\nrequires-python="{python}"\ndependencies={dependencies}\n'
        f'[tool.cibuildwheel]\nbuild="{build}"\nenable=["cpython-prerelease"]\n'
    )
    return project.load(folder)


def planned(found, pythons=("3.9",), version="2.31", target="manylinux_x86_64", files=FILES):
    lacks = ("rust",) if target == "manylinux_x86_64" else ("fortran", "openmp", "rust")
    image = plans.ImageSpec("r", "local", version, pythons, "k", lacks)
    return plans.target_plan(read_facts(found), targets.targets()[target], image, files)


def test_lowest_and_newest_are_read_from_the_files(tmp_path):
    plan = planned(make(tmp_path))
    ranges = {entry.python: (entry.lowest, entry.newest) for entry in plan.pythons}
    # No pre-release, no other platform's wheel, none beyond the image's libc.
    assert ranges["3.9"] == ("1.19.3", "2.0.2")
    assert ranges["3.11"] == ("2.3.0", "2.3.0")
    assert ranges["3.10"] == (None, None)
    assert ranges["3.14t"] == ("2.3.2", "2.3.2")
    assert ranges["3.14"] == (None, None)


def test_what_the_image_lacks_is_not_run_with_its_reason(tmp_path):
    plan = planned(make(tmp_path))
    reasons = {entry.python: entry.reason for entry in plan.pythons}
    assert reasons["3.9"] == ""
    assert reasons["3.11"] == "the image has no CPython 3.11"
    assert reasons["3.10"] == "no NumPy wheel for this Python and platform"
    assert plan.build == ("cp39-manylinux_x86_64",)
    assert plan.not_built == {"cp311-manylinux_x86_64": "the image has no CPython 3.11"}


def test_the_projects_own_bounds_narrow_the_range(tmp_path):
    plan = planned(make(tmp_path, dependencies='["numpy<2"]', python=">=3.9,<3.10"))
    assert [(e.python, e.lowest, e.newest) for e in plan.pythons] == [("3.9", "1.19.3", "1.19.3")]


def test_another_python_takes_the_place_of_one_that_the_image_lacks(tmp_path):
    plan = planned(make(tmp_path, build="cp39-*"), pythons=("3.11",))
    assert plan.build == ("cp311-manylinux_x86_64",)
    assert list(plan.not_built) == ["cp39-manylinux_x86_64"]


def test_toolchains_that_no_local_image_has_are_named_before_building(tmp_path):
    found = make(tmp_path, build="cp311-*")
    text = (tmp_path / "pyproject.toml").read_text()
    requires = '[build-system]\nrequires=["setuptools-rust>=1", "not a requirement"]\n'
    (tmp_path / "pyproject.toml").write_text(requires + text)
    (tmp_path / "meson.build").write_text("openmp = dependency('openmp', required: false)\n")
    files = [*FILES, wheel("numpy-2.3.0-cp311-cp311-musllinux_1_2_x86_64.whl")]
    glibc = planned(found, ("3.11",))
    musl = planned(found, ("3.11",), "1.2", "musllinux_x86_64", files)
    assert [warning.split(":")[0] for warning in musl.warnings] == [
        "the local image has no OpenMP",
        "the local image has no Rust compiler",
    ]
    assert [warning.split(":")[0] for warning in glibc.warnings] == [
        "the local image has no Rust compiler"
    ]


def test_the_plan_lists_proofs_of_pythons_that_are_built(tmp_path):
    plan = planned(make(tmp_path, build="cp39-*"), ("3.9", "3.11"))
    lines = plan_text(plans.Plan(make(tmp_path), (plan,))).splitlines()
    rows = lines[lines.index("    proofs  Python   lowest numpy  newest numpy") + 1 :]
    assert [row.split() for row in rows] == [
        ["3.9", "1.19.3", "2.0.2"],
        ["a", "stable-ABI", "wheel", "also", "on", "3.11"],
    ]


def test_fortran_without_a_compiler_is_reported_before_building(tmp_path):
    found = make(tmp_path, build="cp311-*")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "solve.F90").write_text("end\n")
    files = [wheel("numpy-2.3.0-cp311-cp311-musllinux_1_2_x86_64.whl")]
    musl = planned(found, ("3.11",), "1.2", "musllinux_x86_64", files)
    expected = "the local image has no Fortran compiler: src/solve.F90 is Fortran"
    assert musl.warnings == (expected,)
    assert f"    warning: {expected}" in plan_text(plans.Plan(found, (musl,))).splitlines()
    assert planned(found, ("3.11",)).warnings == ()


def test_a_project_without_numpy_is_planned_as_such(tmp_path):
    silent = make(tmp_path, dependencies="[]")
    assert "  NumPy is not in its static metadata" in plan_text(plans.Plan(silent, ()))
    asking = make(tmp_path, dependencies='["numpy"]')
    assert "static metadata" not in plan_text(plans.Plan(asking, ()))


def test_an_sdist_is_planned_by_its_name(tmp_path):
    found = replace(make(tmp_path), source={"file": "thing-1.0.tar.gz", "sha256": "0"})
    assert plan_text(plans.Plan(found, ())).splitlines()[0].endswith("(thing-1.0.tar.gz)")


def test_other_pythons_are_reported_and_left_out(tmp_path):
    found = make(tmp_path, build="cp39-* pp311-* gp312_250-*")
    text = (tmp_path / "pyproject.toml").read_text()
    enabled = text.replace("enable=[", 'enable=["pypy", "graalpy", ')
    (tmp_path / "pyproject.toml").write_text(enabled)
    found = project.load(tmp_path)
    project.identifiers.cache_clear()
    plan = planned(found)
    assert plan.build == ("cp39-manylinux_x86_64",)
    assert set(plan.not_built) >= {"pp311-manylinux_x86_64"}
    assert all("only CPython" in reason for reason in plan.not_built.values())
    wheel = tmp_path / "a-1-cp39-abi3-manylinux2014_x86_64.whl"
    assert wheel_contents.not_served(wheel, plan.not_built) == plan.not_built


def test_an_image_without_any_usable_python_is_refused(tmp_path):
    with pytest.raises(PlanError, match=r"nothing to build: the image holds CPython 3\.8"):
        planned(make(tmp_path, build="cp39-*"), pythons=("3.8",))


def test_a_skipped_target_is_reported(tmp_path):
    with pytest.raises(PlanError, match="builds nothing for musllinux_x86_64"):
        planned(make(tmp_path, build="*-manylinux_x86_64"), target="musllinux_x86_64")


def test_systems_prove_a_target_that_has_no_numpy_on_the_index(tmp_path):
    plan = planned(make(tmp_path, build="cp39-*"), target="manylinux_armv7l")
    assert plan.systems == ("debian-11-armhf", "debian-12-armhf", "debian-13-armhf")
    assert plan.as_json()["systems"] == list(plan.systems)
    assert all(entry.newest is None for entry in plan.pythons)


def test_a_platform_without_numpy_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("npwheel.build.system_proofs.shipping", lambda _: ())
    with pytest.raises(PlanError) as caught:
        planned(make(tmp_path, build="cp39-*"), target="manylinux_armv7l")
    assert "no Python of it has a NumPy wheel" in caught.value.what
    assert f"none of {len(FILES)} NumPy files" in caught.value.why


@dataclass(frozen=True)
class Recipe:
    name = "manylinux_x86_64"
    key = "0123456789abcdef0123"
    libc_version = "2.31"
    pythons = ("3.9",)
    lacks = ("rust",)


def test_a_local_image_is_named_by_what_it_is_made_of(monkeypatch):
    monkeypatch.setattr(images.local, "recipes", lambda: {"manylinux_x86_64": Recipe()})
    image = images.local_image(targets.targets()["manylinux_x86_64"])
    assert image.reference == "localhost/npwheel/manylinux-x86-64:0123456789abcdef"
    assert (image.kind, image.pythons) == ("local", ("3.9",))
    with pytest.raises(PlanError, match="no local image for manylinux_aarch64"):
        images.local_image(targets.targets()["manylinux_aarch64"])


@pytest.mark.parametrize(
    ("image", "target", "libc"),
    [
        ("manylinux2014", "manylinux_x86_64", "2.17"),
        ("manylinux_2_34", "manylinux_aarch64", "2.34"),
        ("musllinux_1_2", "musllinux_x86_64", "1.2"),
        ("host/own:1", "manylinux_x86_64", "2.28"),
    ],
)
def test_official_images_promise_a_libc(tmp_path, monkeypatch, image, target, libc):
    chosen = targets.targets()[target]
    variable = "CIBW_" + chosen.image_option.upper().replace("-", "_")
    monkeypatch.setenv(variable, image)
    found = plans.official_image(read_facts(make(tmp_path)), chosen)
    assert (found.kind, found.libc_version, found.pythons) == ("official", libc, None)


def test_choosing_targets(monkeypatch):
    assert [t.name for t in targets.choose([])] == [
        "manylinux_x86_64", "manylinux_aarch64", "musllinux_x86_64", "musllinux_aarch64",
    ]  # fmt: skip
    assert {t.arch for t in targets.choose(["native"])} == {targets.machine()}
    assert len(targets.choose(["native", "native"])) == 2
    with pytest.raises(UsageError, match="unknown target: manylinux"):
        targets.choose(["manylinux"])
    monkeypatch.setattr(targets, "machine", lambda: "riscv64")
    with pytest.raises(UsageError, match="no native target"):
        targets.choose(["native"])


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
@pytest.mark.parametrize("version", ["2.17", "2.31", "2.41"])
def test_platform_tags_are_pips(arch, version, monkeypatch):
    """The same tags, in the same order, as packaging gives on such a machine."""
    from packaging import _manylinux

    major, minor = (int(part) for part in version.split("."))
    monkeypatch.setattr(_manylinux, "_get_glibc_version", lambda: (major, minor))
    monkeypatch.setattr(_manylinux, "_have_compatible_abi", lambda *_: True)
    monkeypatch.setattr(_manylinux, "_is_compatible", lambda *_: True)
    expected = [t for t in _manylinux.platform_tags([arch]) if "linux" in t]
    assert list(platform_tags("glibc", version, arch)) == expected


def test_musl_platform_tags():
    assert platform_tags("musl", "1.2", "aarch64") == (
        "musllinux_1_2_aarch64", "musllinux_1_1_aarch64", "musllinux_1_0_aarch64",
    )  # fmt: skip


def test_python_tags():
    plain = {str(t) for t in python_tags("3.12", ("manylinux_2_17_x86_64",))}
    assert "cp312-cp312-manylinux_2_17_x86_64" in plain
    assert "cp39-abi3-manylinux_2_17_x86_64" in plain
    threaded = {str(t) for t in python_tags("3.14t", ("manylinux_2_17_x86_64",))}
    assert "cp314-cp314t-manylinux_2_17_x86_64" in threaded
    assert not any("-abi3-" in tag or "-cp314-" in tag for tag in threaded)

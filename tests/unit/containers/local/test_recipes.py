"""Recipes: valid data, pinned downloads, and a key that covers every input."""

import re
import tomllib
from pathlib import Path

import pytest

from npwheel.containers import local as images
from npwheel.containers.local import recipe as recipe_module
from npwheel.core import paths
from npwheel.core.errors import ImageError

IMAGES = paths.ci() / "images"
ALL = images.recipes()
LOCKS = sorted([*IMAGES.glob("locks/*.txt"), *IMAGES.glob("pythons/*.txt")])


def test_every_target_has_a_build_image() -> None:
    for target in ("manylinux_x86_64", "manylinux_aarch64", "musllinux_x86_64"):
        assert ALL[target].programs is not None
        assert ALL[target].frontend is not None
    assert ALL["musllinux_aarch64"].zig is not None


@pytest.mark.parametrize("name", ALL)
def test_recipe_matches_its_name(name: str) -> None:
    recipe = ALL[name]
    assert name.endswith(recipe.arch)
    assert recipe.libc == {"debian": "glibc", "alpine": "musl"}[recipe.base]
    assert recipe.pythons == tuple(sorted(recipe.pythons, key=lambda v: int(v.split(".")[1])))
    assert re.fullmatch(r"[0-9a-f]{64}", recipe.key)
    assert {"debootstrap", "qemu-img"} & {program for program, _ in recipe.needs}
    if name.startswith(("system_", "part_")):
        assert not recipe.compilers
        assert not recipe.programs
    else:
        assert "c++" in recipe.compilers
        assert ("fortran" in recipe.lacks) == (recipe.libc == "musl")


def test_keys_differ() -> None:
    assert len({recipe.key for recipe in ALL.values()}) == len(ALL)


def test_local_systems_match_their_recipes() -> None:
    systems = tomllib.loads((paths.ci() / "systems.toml").read_text("utf-8"))["systems"]
    local = {name: system for name, system in systems.items() if system.get("recipe")}
    assert len(local) >= 8
    for system in local.values():
        recipe = ALL[system["recipe"]]
        assert recipe.arch == system["arch"]
        assert system["libc"].split()[0] == recipe.libc
        assert recipe.libc_version.startswith(system["libc"].split()[1])
        assert set(system["pythons"]) <= set(recipe.pythons)


@pytest.mark.parametrize("name", ["manylinux_x86_64", "musllinux_aarch64", "system_alpine_x86_64"])
def test_every_input_is_in_the_key(name: str, ci_images: Path) -> None:
    recipe = images.recipes(ci_images)[name]
    before = recipe.key
    inputs = [path for path in recipe.inputs() if path.is_relative_to(ci_images)]
    named = {path.relative_to(ci_images).as_posix() for path in inputs}
    assert "scripts/contents.sh" in named
    for path in inputs:
        content = path.read_bytes()
        path.write_bytes(content + b"\n# changed\n")
        assert images.recipes(ci_images)[name].key != before, path
        path.write_bytes(content)
    assert images.recipes(ci_images)[name].key == before


def test_key_ignores_files_that_are_not_inputs(ci_images: Path) -> None:
    before = {name: recipe.key for name, recipe in images.recipes(ci_images).items()}
    for path in (ci_images / "scripts/zig-compiler.sh", ci_images / "pythons/musl-3.11.txt"):
        path.write_bytes(path.read_bytes() + b"# changed\n")
    after = images.recipes(ci_images)
    changed = {name for name in before if before[name] != after[name].key}
    assert changed == {name for name in before if ALL[name].libc == "musl"}


def test_every_file_in_ci_images_is_an_input_of_some_recipe() -> None:
    used = {path for recipe in ALL.values() for path in recipe.inputs()}
    sources = {path.with_suffix(".in") for path in used}
    files = {path for path in IMAGES.rglob("*") if path.is_file()}
    assert files - used - sources == set()


def test_key_covers_the_code_that_makes_images() -> None:
    code = Path(recipe_module.__file__).parent
    used = {path.name for recipe in ALL.values() for path in recipe.inputs()}
    # These do not change the contents of an image.
    other = {"__init__.py", "recipe.py", "image_cache.py"}
    other |= {"debian_locks.py", "refresh_debian_locks.py"}
    assert {path.name for path in code.glob("*.py")} - used == other


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("arch = ", "arch ="), None),
        (('arch = "x86_64"', ""), "KeyError: 'arch'"),
        (('"locks/tools.txt"', '"locks/nothing.txt"'), "locks/nothing.txt is missing"),
        (("[debian]", "[debian"), "TOMLDecodeError"),
        (("scripts = [", "scripts = [1, "), "TypeError"),
    ],
)
def test_recipes_reports_invalid_recipe(
    change: tuple[str, str], why: str | None, ci_images: Path
) -> None:
    file = ci_images / "manylinux_x86_64.toml"
    text = file.read_text("utf-8")
    assert change[0] in text
    file.write_text(text.replace(*change, 1), "utf-8")
    if why is None:
        images.recipes(ci_images)
        return
    with pytest.raises(ImageError) as caught:
        images.recipes(ci_images)
    assert "manylinux_" in caught.value.what
    assert why in caught.value.why


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_requirement_is_pinned_by_hash(lock: Path) -> None:
    text = lock.read_text("utf-8").replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line.strip()]
    assert requirements
    for line in requirements:
        assert re.match(r"[\w.-]+==[\w.]+ +--hash=sha256:[0-9a-f]{64}", line), line
        assert ";" not in line  # pip would evaluate a marker for the host's Python
        assert "://" not in line


def test_scripts_do_not_download() -> None:
    fetching = re.compile(r"\b(wget|curl|apt-get|apt|pip3? (install|download)|apk (add|update))\b")
    for script in IMAGES.glob("scripts/*.sh"):
        for line in script.read_text("utf-8").splitlines():
            assert line.startswith("#") or not fetching.search(line), f"{script.name}: {line}"

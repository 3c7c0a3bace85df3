"""ci/systems.toml says what it should, and a broken one is named."""

import pytest

from npwheel.core.errors import UsageError
from npwheel.prove.systems import choose, load

# What issue 3 asks to run without any registry.
LOCAL = {
    ("Debian 11", "x86_64"), ("Debian 12", "x86_64"), ("Debian 13", "x86_64"),
    ("Debian testing", "x86_64"), ("Debian 12", "aarch64"), ("Debian 13", "aarch64"),
    ("Alpine 3.23", "x86_64"), ("Alpine 3.23", "aarch64"),
}  # fmt: skip


def test_the_systems_of_users_are_listed():
    systems, cpus = load()
    assert {(system.os, system.arch) for system in systems if system.recipe} >= LOCAL
    assert all(system.recipe or system.image for system in systems)
    assert all(system.stands_for and system.pythons for system in systems)
    assert {"cortex-a53", "cortex-a72", "cortex-a76", "Nehalem"} <= {cpu.model for cpu in cpus}
    by_name = {system.name: system for system in systems}
    assert all(by_name[cpu.system].arch == cpu.arch for cpu in cpus)
    for system in systems:
        assert set(system.executables) == (set(system.pythons) if system.image else set())


def test_local_systems_have_their_recipe():
    from npwheel.containers import local

    recipes = local.recipes()
    for system in load()[0]:
        if system.recipe:
            recipe = recipes[system.recipe]
            assert (recipe.arch, recipe.libc) == (system.arch, system.libc)
            assert recipe.libc_version.split(".")[:2] == system.libc_version.split(".")[:2]
            assert tuple(recipe.pythons) == system.pythons


@pytest.mark.parametrize(
    "text", ["", "[systems", "[systems.a]\nos = 'x'\n", "[systems.a]\nlibc = 'glibc'\nos = 'a'\n"]
)
def test_a_broken_list_is_named(tmp_path, text):
    file = tmp_path / "systems.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"systems\.toml cannot be read"):
        load(file)


def test_names_are_chosen_in_the_lists_order(systems):
    assert [h.name for h in choose(systems, ("pi", "old"), "system")] == ["old", "pi"]
    assert choose(systems, (), "system") == systems
    with pytest.raises(UsageError, match="unknown system: moon") as caught:
        choose(systems, ("moon",), "system")
    assert "old" in caught.value.next

"""ci/homes.toml says what it should, and a broken one is named."""

import pytest

from npwheel.core.errors import UsageError
from npwheel.prove.systems import choose, load

# What issue 3 asks to run without any registry.
LOCAL = {
    ("Debian 11", "x86_64"), ("Debian 12", "x86_64"), ("Debian 13", "x86_64"),
    ("Debian testing", "x86_64"), ("Debian 12", "aarch64"), ("Debian 13", "aarch64"),
    ("Alpine 3.23", "x86_64"), ("Alpine 3.23", "aarch64"),
}  # fmt: skip


def test_the_homes_of_users_are_listed():
    homes, cpus = load()
    assert {(home.os, home.arch) for home in homes if home.recipe} >= LOCAL
    assert all(home.recipe or home.image for home in homes)
    assert all(home.stands_for and home.pythons for home in homes)
    assert {"cortex-a53", "cortex-a72", "cortex-a76", "Nehalem"} <= {cpu.model for cpu in cpus}
    by_name = {home.name: home for home in homes}
    assert all(by_name[cpu.home].arch == cpu.arch for cpu in cpus)
    for home in homes:
        assert set(home.executables) == (set(home.pythons) if home.image else set())


def test_local_homes_have_their_recipe():
    from npwheel.containers import local

    recipes = local.recipes()
    for home in load()[0]:
        if home.recipe:
            recipe = recipes[home.recipe]
            assert (recipe.arch, recipe.libc) == (home.arch, home.libc)
            assert recipe.libc_version.split(".")[:2] == home.libc_version.split(".")[:2]
            assert tuple(recipe.pythons) == home.pythons


@pytest.mark.parametrize(
    "text", ["", "[homes", "[homes.a]\nos = 'x'\n", "[homes.a]\nlibc = 'glibc'\nos = 'a'\n"]
)
def test_a_broken_list_is_named(tmp_path, text):
    file = tmp_path / "homes.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"homes\.toml cannot be read"):
        load(file)


def test_names_are_chosen_in_the_lists_order(homes):
    assert [h.name for h in choose(homes, ("pi", "old"), "home")] == ["old", "pi"]
    assert choose(homes, (), "home") == homes
    with pytest.raises(UsageError, match="unknown home: moon") as caught:
        choose(homes, ("moon",), "home")
    assert "old" in caught.value.next

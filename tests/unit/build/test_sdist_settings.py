"""[tool.cibuildwheel] of an sdist: what cibuildwheel would do on this machine does not count."""

import tomllib

import pytest

from npwheel.build import sdist_settings


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("audit-command", "touch x {wheel}"),
        ("audit-requires", ["evil @ file:///x"]),
        ("environment-pass", ["TOKEN"]),
        ("container-engine", "docker; create_args: --privileged -v /:/host"),
        ("dependency-versions", "/etc/shadow"),
        ("manylinux-x86_64-image", "registry.example.org/x"),
        ("manylinux-x86_64-image", "--privileged"),
        ("manylinux-x86_64-image", "quay.io/pypa/../x"),
        ("musllinux-aarch64-image", 5),
        ("option-of-a-later-cibuildwheel", "x"),
    ],
)
def test_what_would_reach_this_machine_is_ignored_and_noted(option, value):
    rest = {"build": "cp3*", "linux": {"before-all": "make"}}
    table = {
        **rest,
        option: value,
        "linux": {**rest["linux"], option: value},
        "inherit": {option: "append", "environment": "append"},
        "overrides": [{"select": "*", option: value, "environment": {"A": "$(date)"}}],
    }
    found = sdist_settings.of_sdist(table)
    assert found.table == {
        **rest,
        "inherit": {"environment": "append"},
        "overrides": [{"select": "*", "environment": {"A": "$(date)"}}],
    }
    assert len(found.notes) == 1
    assert found.notes[0].startswith(option)


@pytest.mark.parametrize(
    "image",
    [
        "manylinux2014",
        "musllinux_1_2",
        "quay.io/pypa/manylinux_2_28_x86_64:2026.01.01-1",
        f"quay.io/pypa/manylinux_2_28_x86_64@sha256:{'0' * 64}",
    ],
)
def test_images_of_pypa_count(image):
    table = {"manylinux-x86_64-image": image}
    assert sdist_settings.of_sdist(table) == sdist_settings.SdistSettings(table, ())


def test_every_option_that_cibuildwheel_knows_is_decided():
    """A new cibuildwheel with a new option has it ignored until somebody looks."""
    from importlib import resources

    text = resources.files("cibuildwheel").joinpath("resources", "defaults.toml").read_text()
    known = {k for k in tomllib.loads(text)["tool"]["cibuildwheel"] if not k.endswith("-image")}
    data = sdist_settings._data()
    assert known - {"linux"} <= {*data["kept"], *data["unused"], *data["ignored"]}


def test_settings_are_written_as_they_were_read(tmp_path):
    table = {
        "environment": {"A B": 'quote " and \\ and \x7f and \u00e9 and \n', "n": 3, "yes": True},
        "test-requires": ["a", "b"],
        "overrides": [{"select": "cp3*", "before-all": "x"}],
        "linux": {"skip": ""},
    }
    file = tmp_path / "cibuildwheel.toml"
    sdist_settings.write(sdist_settings.SdistSettings(table, ()), file)
    assert tomllib.loads(file.read_text("utf-8"))["tool"]["cibuildwheel"] == table

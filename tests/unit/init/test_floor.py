"""NPY_TARGET_VERSION: needed only where an admitted NumPy would be refused."""

import json
import re
from importlib import resources
from pathlib import Path

import numpy
import pytest
from packaging.specifiers import SpecifierSet

from npwheel.core.targets import choose
from npwheel.init.floor import default_target, reaches, target_macro
from npwheel.numpy_releases import table

TARGETS = choose([])


@pytest.mark.parametrize(
    ("headers", "target"),
    [
        ("1.24.4", "1.24.4"),
        ("1.26.4", "1.19"),
        ("2.0.2", "1.19"),
        ("2.2.6", "1.20"),
        ("2.4.6", "1.23"),
        ("2.5.5", "1.25"),
    ],
)
def test_default_targets(headers, target):
    assert default_target(headers) == target


def test_the_default_is_that_of_real_headers():
    text = Path(numpy.get_include(), "numpy", "numpyconfig.h").read_text()
    chosen = re.findall(r"#define NPY_FEATURE_VERSION NPY_(\d+)_(\d+)_API_VERSION", text)
    ours = table.api_of_release(default_target(numpy.__version__))
    assert [table.api_of_release(".".join(pair)) for pair in chosen] == [ours]


def test_every_macro_that_can_be_asked_for_exists_in_real_headers():
    text = Path(numpy.get_include(), "numpy", "numpyconfig.h").read_text()
    defined = set(re.findall(r"#define (NPY_\d+_\d+_API_VERSION)", text))
    newest = table.api_of_release(numpy.__version__)
    for api in table.API:
        if 0x7 <= api <= newest:
            assert f"NPY_{table.release_of_api(api).replace('.', '_')}_API_VERSION" in defined


def macro(pythons, runtime="", build=">=2.0", **more):
    found, _ = reaches(pythons, TARGETS, SpecifierSet(runtime), SpecifierSet(build))
    return target_macro(found, **{"abi3": False, **more})[0]


def test_each_python_has_headers_that_reach_its_oldest_numpy():
    """NumPy chooses its default so; ordinary wheels need nothing."""
    assert macro(["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]) == ""


def test_a_stable_abi_wheel_needs_the_lowest_of_all():
    assert macro(["3.9", "3.10", "3.11"], abi3=True) == "NPY_1_16_API_VERSION"
    assert macro(["3.11", "3.12", "3.13"], abi3=True) == "NPY_1_23_API_VERSION"
    # Older Pythons have wheels of their own, and headers that reach their oldest NumPy.
    assert macro(["3.9", "3.10", "3.11", "3.12"], abi3=True, abi3_from="3.12") == ""
    assert macro(["3.9", "3.10", "3.13"], abi3=True, abi3_from="3.10") == "NPY_1_20_API_VERSION"
    assert macro(["3.9", "3.14"], ">=1.26", abi3=True) == ""


def test_pinned_new_headers():
    assert macro(["3.10"], build="==2.2.6") == ""  # 1.20 is below 1.21.2
    assert macro(["3.11"], ">=1.23", build="==2.4.6") == ""
    assert macro(["3.9"], build="==1.24.4") == "NPY_1_16_API_VERSION"


def test_a_numpy_without_wheels_is_found():
    _, without = reaches(["3.9", "3.12"], TARGETS, SpecifierSet(">=2.1"), SpecifierSet())
    assert {tuple(pythons) for pythons in without.values()} == {("3.9",)}


def test_the_data_names_only_known_releases():
    text = resources.files("npwheel.init").joinpath("data", "headers.json").read_text()
    for first, target in json.loads(text)["default_target"]:
        assert table.api_of_release(target) <= table.api_of_release(first)

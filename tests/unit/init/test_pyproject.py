"""Edits keep what stands there; twice is once."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npwheel.core.errors import UsageError
from npwheel.init.pyproject import edited
from npwheel.init.settings import Settings

# Whatever people write: loose keys first (TOML wants them so), then tables in any order.
LOOSE = [
    "# a comment at the very top\n",
    '"quoted key" = "ü"\n',
    "tool.cibuildwheel.skip = 'pp*'\n",
]
TABLES = [
    """\
[build-system]
requires = ["setuptools", "oldest-supported-numpy"]  # both
build-backend = "setuptools.build_meta"
""",
    """\
[build-system]
requires = [
    "meson-python",  # why not
    # between
    "numpy>=2.0",
]
build-backend = "mesonpy"
""",
    """\
[project]
name = "thing" # its name
version = "1"
dependencies = [
  "numpy>=1.21",
]
""",
    '[project.urls]\nHome = "https://example.org"\n',
    "[tool.ruff]\nline-length = 99\n\n\n[tool.ruff.lint]\n# chosen with care\nselect = ['A']\n",
    '[[tool.mypy.overrides]]\nmodule = "a"\n\n[[tool.mypy.overrides]]\nmodule = "b"\n',
    "[tool]\nother.key = 1\n",
    "[tool.cibuildwheel]\n",
    '[tool.cibuildwheel]\n# mine\nskip = "pp*" # because\nenvironment = { A = "1" }\n',
    """\
[tool.cibuildwheel]
audit-command = "abi3audit {abi3_wheel}"
audit-requires = ["abi3audit"]
""",
    """\
[tool.cibuildwheel]
audit-command = [
  # one
  'a {wheel}',
]

[tool.cibuildwheel.linux]
archs = 'auto64'
""",
    """\
[tool.cibuildwheel.linux]
environment = {CFLAGS = '-O3'}
audit-command = 'x {wheel}'
""",
    '[tool.cibuildwheel]\nenable = ["cpython-freethreading", "pypy"]\nbuild = "cp38-* cp39-*"\n',
    "[[tool.cibuildwheel.overrides]]\nselect = '*'\nbefore-all = 'x'\n",
]
SETTINGS = [
    Settings(audit="npwheel==1"),
    Settings(
        audit="npwheel==1", build_requires=("numpy>=2.0",), drop=("oldest-supported-numpy",)
    ),
    Settings(
        audit="npwheel==1",
        macro="NPY_1_20_API_VERSION", skip=("cp39-*",), test_command='python -c "import thing"',
        reasons={"environment": "1.21.2 is admitted", "skip": "no numpy there"},
    ),
]  # fmt: skip


@st.composite
def documents(draw):
    parts = draw(st.lists(st.sampled_from(LOOSE), unique=True))
    parts += draw(st.lists(st.sampled_from(TABLES), unique_by=lambda t: t.split("]")[0]))
    text = "\n".join(parts)
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def parsed(text):
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def comments(text):
    return [line.split("#", 1)[1].strip() for line in text.splitlines() if "#" in line]


@given(text=documents(), settings=st.sampled_from(SETTINGS))
def test_twice_is_once_and_the_rest_is_kept(text, settings):
    before = parsed(text)
    if before is None:  # two blocks that TOML does not allow together
        return
    if settings.build_requires and "build-system" not in before:
        settings = Settings(audit="npwheel==1", new_build_system=("setuptools>=64", "numpy>=2.0"))
    elif settings.new_build_system and "build-system" in before:
        return
    try:
        after, _ = edited(text, settings)
    except UsageError as error:
        assert "cannot be edited safely" in error.what
        return
    found = tomllib.loads(after)
    # A second run sees what the first one wrote, and asks for no more than is missing.
    own = found["tool"]["cibuildwheel"]
    again = Settings(
        audit=settings.audit,
        macro="" if "NPY_TARGET_VERSION" in str(own) else settings.macro,
        skip=() if "skip" in own else settings.skip,
        test_command="" if "test-command" in own else settings.test_command,
        reasons=settings.reasons,
    )
    assert edited(after, again)[0] == after
    # All comments, and all that is not ours.
    assert [c for c in comments(after) if c in comments(text)] == comments(text)
    for name, table in before.items():
        if name == "tool":
            for tool, value in table.items():
                if tool != "cibuildwheel":
                    assert found["tool"][tool] == value
        elif name == "build-system":
            assert found[name]["build-backend"] == table["build-backend"]
        else:
            assert found[name] == table
    for key, value in before.get("tool", {}).get("cibuildwheel", {}).items():
        if key not in (
            "audit-command",
            "audit-requires",
            "enable",
            "build",
            "environment",
            "linux",
        ):
            assert own[key] == value
    assert ("\r\n" in after) == ("\r\n" in text)


def test_the_layout_of_lists_is_kept():
    lines = ["[build-system]", "requires = [", '    "a",  # first', "    # between"]
    text = "\n".join([*lines, '    "oldest-supported-numpy",', "]", ""])
    after, _ = edited(
        text, Settings(build_requires=("numpy>=2.0",), drop=("oldest-supported-numpy",))
    )
    assert '    "a",  # first\n' in after
    assert "    # between\n" in after
    assert tomllib.loads(after)["build-system"]["requires"] == ["a", "numpy>=2.0"]
    assert '    "numpy>=2.0"' in after


def test_a_build_system_goes_to_the_top_but_not_over_loose_keys():
    fresh = Settings(new_build_system=("setuptools>=64",))
    assert edited("[tool.x]\na = 1\n", fresh)[0].startswith("[build-system]")
    after, _ = edited("title = 'x'\n", fresh)
    assert tomllib.loads(after)["title"] == "x"


def test_an_inline_tool_table_is_refused_or_kept_whole():
    text = "tool = { cibuildwheel = { skip = 'pp*' }, other = { a = 1 } }\n"
    try:
        after, _ = edited(text, Settings())
    except UsageError as error:
        assert "npwheel init again" in error.next
    else:
        assert tomllib.loads(after)["tool"]["other"] == {"a": 1}
        assert tomllib.loads(after)["tool"]["cibuildwheel"]["skip"] == "pp*"


def test_existing_flags_are_kept_and_reported():
    text = "[tool.cibuildwheel]\nenvironment = { CFLAGS = '-O3' }\n"
    wanted = Settings(macro="NPY_1_20_API_VERSION", reasons={"environment": "why"})
    after, notes = edited(text, wanted)
    assert "NPY_TARGET_VERSION" not in after
    assert "-DNPY_TARGET_VERSION=NPY_1_20_API_VERSION" in notes[0]


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ('enable = ["cpython-freethreading"]', None),
        ('enable = "pypy cpython-freethreading"', {"enable": "pypy"}),
        ('build = ["cp38-*", "cp39-*"]', {"build": ["cp39-*"]}),
        ('build = "cp3*"', {"build": "cp3*"}),
        ("free-threaded-support = true", None),
        ('manylinux-x86_64-image = "manylinux2010"', None),
        ('manylinux-x86_64-image = "manylinux2014"', {"manylinux-x86_64-image": "manylinux2014"}),
    ],
)
def test_what_cibuildwheel_4_refuses_is_taken_out_and_named(line, left):
    after, notes = edited(f"[tool.cibuildwheel]\n{line}\n", Settings())
    notes = [note for note in notes if "pins abi3audit" not in note]
    own = tomllib.loads(after)["tool"]["cibuildwheel"]
    assert {k: v for k, v in own.items() if k != "linux"} == (left or {})
    changed = left is None or line.split(" = ")[1] not in after
    assert bool(notes) == changed
    assert all("cibuildwheel 4 refuses" in note for note in notes)

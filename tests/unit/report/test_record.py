"""A record as text."""

import pytest

from npwheel.report.record_text import record_text


@pytest.mark.parametrize(
    ("built", "target", "line"),
    [
        ("2.0.2", "0xd", "built against 2.0.2, C-API target 0xd"),
        (None, "0xd", "built against unknown, C-API target 0xd"),
        (None, None, "none seen, neither in the build nor in the modules"),
    ],
)
def test_what_is_known_of_numpy(built, target, line):
    wheel = {
        "file": "a-1-cp39-abi3-manylinux_2_17_x86_64.whl",
        "sha256": "0",
        "target": "manylinux_x86_64",
        "image": {"kind": "local", "reference": "r"},
        "numpy": {"built": built, "target_api": target},
        "openblas": None,
        "proofs": [],
    }
    assert f"  numpy     {line}" in record_text([wheel]).splitlines()

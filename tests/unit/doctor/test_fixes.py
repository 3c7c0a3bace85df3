"""Which command comes first, where several could be used."""

from __future__ import annotations

from npwheel.doctor import data
from npwheel.doctor.installed import normal


def test_releases_on_numpy2_are_well_formed() -> None:
    """tools/numpy2.py wrote them, from the index."""
    known = data.load("npwheel.doctor", "numpy2.json")
    assert len(known["first"]) > 40
    assert set(known["not_on"]) <= set(known["first"])
    for name, release in known["first"].items():
        assert name == normal(name)
        assert release[0].isdigit()
    # Told by their own change logs.
    assert known["first"]["pandas"] == "2.2.2"
    assert known["first"]["shapely"] == "2.0.4"
    assert known["first"]["bottleneck"] == "1.4.0"
    assert "3.11" in known["not_on"]["lttbc"]

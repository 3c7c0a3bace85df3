"""All wheels of a release as one table."""

from __future__ import annotations

from pathlib import Path

from other_builder import pe, x86_check
from rule_wheels import ABOUT, MODULE, make, module

from npwheel.audit import catalogue
from npwheel.audit.audit_wheel import audit_wheel
from npwheel.audit.model import WheelReport
from npwheel.report import audit_table

HEADERS_1 = (
    b"module compiled against API version 0x%x but this version of numpy is 0x%x\0_ARRAY_API\0"
)


def reports(folder: Path) -> list[WheelReport]:
    about = f"{ABOUT}Requires-Dist: numpy\n"
    made = []
    for python in ("cp310", "cp311"):
        name = f"pkg/mod.{python}-win_amd64.pyd"
        library = pe(HEADERS_1, x86_check(0xF, windows=True))
        (folder / python).mkdir()
        made.append(make(folder / python, {name: library}, f"{python}-{python}-win_amd64", about))
    made.append(make(folder, {MODULE: module()}, about=about))
    (folder / "torn-1.0-py3-none-any.whl").write_bytes(b"no archive")
    made.append(folder / "torn-1.0-py3-none-any.whl")
    return [audit_wheel(path, catalogue.all_rules()) for path in made]


def test_each_wheel_is_a_row_and_each_rule_is_shown_once(tmp_path) -> None:
    lines = audit_table.render(reports(tmp_path)).splitlines()
    rows = [line.split() for line in lines[1:5]]
    assert [row[1] for row in rows] == ["win_amd64", "win_amd64", "manylinux_2_17_x86_64", "any"]
    assert rows[0][2:5] == ["1.22.0", "to", "1.x"]
    assert "NPA102" in rows[0] and "NPA102" in rows[1]
    assert rows[2][-1] == "nothing"
    assert rows[3][2:5] == ["could", "not", "check:"]
    assert sum(line.startswith("  error NPA102") for line in lines) == 1
    assert any(line.endswith(", and 1 more wheels") for line in lines)

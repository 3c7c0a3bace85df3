"""The C-API version that a wheel's modules require, for records and SBOMs."""

from __future__ import annotations

from pathlib import Path

from npwheel.audit.collect_facts import collect_facts
from npwheel.wheel import Unreadable, open_wheel


def target_api(wheel: Path) -> str | None:
    """The highest C-API version of a wheel's modules, "0xd".

    None where no module requires one, and where the wheel or any module that binds
    NumPy could not be read: the true one might be higher.
    """
    try:
        with open_wheel(wheel) as source:
            subject = collect_facts(source, lambda *_: None)
    except Unreadable:
        return None
    if subject.unclear:
        return None
    found = [m.numpy.api for m in subject.modules if m.numpy.api is not None]
    return f"{max(found):#x}" if found else None

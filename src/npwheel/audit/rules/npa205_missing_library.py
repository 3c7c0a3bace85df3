"""NPA205: a library that is neither in the wheel nor promised by its tag."""

from __future__ import annotations

import re
from collections.abc import Iterator

from npwheel.audit import policies
from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

# musl's C library, under the names that Alpine and upstream give it.
_LIBC = re.compile(
    r"libc\.musl-\w+\.so\.1|ld-musl-\w+\.so\.1|ld-linux[\w.-]*\.so\.\d+|ld64\.so\.\d+"
)
_PYTHON = re.compile(r"libpython\d\.\d+\w*\.so(\.\d\.\d)?")


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each library that has to come from elsewhere."""
    found = [p for p in map(policies.policy_of, subject.platforms) if p]
    if not found:
        return  # linux_x86_64 promises nothing
    allowed = policies.allowed_libraries(*min(found))
    inside = {m.file for m in subject.modules} | {m.soname for m in subject.modules}
    missing: dict[str, list[str]] = {}
    for module in subject.modules:
        for name in module.needed:
            if name not in inside and name not in allowed and not _LIBC.fullmatch(name):
                missing.setdefault(name, []).append(module.path)
    declared = {r.name for r in subject.metadata.requires}
    for name, users in sorted(missing.items()):
        more = f" and {len(users) - 1} more" if len(users) > 1 else ""
        if _PYTHON.fullmatch(name):
            yield rule.found(
                f"needs {name}, which many Pythons do not have as a file",
                users[0],
                "warning",
                fix="do not link extension modules with libpython (build with -Wl,--as-needed)",
            )
            continue
        # A package that it requires may bring the library, which nothing here can show.
        severity = "warning" if declared or subject.installed else "error"
        yield rule.found(
            f"needs {name}, which is neither in the wheel nor among the libraries of its "
            f"platform tag{more}",
            users[0],
            severity,  # type: ignore[arg-type]
            symbols=tuple(users),
        )


RULE = Rule(
    id="NPA205",
    title="a library that the wheel does not bring",
    severity="error",
    what="A library is needed that is neither in the wheel nor in its platform tag's list.",
    why=(
        "On a machine without it the import ends with `cannot open shared object file: "
        "No such file "
        "or directory`. It is a warning where the wheel requires other packages, since one of them "
        "may bring the library."
    ),
    fix="run `auditwheel repair` on the wheel, in the image that built it",
    check=check,
    sources=("https://peps.python.org/pep-0599/", "https://peps.python.org/pep-0600/"),
)

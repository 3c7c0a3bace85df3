"""NPA205: a library that is neither in the wheel nor promised by its tag."""

from __future__ import annotations

from collections.abc import Iterator

from npwheel.audit import libraries, policies
from npwheel.audit.model import Finding, Rule
from npwheel.audit.subject import Subject

_LOOK = (
    "see whether that package brings the library, and is imported first; auditwheel repair copies "
    "what a package of the system has, not this"
)


def check(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """One finding for each library that has to come from elsewhere."""
    if not any(map(policies.policy_of, subject.platforms)):
        return  # linux_x86_64 promises nothing
    yield from _unreached(rule, subject)
    providers = libraries.providers(subject)
    for name, users in sorted(libraries.missing(subject).items()):
        more = f" and {len(users) - 1} more" if len(users) > 1 else ""
        if libraries.is_python(name):
            yield rule.found(
                f"needs {name}, which many Pythons do not have as a file",
                users[0],
                "warning",
                fix="do not link extension modules with libpython (build with -Wl,--as-needed)",
            )
            continue
        # A package that it requires may bring the library, which nothing here can show.
        possible = f"; {', '.join(providers[:3])} may bring it" if providers else ""
        yield rule.found(
            f"needs {name}, which is neither in the wheel nor among the libraries of its "
            f"platform tag{more}{possible}",
            users[0],
            "warning" if providers else "error",
            fix=_LOOK if providers else "",
            symbols=tuple(users),
        )


def _unreached(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for found in libraries.unreached(subject.elf_modules, subject.members, subject.is_musl):
        if subject.loaders:
            continue  # ctypes.CDLL(path) of one of them may come first
        yield rule.found(
            f"needs {found.name}, which lies in the wheel as {found.lies_at}, where no RPATH leads",
            found.needed_by[0],
            fix="add its folder to the RPATH ($ORIGIN/…), or let `auditwheel repair` copy it",
            symbols=found.needed_by,
        )


RULE = Rule(
    id="NPA205",
    title="a library that the wheel does not bring",
    severity="error",
    what="A library is needed that is neither in the wheel nor in its platform tag's list.",
    why=(
        "On a machine without it the import ends with `cannot open shared object file: "
        "No such file "
        "or directory`. It is a warning where the wheel requires packages that may bring the "
        "library, as torch does; NumPy and others are known to bring none. A library in the wheel "
        "is only found where a RPATH leads, or where Python code loads it first."
    ),
    fix="run `auditwheel repair` on the wheel, in the image that built it",
    check=check,
    sources=("https://peps.python.org/pep-0599/", "https://peps.python.org/pep-0600/"),
)

"""`--explain gcp|pi|alpine|api`: what to expect there, from the kept data, checked here."""

import os
import re
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from npwheel import places
from npwheel.core.errors import NotChecked, UsageError
from npwheel.doctor import answers, installed, launch, linking, machine
from npwheel.doctor.jsonreport import SCHEMA_VERSION
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.trial import survey
from npwheel.numpy_releases import table
from npwheel.places import Place

FAMILIES = {
    "gcp": ("gcp",),
    "pi": ("pi",),
    "alpine": ("alpine",),
}
SAYS: Dict[str, Tuple[str, ...]] = {
    "gcp": ("Another pin: npwheel doctor --explain gcp numpy==X.Y.Z",),
    "pi": ("What differs: CPU, 32 or 64 bits, Python, glibc, page size (16 KiB on a Pi 5), BLAS.",),
    "alpine": (
        "Alpine has musl, not glibc: manylinux wheels do not fit, and gcompat does not help.",
    ),
    "api": (
        "A module remembers the NumPy C-API it was compiled for and loads on that NumPy and newer "
        "ones, never on older ones.",
        "Compiled on NumPy 1.x it does not load on 2.x. Compiled on 2.x headers it loads on both "
        "(default floor 1.19, newest headers 1.25; NPY_TARGET_VERSION sets it).",
        "`npwheel audit WHEEL` reads from a wheel which NumPy it was compiled for.",
    ),
}


def answer(topic: str, words: Sequence[str], exe: Sequence[str]) -> Dict[str, Any]:
    """The explanation as data.

    `words` may contain a pin, numpy==1.20.3, or for `api` the two numbers of a message.
    Raises UsageError for another topic or another word.
    """
    if topic not in SAYS:
        raise UsageError(
            "nothing is known of {!r}".format(topic), next="--explain gcp, pi, alpine or api"
        )
    pair, words = answers.numbers_in(words)
    pin = numpy_pin(words) or (answers.PIN if topic == "gcp" else "")
    environment = here(exe)
    rows = [row_of(p, pin) for p in places.of_family(*FAMILIES.get(topic, ()))]
    first = answers.first_lines(topic, pin, pair)
    checks = (
        api_checks(environment, pin) if topic == "api" else place_checks(environment, topic, pin)
    )
    return {
        "schema_version": SCHEMA_VERSION,
        "topic": topic,
        "answer": first,
        "says": list(SAYS[topic]),
        "pin": pin or None,
        "places": rows,
        "api_versions": {hex(k): v for k, v in table.API.items()} if topic == "api" else None,
        "this_machine": checks,
    }


def render(document: Mapping[str, Any]) -> str:
    """The explanation as text."""
    lines = [*document["answer"], "", *document["says"]]
    if document["api_versions"]:
        versions = document["api_versions"].items()
        lines += ["", *("  C-API {:5} since NumPy {}".format(k, v) for k, v in versions)]
    for row in document["places"]:
        lines += place_lines(row)
    lines += ["", "This machine:"] + ["  " + check for check in document["this_machine"]]
    return "\n".join(lines) + "\n"


def numpy_pin(words: Sequence[str]) -> str:
    """The release of a pin among the words, `numpy==1.20.3`; empty without one."""
    for word in words:
        match = re.match(r"^numpy\s*={2,3}\s*(\d+(?:\.\d+)*)$", word)
        if match is None:
            raise UsageError(
                "--explain takes a pin of NumPy, not {!r}".format(word),
                next="npwheel doctor --explain gcp numpy==1.20.3",
            )
        return match.group(1)
    return ""


def here(exe: Sequence[str]) -> PythonEnvironment:
    """The interpreter and the machine, without an import of NumPy."""
    trial = launch.run(exe, "sys", [], 30.0)
    facts = survey(trial)
    if facts is None:
        raise NotChecked(
            "{} does not report what it is: {}".format(exe[0], trial.outcome),
            next="name another interpreter with --python",
        )
    interp = linking.interpreter_of(str(facts.get("executable", "")))
    return PythonEnvironment(exe, facts, machine.read(facts, interp, dict(os.environ)), [])


def row_of(place: Place, pin: str) -> Dict[str, Any]:
    """A place, and which NumPys have wheels for its Pythons."""
    wheels = []
    for python in place.python:
        minor = answers.python_of(python)
        for libc, version in place.libc[:1]:
            for arch in place.arch:
                target = (minor, libc, arch)
                pin_runs = bool(pin) and runs_on(pin, libc, version)
                fits = [v for v in table.releases(*target) if runs_on(v, libc, version)]
                wheels.append(
                    {
                        "python": minor,
                        "arch": arch,
                        "oldest": fits[0] if fits else None,
                        "newest": fits[-1] if fits else None,
                        "pin": None if not pin else table.has_wheel(pin, *target) and pin_runs,
                    }
                )
    return {
        "name": place.name, "os": place.os,
        "libc": ["{} {}".format(*pair).strip() for pair in place.libc],
        "page_kib": list(place.page_kib), "pip": place.pip or None, "notes": list(place.notes),
        "sources": list(place.sources), "status": dict(place.status), "wheels": wheels,
    }  # fmt: skip


def runs_on(version: str, libc: str, libc_version: str) -> bool:
    """Whether the wheels of a release can be used with that glibc (2.3 and newer ask for 2.27)."""
    old = libc == "glibc" and libc_version and linking.numbers(libc_version) < (2, 27)
    return not (old and table.key(version) >= (2, 3))


def place_lines(row: Dict[str, Any]) -> List[str]:
    """A place as text."""
    lines = [
        "",
        "{} ({}, {})".format(
            row["name"], row["os"], " or ".join(row["libc"]) or "C library not documented"
        ),
    ]
    for wheel in row["wheels"]:
        target = "  Python {} {}: ".format(wheel["python"], wheel["arch"])
        if not wheel["newest"]:
            lines.append(target + "no NumPy wheels on the main index")
            continue
        text = "NumPy {} to {}".format(wheel["oldest"], wheel["newest"])
        if wheel["pin"] is not None:
            text += "; the pin {}".format("has a wheel" if wheel["pin"] else "has NO wheel")
        lines.append(target + text)
    lines += ["  - " + note for note in row["notes"]]
    weak = [k for k, v in row["status"].items() if v == "inferred" and k != "default"]
    if row["status"]["default"] == "inferred":
        weak = ["all of it"]
    if weak:
        lines.append("  (inferred, not documented: {})".format(", ".join(weak)))
    return lines


def place_checks(environment: PythonEnvironment, topic: str, pin: str) -> List[str]:
    """How this machine compares."""
    m = environment.machine
    release = machine.os_release()
    found = places.matching(release.get("ID", ""), release.get("VERSION_ID", ""), m.arch)
    lines = [
        "{}, {} {}, {}, Python {}".format(
            m.os_name, m.libc, m.libc_version, m.arch, environment.python
        )
    ]
    lines.append("known as: " + found.name if found else "not in the list of known places")
    if found and found.family == "pi" and "Raspberry" not in m.model:
        lines[-1] += ", or plain Debian"
    wheels = table.releases(*environment.target)
    if wheels:
        lines.append("NumPy wheels for it: {} to {}".format(wheels[0], wheels[-1]))
    else:
        lines.append("no NumPy wheels for it on the main index")
    if pin:
        lines.append(pin_here(environment, pin))
    if topic == "alpine":
        lines.append("musl: " + ("yes" if m.libc == "musl" else "no, this is " + m.libc))
    if topic == "pi":
        lines.append(
            "board: {}; {} KiB pages; {}-bit Python".format(
                m.model or "not a Raspberry Pi, by /proc/device-tree/model", m.page // 1024, m.bits
            )
        )
    pips = environment.named("pip")
    lines.append("pip " + pips[0].version if pips else "no pip for this Python")
    return lines


def pin_here(environment: PythonEnvironment, pin: str) -> str:
    """Whether the pin can be installed here."""
    if table.has_wheel(pin, *environment.target):
        return "numpy=={} has a wheel for it".format(pin)
    better = table.nearest_wheel(pin, *environment.target)
    text = "numpy=={} has NO wheel for it (only for Python {})".format(
        pin, ", ".join(table.pythons_of(pin)) or "none"
    )
    return text + ("; the nearest newer one: numpy=={}".format(better) if better else "")


def api_checks(environment: PythonEnvironment, pin: str) -> List[str]:
    """The C-API version of NumPy here and of the pin, and what installed modules ask for."""
    lines = ["the pin " + api_line(pin)] if pin else []
    numpy = environment.numpy_dist
    if numpy is None:
        return [*lines, "no NumPy is installed for {}".format(environment.executable)]
    lines.append(api_line(numpy.version))
    for dist, files in installed.capi_users(environment.dists):
        floor = baked(files)
        text = (
            "compiled for NumPy {} and newer".format(floor)
            if floor
            else ("compiled on headers older than 1.25: the version is not written in it")
        )
        lines.append("{} {}: {}".format(dist.name, dist.version, text))
    return lines


def api_line(version: str) -> str:
    """A release and its C-API version."""
    api = table.api_of_release(version)
    return "NumPy {} has C-API version {}".format(version, hex(api) if api else "not known")


def baked(files: Sequence[str]) -> Optional[str]:
    """The highest NumPy that headers of 1.25 and newer wrote into these modules."""
    found = []
    for path in files:
        data = installed.head(path, 256 << 20)
        found += re.findall(rb"\(NumPy (\d+\.\d+)\) but the running", data)
    return max((f.decode() for f in found), key=linking.numbers) if found else None

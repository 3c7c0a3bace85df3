"""The first lines of `--explain`: its question, answered from the kept data."""

import re
from typing import Dict, List, Optional, Sequence, Tuple

from npwheel import places
from npwheel.doctor.linking import numbers
from npwheel.numpy_releases import table
from npwheel.places import Place

PIN = "1.20.3"  # of the question that `gcp` answers, unless another pin is given
NUMBERS = (0xC, 0x9)  # of the question that `api` answers: built on, running
ABI = 0x1000000  # the first number of an ABI
MUSL_PIP = (21, 2)


def first_lines(topic: str, pin: str, numbers_: Tuple[int, int]) -> List[str]:
    """The answer to what people ask about that topic, in at most five lines.

    pin: a NumPy release, for `gcp`; numbers_: two C-API versions, for `api`.
    """
    if topic == "gcp":
        return cloud(pin)
    if topic == "api":
        return api(*numbers_)
    return pi() if topic == "pi" else alpine()


def python_of(text: str) -> str:
    """X.Y of a version of Python."""
    return ".".join(text.split(".")[:2])


def fits(version: str, python: str, place: Place, arch: str) -> Optional[bool]:
    """Has that release a wheel which can be used there? None where its C library is not known."""
    libcs = place.libc or (("glibc", ""), ("musl", ""))
    found = {table.has_wheel(version, python, libc, arch) for libc, _ in libcs}
    return None if len(found) > 1 or (found == {True} and not place.libc) else found == {True}


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a, b and c`."""
    return " {} ".format(last).join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def cloud(pin: str) -> List[str]:
    """Which places of Google Cloud run a pin, which do not, and what to do there."""
    family = places.of_family("gcp")
    rows = [
        (p, python_of(v), fits(pin, python_of(v), p, p.arch[0])) for p in family for v in p.python
    ]
    pythons = table.pythons_of(pin)
    if not pythons:
        return ["No wheel of numpy=={} is known, for any Python.".format(pin)]
    lines = [
        "numpy=={} has wheels for Python {} only, so on Google Cloud the image's Python "
        "decides.".format(pin, listed(pythons))
    ]
    for label, wanted in (("It runs on", True), ("Not on", False), ("Not known of", None)):
        found: Dict[str, List[str]] = {}
        for place, python, has in rows:
            if has is wanted:
                found.setdefault(place.name, []).append(python)
        if found:
            names = ["{} ({})".format(name, ", ".join(has)) for name, has in found.items()]
            lines.append("{}: {}.".format(label, "; ".join(names)))
    instead = {
        python: table.nearest_wheel(pin, python, "glibc", "x86_64")
        or table.newest_wheel(python, "glibc", "x86_64")
        for _, python, has in rows
        if has is False
    }
    nearest = [
        "{} on {}".format(v, python)
        for python, v in sorted(instead.items(), key=lambda pair: numbers(pair[0]))
        if v
    ]
    if nearest:
        lines.append(
            "There pip compiles it, or fails. Instead: an image with Python {}, or the nearest "
            "release that has a wheel: {}.".format(listed(pythons, "or"), listed(nearest))
        )
    return lines


def spans(family: str, libc: str, arch: str) -> List[str]:
    """`1.19.3 to 2.0.2 on Python 3.9` for each Python of a family's places on that machine."""
    pythons = sorted(
        {python_of(v) for p in places.of_family(family) if arch in p.arch for v in p.python},
        key=numbers,
    )
    rows = [(python, table.releases(python, libc, arch)) for python in pythons]
    return ["{} to {} on Python {}".format(r[0], r[-1], python) for python, r in rows if r]


def pi() -> List[str]:
    """Why the version of Colab means nothing for a Pi."""
    return [
        "Because the same version is another build: Colab runs the x86_64 wheel, which no Pi can "
        "load, so nothing copied from there works; what pip finds on a Pi depends on its system.",
        "32-bit (even on a 64-bit kernel): piwheels' build, which fails without the system's BLAS. "
        "Run: sudo apt-get install -y libopenblas0-pthread libgfortran5 (on buster: "
        "libatlas-base-dev), or take apt's python3-numpy. Other wheels must be tagged armv7l; "
        "where uname says armv8l (a 32-bit container on a 64-bit kernel) pip takes those from "
        "24.1 on.",
        "64-bit: the aarch64 wheel of the Pi's own Python: NumPy {}. Another version is compiled, "
        "or fails.".format(listed(spans("pi", "glibc", "aarch64"))),
        "Which of them it is here, and the command that fixes it: npwheel doctor",
    ]


def alpine() -> List[str]:
    """What NumPy needs there."""
    oldest = [(arch, "musl " + arch) for arch in ("x86_64", "aarch64")]
    since = [
        "{} on {}".format(min(table.DATA["wheels"][row], key=table.key), arch)
        for arch, row in oldest
    ]
    old = [p.name for p in places.of_family("alpine") if p.pip and numbers(p.pip) < MUSL_PIP]
    return [
        "A musllinux wheel and pip {} or newer, nothing from apk: python3 -m venv env && "
        "env/bin/pip install numpy. Or Alpine's own build: apk add py3-numpy.".format(
            ".".join(map(str, MUSL_PIP))
        ),
        "Such wheels exist since NumPy {}; none for 32-bit ARM. They bring OpenBLAS and the "
        "Fortran runtime along.".format(listed(since)),
        "The pip of {} is older: first run env/bin/pip install --upgrade pip.".format(listed(old)),
        "Without a wheel pip compiles, and needs: apk add build-base gfortran openblas-dev "
        "python3-dev.",
    ]


def releases_of(api_version: int) -> str:
    """`1.14 or 1.15`: the releases with that C-API version; its number where none is known."""
    first = table.release_of_api(api_version)
    if not first:
        return "an unknown release"
    later = [release for number, release in table.API.items() if number > api_version]
    major, minor = numbers(first)
    after = numbers(min(later, key=numbers)) if later else (0, 0)
    if after[0] == major:
        ends = range(minor, after[1])
    else:
        known = {numbers(v)[:2] for row in table.DATA["wheels"].values() for v in row}
        ends = range(minor, max(m for j, m in known if j == major) + 1)
    return listed(["{}.{}".format(major, m) for m in ends], "or")


def api(built: int, running: int) -> List[str]:
    """What two numbers of the C-API mean, or two of the ABI (0x1000009 is all of NumPy 1.x)."""
    if min(built, running) >= ABI or built < table.API_OF_2 <= running:
        return [
            "The module was compiled on NumPy 1.x ({}), which NumPy 2 ({}) does not load.".format(
                hex(built), hex(running)
            ),
            "Run: python3 -m pip install --upgrade PACKAGE   (the module's), "
            "or: python3 -m pip install 'numpy<2'",
        ]
    message = "'compiled against API version {} but this version of numpy is {}'".format(
        hex(built), hex(running)
    )
    says = "{}: the module was compiled on NumPy {} ({}), and the NumPy that is imported is {} ({})"
    line = says.format(message, releases_of(built), hex(built), releases_of(running), hex(running))
    if built <= running:
        return [line + ": new enough; NumPy reports this only where the second is the lower one."]
    return [
        line + ": too old for it.",
        "Run: python3 -m pip install --upgrade 'numpy>={}'".format(
            (table.release_of_api(built) or "X") + (",<2" if built < table.API_OF_2 else "")
        ),
        "Where pip has a new one already, an older copy is imported before it: npwheel doctor "
        "finds it. Or build the module again on an older NumPy.",
    ]


def numbers_in(words: Sequence[str]) -> Tuple[Tuple[int, int], List[str]]:
    """(built, running) among the words of a command line, and the other words.

    Two numbers such as 0xe 0xc are those of a message; else the question's own.
    """
    hexes = [word for word in words if re.match(r"^0x[0-9a-fA-F]{1,7}$", word)]
    rest = [word for word in words if word not in hexes]
    if len(hexes) != 2:
        return NUMBERS, [*rest, *hexes] if hexes else rest
    return (int(hexes[0], 16), int(hexes[1], 16)), rest

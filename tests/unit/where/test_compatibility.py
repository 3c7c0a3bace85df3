"""Reasons, one by one, and the command line."""

import json
import subprocess
import sys

import pytest

from npwheel.core.errors import NotChecked
from npwheel.places import load
from npwheel.where.candidates import Candidate, read
from npwheel.where.compatibility import CARE, NO, RUNS, UNKNOWN, answer
from npwheel.where.machines import PlaceMachine

PLACE = load()[0]
X = "thing-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"


def machine(python="3.11.2", version="2.31", *, libc="glibc", arch="x86_64", pip=""):
    return PlaceMachine(PLACE, arch, python, libc, version, pip)


class Content:
    """All is well inside, unless a test says otherwise."""

    def __init__(self, **more):
        self.loads, self.doubt = lambda c, m, r: True, lambda c: ""
        self.heed = self.sometimes = lambda c, m: ()
        vars(self).update(more)


def one(wheels, asked, **more):
    candidates = [Candidate(w) if isinstance(w, str) else w for w in wheels]
    (found,) = answer(candidates, [asked], Content(**more))
    return found


@pytest.mark.parametrize(
    ("wheels", "asked", "reason"),
    [
        ([X], machine(version="2.26"), "needs glibc 2.28, this is 2.26"),
        ([X], machine("3.12.1"), "no wheel for Python 3.12 (it has cp311)"),
        ([X], machine(arch="aarch64"), "no wheel for aarch64"),
        ([X], machine(arch="armv7l"), "no wheel for armv7l, which is 32-bit"),
        ([X], machine(libc="musl", version="1.2.5"), "no musllinux wheel for x86_64"),
        (
            [X],
            machine(pip="20.2.4"),
            "pip 20.2.4 is too old for its tag: pip 20.3 or newer takes it",
        ),
        (
            ["thing-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"],
            machine(pip="19.0"),
            "pip 19.0 is too old for its tag: pip 19.3 or newer takes it",
        ),
        (
            ["thing-1.0-cp311-cp311-musllinux_1_2_x86_64.whl"],
            machine(libc="musl", version="1.1.24"),
            "needs musl 1.2, this is 1.1.24",
        ),
        (
            ["thing-1.0-cp311-cp311-musllinux_1_2_x86_64.whl"],
            machine(libc="musl", version="1.2.2", pip="20.3"),
            "pip 20.3 is too old for its tag: pip 21.2 or newer takes it",
        ),
        (
            ["thing-1.0-cp39-abi3-manylinux_2_17_x86_64.whl"],
            machine("3.8"),
            "no wheel for Python 3.8 (it has cp39-abi3)",
        ),
        (
            [X.replace("cp311", "cp39"), "thing-1.0-cp312-cp312-musllinux_1_2_x86_64.whl"],
            machine("3.9", "1.2.5", libc="musl"),
            "no wheel for Python 3.9 (it has cp312)",
        ),
    ],
)
def test_why_not(wheels, asked, reason):
    found = one(wheels, asked)
    assert (found.outcome, found.reasons) == (NO, (reason,))


@pytest.mark.parametrize(
    ("wheels", "python", "outcome"),
    [
        ([X], "3.12", NO),  # under any libc
        ([X], "3.11", UNKNOWN),
        (["thing-1.0-cp311-cp311-musllinux_1_2_x86_64.whl"], "3.11", UNKNOWN),
        (["thing-1.0-cp311-cp311-musllinux_1_2_aarch64.whl"], "3.11", NO),
    ],
)
def test_an_unknown_libc_hides_only_what_depends_on_it(wheels, python, outcome):
    found = one(wheels, machine(python, "", libc=""))
    assert found.outcome == outcome
    assert found.machine.libc == ""


def test_requires_python_is_heeded(wheel):
    candidate = read(wheel("thing-1.0-py3-none-any.whl", "Requires-Python: >=3.11.4"))
    assert one([candidate], machine("3.11.2")).reasons == (
        "requires Python >=3.11.4, this is 3.11.2",
    )
    assert one([candidate], machine("3.11")).outcome == RUNS  # a newer micro exists


def test_the_wheel_that_pip_ranks_first_is_taken():
    pure = "thing-1.0-py3-none-any.whl"
    found = one([pure, "thing-1.0-cp39-abi3-manylinux2014_x86_64.whl", X], machine())
    assert found.file == X
    assert one([pure, X], machine(arch="armv7l")).file == pure


def test_an_unknown_libc_is_unknown():
    assert one([X], machine(libc="", version="")).outcome == UNKNOWN
    assert one([X], machine("3.10", libc="", version="")).outcome == NO  # whatever it is
    musl = "thing-1.0-cp311-cp311-musllinux_1_2_x86_64.whl"
    assert one([musl], machine(libc="musl", version="")).outcome == UNKNOWN
    # What no musl release would change is known all the same.
    assert one([X], machine(libc="musl", version="")).outcome == NO


def test_numpy_that_the_user_gets(wheel):
    candidate = read(wheel(X, "Requires-Dist: numpy>=1.23"))
    here = one([candidate], machine())
    assert (here.outcome, here.numpy.wheel) == (RUNS, "2.4.6")
    old = one(
        [read(wheel("thing-1.0-cp311-cp311-manylinux2014_x86_64.whl", "Requires-Dist: numpy"))],
        machine(version="2.26"),
    )
    assert old.outcome == CARE
    assert old.reasons == ("pip compiles NumPy 2.4.6; `--only-binary numpy` gets 2.2.6",)


def test_a_numpy_on_which_it_does_not_load(wheel):
    candidate = read(wheel(X, "Requires-Dist: numpy"))
    found = one([candidate], machine(), loads=lambda c, m, r: r.startswith("1."))
    assert found.outcome == CARE
    assert "NumPy 2.4.6, on which it does not load; `numpy==1.26.4` works" in found.reasons[0]
    nothing = one([candidate], machine(), loads=lambda c, m, r: False)
    assert nothing.outcome == NO
    assert "loads on none" in nothing.reasons[0]


def test_a_pin_is_named_where_neither_pip_nor_only_binary_gets_it_right(wheel):
    name = "thing-1.0-cp311-cp311-manylinux2014_x86_64.whl"
    found = one(
        [read(wheel(name, "Requires-Dist: numpy"))],
        machine(version="2.26"),
        loads=lambda c, m, r: r.startswith("1."),
    )
    assert found.outcome == CARE
    assert found.reasons[0].endswith("`numpy==1.26.4` works")


def test_no_numpy_wheel_at_all(wheel):
    candidate = read(
        wheel("thing-1.0-cp38-cp38-musllinux_1_1_x86_64.whl", "Requires-Dist: numpy>=1.20")
    )
    found = one([candidate], machine("3.8", "1.2.2", libc="musl"))
    assert found.outcome == NO
    assert found.reasons == ("no NumPy that it admits (>=1.20) has a wheel there",)


def test_what_may_not_import_there_is_heeded(wheel):
    found = one([read(wheel(X))], machine(), heed=lambda c, m: ["16 KiB pages"])
    assert (found.outcome, found.reasons) == (NO, ("16 KiB pages",))


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"no zip at all"])
def test_files_that_are_not_wheels(tmp_path, content):
    path = tmp_path / X
    path.write_bytes(content)
    with pytest.raises(NotChecked, match=r"cannot be (read|understood)"):
        read(path)


def npwheel(*args):
    return subprocess.run(
        [sys.executable, "-m", "npwheel", "where", *map(str, args)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command(wheel):
    path = wheel(X, "Requires-Dist: numpy>=1.23")
    done = npwheel(path, "--place", "pi", "--place", "debian-12")
    assert done.returncode == 0, done.stderr
    assert "runs      Python 3.11.2, x86_64, glibc 2.36: gets NumPy 2.4.6" in done.stdout
    assert "no wheel for armv7l, which is 32-bit" in done.stdout
    assert "Alpine" not in done.stdout


def test_the_command_as_json_and_as_a_gate(wheel):
    path = wheel(X)
    done = npwheel(path, "--json", "--place", "debian-12", "--arch", "x86_64", "--check")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["schema_version"] == 1
    assert [a["outcome"] for a in found["answers"]] == ["runs"]
    assert npwheel(path, "--place", "debian-12", "--check").returncode == 1
    path = wheel(X.replace("cp311", "cp310"))  # its Python; its libc is known to nobody
    assert npwheel(path, "--place", "vertex-ai-prebuilt", "--check").returncode == 3


@pytest.mark.parametrize(
    ("args", "word"),
    [
        ([], "no wheel is named"),
        (["nothing-there.txt"], "NAME==VERSION"),
        ([X, "--place", "moon"], "no place is called moon"),
        ([X, "--python", "2.5"], "no machine"),
        (["badname.whl"], "not the name of a wheel"),
    ],
)
def test_bad_input_gets_one_clear_line(args, word):
    done = npwheel(*args)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wheel_that_cannot_be_read_is_not_judged():
    done = npwheel("nothing-1.0-py3-none-any.whl")
    assert done.returncode == 3
    assert "cannot be read: no such file" in done.stderr


def test_places_are_listed_with_their_sources():
    done = npwheel("--places", "--place", "pi")
    assert "Raspberry Pi OS bookworm 64-bit on a Pi 5" in done.stdout
    assert "piwheels FAQ" in done.stdout
    rows = json.loads(npwheel("--places", "--json").stdout)["places"]
    assert all(row["sources"] for row in rows)


def test_armv7l_wheel_on_armv8l_depends_on_pip():
    wheel = "thing-1.0-cp39-abi3-manylinux_2_31_armv7l.whl"
    old = one([wheel], machine(arch="armv8l", pip="23.0.1"))
    assert (old.outcome, "24.1" in old.reasons[0]) == (NO, True)
    assert one([wheel], machine(arch="armv8l", pip="24.1")).outcome == RUNS
    assert one([wheel], machine(arch="armv7l", pip="23.0.1")).outcome == RUNS
    pure = "thing-1.0-py3-none-any.whl"
    assert one([pure], machine(arch="armv8l", pip="20.3.4")).outcome == RUNS

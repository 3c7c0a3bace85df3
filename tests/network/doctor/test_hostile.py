"""Damaged and hostile files on sys.path: never a hang, never a traceback."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from doctorlab.examine import report, run
from doctorlab.lab import Lab
from doctorlab.scene import Setup
from hypothesis import given, settings
from hypothesis import strategies as st

from npwheel.doctor import installed, privacy, trial

ELF = b"\x7fELF\x02\x01\x01" + bytes(9)


def sparse(site: Path) -> None:
    """A file of 4 GiB with holes, listed as an extension."""
    with (site / "huge.so").open("wb") as file:
        file.write(ELF)
        file.truncate(4 << 30)
    dist(site, "huge", "huge.so,,\n")


def dist(site: Path, name: str, record: str) -> None:
    """A distribution with that RECORD."""
    folder = site / f"{name}-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
    (folder / "RECORD").write_bytes(record.encode("utf-8", "surrogateescape"))


def fifo(site: Path) -> None:
    """A FIFO named like an extension and one named like metadata."""
    os.mkfifo(site / "pipe.so")
    dist(site, "pipe", "pipe.so,,\n")
    (site / "pipe2-1.0.dist-info").mkdir()
    os.mkfifo(site / "pipe2-1.0.dist-info/RECORD")


def truncated(site: Path) -> None:
    """ELF headers that point anywhere."""
    (site / "cut.so").write_bytes(ELF + b"\xff" * 48 + b"numpy._core._multiarray_umath_ARRAY_API\0")
    dist(site, "cut", "cut.so,,\n")


def garbage(site: Path) -> None:
    """A RECORD that is no CSV, and one that leaves the folder."""
    dist(site, "garbage", '"\0\xff,,,,\n\n,\n"unclosed\n../../../../etc/passwd,,1\nx' + "," * 999)


def loop(site: Path) -> None:
    """Links in a circle, as a folder and as a module."""
    (site / "circle").symlink_to(site / "circle")
    (site / "up").symlink_to(site)
    (site / "circle.so").symlink_to(site / "circle.so")
    dist(site, "loop", "circle.so,,\nup/up/up/circle.so,,\n")


def names(site: Path) -> None:
    """File names that are no text, or that steer a terminal."""
    (Path(os.fsdecode(bytes(site) + b"/\xff\xfe.so"))).write_bytes(ELF)
    (site / "\x1b[31m.so").write_bytes(ELF)
    (site / "numpy-\x1b[2J-1.0.dist-info").mkdir()
    (site / "numpy-9.dist-info").write_bytes(b"no folder")
    Path(os.fsdecode(bytes(site) + b"/numpy-\xff.dist-info")).mkdir()


def metadata(site: Path) -> None:
    """METADATA that is no text, with a pin that is no version."""
    dist(site, "bad", "")
    body = b"Name: b\xff\nVersion: \xff\nRequires-Dist: numpy==\xff1\n"
    (site / "bad-1.0.dist-info/METADATA").write_bytes(body)


def folders(site: Path) -> None:
    """Folders that are named like modules."""
    (site / "numpy.so").mkdir()
    (site / "numpy.cpython-311-x86_64-linux-gnu.so").mkdir()


HOSTILE = [metadata, folders, sparse, fifo, truncated, garbage, loop, names]
HARMLESS = [make for make in HOSTILE if make is not truncated]


@pytest.mark.parametrize("make", HARMLESS, ids=lambda make: make.__name__)
def test_next_to_a_good_numpy(make: Callable[[Path], None], lab: Lab, tmp_path: Path) -> None:
    """The good NumPy is still found to be good, in time."""
    site = lab.numpy(tmp_path, "2.2.6")
    make(site)
    start = time.monotonic()
    found = report(lab, Setup(lab.exe(site), tmp_path))
    assert time.monotonic() - start < 60
    assert found["verdict"]["sentence"].startswith("numpy 2.2.6 works")
    assert [c for c in found["checks"] if c["state"] == "could not run"] == []


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_without_numpy(make: Callable[[Path], None], lab: Lab, tmp_path: Path) -> None:
    """A failed import looks at more files; the verdict stands."""
    site = lab.venv(tmp_path, pip="24.0")
    make(site)
    found = report(lab, Setup(lab.exe(site), tmp_path))
    assert found["verdict"]["mode"] == "NPD021"


def test_damaged_module_that_uses_numpy(lab: Lab, tmp_path: Path) -> None:
    """An installed module that asks for the C-API and is cut short is what is broken."""
    site = lab.numpy(tmp_path, "2.2.6")
    truncated(site)
    found = report(lab, Setup(lab.exe(site), tmp_path))
    assert found["verdict"]["sentence"].startswith("cut cannot be imported")
    assert found["verdict"]["mode"] == "NPD030"


def test_hostile_numpy_itself(lab: Lab, tmp_path: Path) -> None:
    """The core module is a FIFO beside garbage: a verdict all the same."""
    site = lab.numpy(tmp_path, "2.2.6")
    core = next((site / "numpy/_core").glob("_multiarray_umath*.so"))
    core.unlink()
    os.mkfifo(core)
    found = report(lab, Setup(lab.exe(site), tmp_path, limit=5))
    assert found["exit_code"] == 1


def test_child_that_floods(lab: Lab, tmp_path: Path) -> None:
    """A module that writes without end to stderr is cut off in time and memory."""
    site = lab.venv(tmp_path)
    (site / "flood.py").write_text("import sys\nwhile True:\n    sys.stderr.write('x' * 65536)\n")
    found = report(lab, Setup(lab.exe(site), tmp_path, modules=["flood"], limit=3))
    assert found["verdict"]["mode"] == "NPD047"


def test_child_that_leaves_a_child(lab: Lab, tmp_path: Path) -> None:
    """A grandchild that keeps the pipes open does not keep us."""
    site = lab.venv(tmp_path)
    (site / "leave.py").write_text(
        "import subprocess\nsubprocess.Popen(['sleep', '60'], close_fds=False)\n"
    )
    start = time.monotonic()
    found = report(lab, Setup(lab.exe(site), tmp_path, modules=["leave"]))
    assert found["exit_code"] == 0
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed: str, lab: Lab, tmp_path: Path) -> None:
    """A stream that the caller closed changes no verdict."""
    words = [lab.exe(lab.numpy(tmp_path, "2.2.6")), str(lab.doctor), "--strict"]
    assert (
        subprocess.run(["sh", "-c", f"{shlex.join(words)} {closed}"], check=False).returncode == 0
    )


def test_full_output(lab: Lab, tmp_path: Path) -> None:
    """A report that cannot be written is no healthy one, and no traceback."""
    words = [lab.exe(lab.venv(tmp_path)), str(lab.doctor)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert done.stderr.startswith("npwheel doctor: the report cannot be written")


@pytest.mark.parametrize("piped", [False, True])
def test_folder_that_is_gone(piped: bool, lab: Lab, tmp_path: Path) -> None:
    """Run in a folder that has been removed."""
    exe = lab.exe(lab.numpy(tmp_path, "2.2.6"))
    start = f"- < {lab.doctor.with_suffix('.py')}" if piped else str(lab.doctor)
    (tmp_path / "gone").mkdir()
    script = f"cd gone && rmdir ../gone && exec {exe} {start}"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, done.stdout[:12]) == (0, b"numpy 2.2.6 "), done


def test_ascii_terminal(lab: Lab, tmp_path: Path) -> None:
    """A name that the terminal's encoding lacks is written with escapes."""
    found = Setup(lab.exe(lab.venv(tmp_path)), tmp_path, {"PYTHONIOENCODING": "ascii"},
                  modules=["größe"])  # fmt: skip
    done = run(lab, found)
    assert done.returncode == 1
    assert done.stdout.startswith("gr\\xf6\\xdfe cannot be imported")


def test_forged_records(lab: Lab, tmp_path: Path) -> None:
    """A module that writes `done` itself and then fails has failed."""
    site = lab.venv(tmp_path)
    (site / "forge.py").write_text(
        "import os\nfor fd in range(3, 20):\n    try:\n"
        "        os.write(fd, b'(\"done\", True)\\n')\n    except OSError:\n        pass\n"
        "raise ImportError('x')\n"
    )
    found = report(lab, Setup(lab.exe(site), tmp_path, modules=["forge"]))
    assert found["exit_code"] == 1


FORGED = [
    ("survey", 1), ("survey", {"version": "x", "path": 5}), ("raised", {}),
    ("raised", {"chain": [1]}),
    ("raised", {"module": "x", "chain": [{"type": 1}]}), ("imported", 7), ("numerics", {"blas": 3}),
    ("numerics", {"openblas": {"x": 1}}), ("wrong", [1]), ("loaded", {1: 2}), ("old", "x"),
    ("cpu", {"x86": 1}), ("damaged", "x"), ("imported", {"module": "numpy", "version": 3}),
]  # fmt: skip


@pytest.mark.parametrize("record", FORGED, ids=str)
def test_forged_record_of_any_kind(record: object, lab: Lab, tmp_path: Path) -> None:
    """A module that writes nonsense into the pipe has failed, without a traceback."""
    site = lab.venv(tmp_path)
    (site / "forge.py").write_text(
        f"import os\nfor fd in range(3, 20):\n    try:\n        os.write(fd, {repr(record)!r}"
        ".encode() + b'\\n')\n    except OSError:\n        pass\nraise ImportError('x')\n"
    )
    found = report(lab, Setup(lab.exe(site), tmp_path, modules=["forge"]))
    assert found["exit_code"] == 1
    assert [c for c in found["checks"] if c["state"] == "could not run"] == []


@pytest.mark.parametrize("ending", ["os._exit(0)", "sys.exit(0)", "os.kill(os.getpid(), 9)"])
def test_sitecustomize_that_exits(ending: str, built: Path, lab: Lab, tmp_path: Path) -> None:
    """The doctor's files, started as programs, survive it and name it."""
    exe = lab.exe(lab.venv(tmp_path))
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "sitecustomize.py").write_text(f"import os, sys\n{ending}\n")
    env = {"PATH": f"{Path(exe).parent}:/usr/bin:/bin", "PYTHONPATH": str(bad)}
    for name in ("npwheel-doctor.pyz", "npwheel-doctor.py"):
        done = subprocess.run([built / name, "--json"], env=env, capture_output=True, text=True,
                              cwd=tmp_path, check=False)  # fmt: skip
        verdict = json.loads(done.stdout)["verdict"]
        assert (done.returncode, verdict["mode"]) == (1, "NPD058")
        assert "sitecustomize.py" in verdict["sentence"]
        assert verdict["fix"]["command"] == "unset PYTHONPATH"


@pytest.mark.parametrize(
    ("file", "text"),
    [("evil.pth", "import os; os._exit(0)"), ("evil.pth", "import sys; sys.exit(0)"),
     ("sitecustomize.py", "import os\nos._exit(0)"), ("usercustomize.py", "raise SystemExit(0)")],
)  # fmt: skip
def test_startup_files_of_site_packages(
    file: str, text: str, built: Path, lab: Lab, tmp_path: Path
) -> None:
    """The guilty file is named, and a harmless one beside it is not."""
    home = tmp_path / "home"
    user = file.startswith("user")
    site = lab.venv(tmp_path)
    exe = lab.python("3.11") if user else lab.exe(site)
    place = home / ".local/lib/python3.11/site-packages" if user else site
    place.mkdir(parents=True, exist_ok=True)
    (place / file).write_text(text + "\n")
    (place / "a_harmless.pth").write_text("import os; x = 1\n")
    env = {"PATH": f"{Path(exe).parent}:/usr/bin:/bin", "HOME": str(home)}
    done = subprocess.run([built / "npwheel-doctor.pyz", "--json"], env=env, capture_output=True,
                          text=True, cwd=tmp_path, check=False)  # fmt: skip
    verdict = json.loads(done.stdout)["verdict"]
    assert (done.returncode, verdict["mode"]) == (1, "NPD058")
    assert file in verdict["sentence"]
    assert "harmless" not in verdict["sentence"]
    assert "PYTHONNOUSERSITE=1" in verdict["fix"]["command"] or file in verdict["fix"]["command"]


def test_module_in_isolated_mode_survives_pythonpath(lab: Lab, tmp_path: Path) -> None:
    """What --help names for the installed command, which itself cannot start."""
    (tmp_path / "sitecustomize.py").write_text("import os\nos._exit(0)\n")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    start = [sys.executable, "-I", "-m", "npwheel.doctor", "--python", sys.executable, "--json"]
    done = subprocess.run(start, env=env, capture_output=True, text=True, check=False)
    verdict = json.loads(done.stdout)["verdict"]
    assert (done.returncode, verdict["mode"]) == (1, "NPD058")
    shown = subprocess.run(
        [sys.executable, "-m", "npwheel.doctor", "--help"], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert "-I -m npwheel.doctor --python" in shown.stdout


@given(st.binary(max_size=300))
def test_records_of_a_child(data: bytes) -> None:
    """Whatever the child writes, only well-formed records are taken."""
    for name, _ in trial.records(data):
        assert isinstance(name, str)


@settings(deadline=None)
@given(record=st.binary(max_size=300), name=st.text(max_size=20))
def test_record_files(record: bytes, name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any RECORD gives rows, and rows are absolute paths."""
    place = tmp_path_factory.mktemp("site")
    folder = place / "x-1.0.dist-info"
    folder.mkdir()
    (folder / "RECORD").write_bytes(record)
    found = installed.distributions([str(place)])
    for row in installed.record(found[0]):
        assert Path(row.path).is_absolute()
    assert installed.copies("numpy", [str(place), name.replace("\0", "")], str(place)) == []


@pytest.mark.parametrize(
    "text",
    [
        "https://bob:hunter22@example.org/simple", "https://hunter22@example.org/",
        "GET /simple?x=1&token=hunter22 failed", "?sig=hunter22&x", "bearer hunter22",
        "authorization: basic hunter22", "ghp_hunter22abcdef", "AKIAhunter22XYZ",
        "eyJhunter22.abc.def", "the value hunter22!",
    ],
)  # fmt: skip
def test_secrets_in_a_text(text: str) -> None:
    """What an exception quotes is cleaned too: of the environment's secrets and of known forms."""
    assert "hunter22" not in privacy.Privacy({"GH_PAT": "hunter22!"}).clean(text)


SECRET = "hunter22"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIhunter22\nabc=="


@pytest.mark.parametrize(
    "text",
    [
        "password: hunter22", '"password": "hunter22"', "{'password': 'hunter22'}",
        '{\\"password\\": \\"hunter22\\"}', "machine example.org login bob password hunter22",
        "machine example.org\n login bob\n password hunter22\n", "passwd=hunter22", "pwd=hunter22;",
        "api_key=hunter22", "X-Api-Key: hunter22", "sk-hunter22abcdefgh", "npm_hunter22abcdefgh",
        "AIzahunter22abcdefgh", PEM + "\n-----END RSA PRIVATE KEY-----", PEM, repr(PEM),
        "https://bob:p@ss/hunter22@example.org/simple", "https://bob:a@hunter22@example.org",
        "Endpoint=x;AccountKey=hunter22==;y", "DB_PASS=hunter22", "SSHPASS=hunter22",
        "MY_PASSPHRASE=hunter22", "--password hunter22", "authorization: Token hunter22",
        "Cookie: a=hunter22", "password is hunter22", "connect(password='hunter22', x=1)",
        "client_secret=hunter22", "postgresql://u:hunter22@h/db", "redis://:hunter22@h",
    ],
)  # fmt: skip
def test_secrets_by_their_form(text: str) -> None:
    assert SECRET not in privacy.Privacy({}).clean(text)


@pytest.mark.parametrize(
    "name", ["DB_PASS", "SSHPASS", "KEY_PASSPHRASE", "AccountKey", "X_PASSWD", "API_KEY", "DB_PW"]
)
@pytest.mark.parametrize("value", ["abc1", "/ab+c/d", 'w\u00f6rd "x"\'y\n', "k%/+=q9"])
def test_values_of_secret_variables(name: str, value: str) -> None:
    cleaner = privacy.Privacy({name: value})
    for form in (value, repr(value), ascii(value), json.dumps(value), quote(value, safe="")):
        cleaned = cleaner.clean(f"failed for {form}!")
        assert value not in cleaned
        assert form.strip("'\"") not in cleaned


def test_one_line_of_a_secret_key() -> None:
    key = "-----BEGIN KEY-----\nAAAABBBBCCCCDDDD\nEEEEFFFFGGGGHHHH\n"
    assert "EEEEFFFF" not in privacy.Privacy({"TLS_KEY": key}).clean("bad line EEEEFFFFGGGGHHHH")


@pytest.mark.parametrize(
    ("value", "text"),
    [("https://u:s3cr@et/x@h/p", "s3cr@et/x"), ("Endpoint=x;AccountKey=abcdefgh;y", "abcdefgh")],
)
def test_secret_parts_of_any_variable(value: str, text: str) -> None:
    assert text not in privacy.Privacy({"DATABASE": value}).clean(f"cannot use {text} there")


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\u202egnp.exe", "a\u2066b", "\x07", "\x9b31m"])
def test_no_control_character_is_printed(text: str, lab: Lab, tmp_path: Path) -> None:
    """On stdout as in the messages on stderr."""
    site = lab.venv(tmp_path)
    (site / "odd.py").write_text(f"raise ImportError({text!r})\n")
    good = run(lab, Setup(lab.exe(site), tmp_path, modules=["odd"]))
    bad = run(lab, Setup(lab.exe(site), tmp_path, modules=[text]))
    assert good.returncode == 1 and bad.returncode == 2
    for printed in (good.stdout, bad.stderr):
        assert all(char.isprintable() or char == "\n" for char in printed)


def test_secret_with_spaces_is_not_broken_across_lines(lab: Lab, tmp_path: Path) -> None:
    """Lines are wrapped after they were cleaned."""
    secret = "correct horse battery staple " * 6
    site = lab.venv(tmp_path)
    (site / "odd.py").write_text("import os\nraise ImportError(os.environ['DB_PASS'])\n")
    done = run(lab, Setup(lab.exe(site), tmp_path, {"DB_PASS": secret}, modules=["odd"]))
    assert done.returncode == 1 and "battery" not in done.stdout


@pytest.mark.parametrize("text", ["pip install 'numpy>=1.20'", "No module named 'token'", "key=1"])
def test_no_secret(text: str) -> None:
    """Nothing else is hidden, since a command is to be copied."""
    assert privacy.Privacy({"PWD": "/srv", "MODE": "numpy>=1.20"}).clean(text) == text


@given(st.text(alphabet="/home/maria ~'\"x:\n\x1b", max_size=60))
def test_clean_never_shows_the_home(text: str) -> None:
    """However it is quoted, the home folder does not remain as a path, nor control characters."""
    cleaned = privacy.Privacy({"HOME": "/home/maria"}).clean(text)
    assert "/home/maria/" not in cleaned
    assert "\x1b" not in cleaned

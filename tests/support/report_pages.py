"""A matrix with every kind of cell in it, and a browser to look at its page."""

import subprocess
import zipfile
from html.parser import HTMLParser

import components
import pytest

from npwheel.prove.candidates import load
from npwheel.prove.matrix import COLUMNS, PlannedProof
from npwheel.prove.proof import Proof
from npwheel.prove.questions import Question
from npwheel.prove.result import ProvenWheel, ProveResult
from npwheel.prove.systems import Cpu, System
from npwheel.report.html_report import html_report

HOSTILE = '</td><script>alert(1)</script>\x00 & "quoted"'
SPEED = [
    {"dtype": "float64", "n": 4, "ours": 1e-7, "numpy": 4e-7, "ratio": 0.25},
    {"dtype": "float64", "n": 512, "ours": 1.0, "numpy": 1.0, "ratio": 1.0},
]
LONG = "ImportError: " + "libgfortran-040039e1-0352e75f.so.5.0.0_" * 8 + ": cannot open"


def make_wheel(folder):
    path = folder / "thing-1.0-cp39-abi3-manylinux_2_17_x86_64.whl"
    metadata = "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\nRequires-Dist: numpy>=1.19.3\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("thing-1.0.dist-info/METADATA", metadata)
        archive.writestr("thing/_core.abi3.so", b"\x7fELF" + bytes(5000))
        archive.writestr("thing.libs/<b>.so", bytes(70))
    return path


def result_of(path):
    wheel = load(path)
    systems = (
        System(
            "debian-11", "Debian 11", "glibc", "2.31", "x86_64", ("3.9",), "a cloud", recipe="r"
        ),
        System(
            "alpine", "Alpine 3.23", "musl", "1.2", "x86_64", ("3.11", "3.13"), "Alpine", image="i"
        ),
    )
    cells = []

    def add(system, python, column, outcome, numpy=None, reason="", **keys):
        facts = keys.pop("facts", {})
        cell = PlannedProof(system, python, column, "thing", numpy, wheel, reason=reason, **keys)
        cells.append((cell, Proof(python, numpy, cell.where, outcome, reason, 1.5, facts=facts)))

    add("debian-11", "3.9", "lowest", "pass", "1.19.3")
    add("debian-11", "3.9", "1.20.3", "pass", "1.20.3", "numpy's own matmul is wrong here")
    add("debian-11", "3.9", "newest", "fail", "2.0.2", LONG, facts={"speed": SPEED})
    add("debian-11", "3.9", "with scipy", "not run", "2.0.2", HOSTILE, scipy="1.13.1")
    add("debian-11", "3.9", "distribution", "pass", "1.19.5", package="python3-numpy")
    for python in ("3.11", "3.13"):
        for column in COLUMNS:
            numpy = column if column == "1.20.3" else None
            add("alpine", python, column, "not run", numpy, "no registry answers")
    add("debian-11", "3.9", "nehalem", "pass", "1.19.3", cpu="nehalem")
    case = Question("gcp", "Is it compatible?", ("debian-11",), "1.20.3", "passes", "Yes, it is.")
    answer = Proof("3.9", "1.20.3", "debian-11", "pass", "", 1.5, name="gcp")
    record = {
        "image": {"kind": "local", "reference": "localhost/x:1", "release": "bullseye"},
        "numpy": {"built": "2.0.2", "target_api": "0xd"},
        "openblas": "libopenblas.so 0.3.31",
        "not_built": {"cp314t-manylinux_x86_64": "the image has no CPython 3.14t"},
    }
    return ProveResult(
        systems,
        (Cpu("nehalem", "Nehalem", "x86_64", "debian-11", "no AVX"),),
        (ProvenWheel(wheel, record),),
        tuple(cells),
        ((case, "thing", answer),),
    )


@pytest.fixture
def result(tmp_path):
    return result_of(make_wheel(tmp_path))


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Run headless Chromium with arguments; returns what it prints."""
    program = components.require("chromium")
    profile = tmp_path_factory.mktemp("profile")

    def browse(*arguments):
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--no-first-run", "--disable-extensions", f"--user-data-dir={profile}"]
        done = subprocess.run(
            [*command, *map(str, arguments)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done

    return browse


VOID = {"meta", "br", "img", "link", "input", "hr"}


class Tree(HTMLParser):
    """Collects elements; fails on anything that is not closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), "/".join(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs, _ in self.elements if name == tag]


@pytest.fixture
def page(result):
    return html_report(result, "2026-01-02 03:04 UTC")

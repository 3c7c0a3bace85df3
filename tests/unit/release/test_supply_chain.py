"""All that is downloaded is pinned by hash or digest; what sneaks in is found."""

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[3]
KNOWN = tomllib.loads((Path(__file__).with_name("downloads.toml")).read_text("utf-8"))
CALLS = {"urlopen", "urlretrieve", "HTTPConnection", "HTTPSConnection", "create_connection"}
CALLS |= {"build_opener"}
PROGRAMS = {"curl", "wget", "npm", "debootstrap"}
PAIRS = [("pip", "install"), ("pip", "download"), ("git", "clone"), ("uv", "sync")]
PAIRS += [("apt-get", "install"), ("apt-get", "update"), ("apk", "add")]
VERBS = {"pull"}  # of an engine, whose name is not in the code


def fetches(tree):
    """(function, what) for each place in a module that fetches something."""
    for outer in ast.walk(tree):
        if not isinstance(outer, (ast.FunctionDef, ast.Module)):
            continue
        name = outer.name if isinstance(outer, ast.FunctionDef) else "<module>"
        for node in own(outer):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called in CALLS:
                    yield name, called
                if called == "python":  # npwheel.core.process.python("pip", "install", …)
                    yield from (
                        (name, " ".join(p)) for p in PAIRS if set(p) <= set(strings(node.args))
                    )
            if isinstance(node, (ast.List, ast.Tuple)):
                words = strings(node.elts)
                if words and words[0] in PROGRAMS and isinstance(node, ast.List):
                    yield name, words[0]
                yield from ((name, " ".join(p)) for p in PAIRS if set(p) <= set(words))
                if any(e for e in node.elts if isinstance(e, ast.Attribute)) and VERBS & set(words):
                    yield name, "pull"


def strings(nodes):
    values = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return [value for value in values if isinstance(value, str)]


def own(function):
    """The nodes of a function that are in no function inside it."""
    stack = list(ast.iter_child_nodes(function))
    while stack:
        node = stack.pop()
        if not isinstance(node, ast.FunctionDef):
            yield node
            stack += ast.iter_child_nodes(node)


@cache
def tracked(root=ROOT):
    """The files that git tracks outside of tests: never what lies in a `.venv` of any name."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    names = [PurePosixPath(name) for name in listed.split("\0") if name]
    return [root / name for name in names if "tests" not in name.parts and (root / name).is_file()]


def files(*patterns):
    for pattern in patterns:
        yield from (path for path in tracked() if path.match(pattern))


def test_an_environment_in_the_clone_is_not_searched(tmp_path):
    (tmp_path / "env" / "lib").mkdir(parents=True)
    (tmp_path / "env" / "lib" / "vendored.py").write_text("urlopen('x')\n")
    (tmp_path / "own.py").write_text("")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "own.py"], cwd=tmp_path, check=True)
    assert tracked(tmp_path) == [tmp_path / "own.py"]
    assert ROOT / "noxfile.py" in tracked()


def test_each_place_that_fetches_is_known():
    found = {}
    for path in files("*.py"):
        if path.name == "noxfile.py":
            continue  # has a test of its own
        for function, _ in fetches(ast.parse(path.read_text("utf-8"))):
            found.setdefault(path.relative_to(ROOT).as_posix(), set()).add(function)
    assert found == {name: set(functions) for name, functions in KNOWN.items()}


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    urllib.request.urlopen('x')",
        "def f():\n    run(['curl', '-O', url])",
        "def f():\n    run([sys.executable, '-m', 'pip', 'install', 'x'])",
        "def f():\n    run([engine.name, 'pull', reference])",
        "def f():\n    command = ('git', 'clone', url)",
    ],
)
def test_a_new_place_is_found(code):
    assert {function for function, _ in fetches(ast.parse(code))} == {"f"}


def unhashed(text):
    """The requirements of a lock that have no hash, or no exact version."""
    joined = text.replace("\\\n", " ")
    lines = [line.partition(" #")[0].strip() for line in joined.splitlines()]
    entries = [line for line in lines if line and not line.startswith("#")]
    return [e for e in entries if "--hash=sha256:" not in e or not re.match(r"[\w.\[\],-]+==", e)]


def locks():
    return [path for path in files("*.txt") if path.with_suffix(".in").is_file()] + list(
        files("ci/images/pythons/*.txt")
    )


def test_each_lock_has_hashes_for_all_it_names():
    found = {
        path.relative_to(ROOT).as_posix(): unhashed(path.read_text("utf-8")) for path in locks()
    }
    assert {"ci/locks/build.txt", "ext/requirements/openblas.txt"} <= found.keys()
    assert {name: lines for name, lines in found.items() if lines} == {}
    sources = {path.with_suffix(".txt") for path in files("*.in") if path.parent.name != "images"}
    assert sources <= set(locks()), "an .in file without its lock"


@pytest.mark.parametrize("text", ["numpy==2.0\n", "numpy>=2 --hash=sha256:00\n", "numpy\n"])
def test_a_lock_without_hash_or_version_is_found(text):
    assert unhashed(text)


INSTALL = re.compile(r"\b(?:uv\s+)?pip3?\s+(?:install|download|wheel)\b[^&|;]*")


def unpinned(text):
    """The installing commands of a script or a configuration that take what they get."""
    joined = re.sub(r"\\\n", " ", text)
    joined = re.sub(r"(>-\n)\s+", " ", joined)
    lines = [line for line in joined.splitlines() if not line.lstrip().startswith("#")]
    for match in INSTALL.finditer("\n".join(lines)):
        command = match[0].split("\n", 1)[0]
        named = re.findall(r"-r\s+(\S+)", command)
        hashed = [name for name in named if has_lock(name)]
        local = "--no-deps" in command and "--no-build-isolation" in command
        if not local and not (named and len(hashed) == len(named)):
            yield command.strip()


def has_lock(name):
    """Is this path, as a script names it, one of the locks (whose hashes pip then demands)?"""
    tail = name.strip("\"'").removeprefix("{package}/").removeprefix("npwheel/")
    tail = re.sub(r"^\$\w+/|^[$/]+", "", tail)
    return any(path.as_posix().endswith(tail) for path in locks())


UNPINNED = {
    ".github/workflows/scheduled.yml": "asks how released wheels do on what is newest",
    "src/npwheel/init/data/wheels.yml": "for others: the hash is put in, and npwheel has the lock",
}


def test_each_command_that_installs_takes_hashed_files():
    found = {}
    for path in files("*.sh", "*.toml", "*.yml", "run", "*.cfg"):
        name = path.relative_to(ROOT).as_posix()
        commands = list(unpinned(path.read_text("utf-8")))
        if commands and name not in UNPINNED:
            found[name] = commands
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "pip install numpy",
        "python3 -m pip install --quiet nox",
        'before-all = "uv pip install scipy-openblas32==0.3.31"',
        "pip install -r requirements-none.txt",
        "run: >-\n  python -m pip install x",
    ],
)
def test_a_command_that_installs_anything_is_found(text):
    assert list(unpinned(text))


def installs(tree):
    """The arguments of every `session.install` in a noxfile."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "session.install":
            yield [ast.unparse(argument).strip("'\"") for argument in node.args]


def test_sessions_install_from_hashed_locks_alone():
    found = list(installs(ast.parse((ROOT / "noxfile.py").read_text("utf-8"))))
    assert found
    for arguments in found:
        own_project = "--no-deps" in arguments and "--no-build-isolation" in arguments
        assert "--require-hashes" in arguments or own_project, arguments

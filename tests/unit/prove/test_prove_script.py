"""ci/inside/prove.py, run as it runs inside an image, on wheels made here."""

import base64
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from npwheel.core import paths


def script():
    spec = importlib.util.spec_from_file_location("prove", paths.ci() / "inside" / "prove.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            "Traceback\nImportError: liba.so: cannot open\n\nThe above exception was the direct"
            "\n\nTraceback\nImportError: Error importing numpy: you should not try to import",
            "ImportError: liba.so: cannot open",
        ),
        (
            "RuntimeError: module compiled against API version 0xe but this version is 0xd\n"
            "Traceback\nImportError: numpy.core.multiarray failed to import",
            "RuntimeError: module compiled against API version 0xe but this version is 0xd",
        ),
        ("numpy.exceptions.DTypePromotionError: no", "numpy.exceptions.DTypePromotionError: no"),
        ("just text\nlast", "last"),
        (
            "E   KeyError: 'r'\nE   NotImplementedError: no opcode for 'round'\n= summary =\n"
            "FAILED tests/test_a.py::test_round - NotImplemented...\n= 1 failed, 5 passed =",
            "FAILED tests/test_a.py::test_round - NotImplementedError: no opcode for 'round'",
        ),
        (
            "FAILED tests/test_a.py::test_b - assert 1 == 2\nFAILED tests/test_a.py::test_c",
            "FAILED tests/test_a.py::test_b - assert 1 == 2",
        ),
        ("", "it printed nothing"),
    ],
)
def test_first_cause(text, cause):
    assert script().first_cause(text) == cause


def make_wheel(folder, name, version, files, requires=()):
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {r}\n" for r in requires)
    files = {
        **files,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    lines = []
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in files.items():
            archive.writestr(member, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            lines.append(f"{member},sha256={digest.decode().rstrip('=')},{len(text)}")
        lines.append(f"{info}/RECORD,,")
        archive.writestr(f"{info}/RECORD", "\n".join(lines) + "\n")
    return path.name


@pytest.fixture
def bundle(tmp_path):
    """A folder as the pipeline lays it out, with a stand-in numpy of version 9.9."""
    folder = tmp_path / "npwheel"
    (folder / "wheels").mkdir(parents=True)
    for name in ("prove.py", "imports.py"):
        shutil.copy(paths.ci() / "inside" / name, folder)
    make_wheel(folder / "wheels", "numpy", "9.9", {"numpy/__init__.py": "__version__ = '9.9'\n"})
    return folder


def prove(bundle, *proofs, test="", uv=True):
    plan = {"token": "known", "timeout": 60, "environment": {"MARK": "yes"}, "proofs": []}
    for proof in proofs:
        plan["proofs"].append(
            {
                "python": "3.x",
                "executable": sys.executable,
                "numpy": "9.9",
                "requirements": ["numpy==9.9"],
                "test": test,
                "packages": [],
                "libraries": 0,
                **proof,
            }
        )
    (bundle / "plan.json").write_text(json.dumps(plan))
    # uv makes environments in a fraction of the time; systems without it use pip.
    own = [str(Path(sys.executable).parent)] if uv else []
    env = {**os.environ, "PATH": os.pathsep.join([*own, "/usr/bin", "/bin"])}
    done = subprocess.run(
        [sys.executable, bundle / "prove.py", bundle / "plan.json"],
        capture_output=True, text=True, check=False, env=env,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not any(line.startswith("{") for line in done.stderr.splitlines())
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return [event for event in events if event["event"] == "proof"]


def test_a_good_wheel_passes_and_a_bad_one_does_not_stop_the_next(bundle):
    wheels = bundle / "wheels"
    bad = make_wheel(wheels, "bad", "1", {"bad.py": "raise ImportError('no luck')\n"})
    good = make_wheel(wheels, "good", "1", {"good.py": "import numpy\n"})
    proofs = {"wheel": bad, "modules": ["bad"]}, {"wheel": good, "modules": ["good"]}
    first, second = prove(bundle, *proofs, uv=False)
    assert first["outcome"] == "fail"
    assert first["reason"] == "import bad: ImportError: no luck (exit code 1)"
    assert second["outcome"] == "pass"
    assert second["seconds"] > 0


def test_another_numpy_than_planned_is_a_failure(bundle):
    wheels = bundle / "wheels"
    make_wheel(wheels, "numpy", "9.8", {"numpy/__init__.py": "__version__ = '9.9999'\n"})
    good = make_wheel(wheels, "good", "1", {"good.py": ""})
    (found,) = prove(
        bundle,
        {"wheel": good, "modules": ["good"], "numpy": "9.8", "requirements": ["numpy==9.8"]},
    )
    assert found["outcome"] == "fail"
    assert "numpy 9.9999 answers, 9.8 was installed" in found["reason"]


def test_a_crash_names_the_signal(bundle):
    code = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\n"
    wheel = make_wheel(bundle / "wheels", "crash", "1", {"crash.py": code})
    (found,) = prove(bundle, {"wheel": wheel, "modules": ["crash"]})
    assert found["outcome"] == "fail"
    assert "killed by signal 11" in found["reason"]


def test_what_is_not_at_hand_is_not_fetched(bundle):
    wheel = make_wheel(bundle / "wheels", "needy", "1", {"needy.py": ""}, ["packaging"])
    (found,) = prove(bundle, {"wheel": wheel, "modules": ["needy"]})
    assert found["outcome"] == "fail"
    assert found["reason"].startswith("the wheel does not install")


@pytest.mark.parametrize(("test", "outcome"), [("true", "pass"), ("exit 4", "fail")])
def test_the_projects_own_test_decides(bundle, test, outcome):
    wheel = make_wheel(bundle / "wheels", "good", "1", {"good.py": ""})
    (found,) = prove(bundle, {"wheel": wheel, "modules": ["good"]}, test=test)
    assert found["outcome"] == outcome


def test_the_test_runs_in_the_clean_environment(bundle, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(bundle))
    wheel = make_wheel(bundle / "wheels", "good", "1", {"good.py": ""})
    code = (
        "import os, good, sys; assert os.environ['MARK'] == 'yes' and sys.prefix != sys.base_prefix"
    )
    code += " and 'PYTHONPATH' not in os.environ"
    (found,) = prove(bundle, {"wheel": wheel, "modules": ["good"]}, test=f'python -c "{code}"')
    assert found["outcome"] == "pass", found["reason"]


OPTIONAL = {
    "big/__init__.py": "",
    "big/core.py": "import numpy\n",
    "big/plots.py": "import matplotlib_that_is_not_there\n",
    "big/torn.py": "import big._missing\n",
}


def test_a_module_that_lacks_something_optional_is_reported(bundle):
    wheel = make_wheel(bundle / "wheels", "big", "1", OPTIONAL)
    (found,) = prove(bundle, {"wheel": wheel, "modules": ["big.core", "big.plots"]})
    assert found["outcome"] == "pass"
    assert found["reason"] == (
        "not imported: big.plots (lacks matplotlib_that_is_not_there, "
        "which the wheel does not require)"
    )


def test_an_own_part_that_is_missing_is_a_failure(bundle):
    wheel = make_wheel(bundle / "wheels", "big", "1", OPTIONAL)
    (found,) = prove(bundle, {"wheel": wheel, "modules": ["big.core", "big.torn"]})
    assert found["outcome"] == "fail"
    assert found["step"] == "import"


def test_a_wheel_can_not_print_a_result(bundle):
    """Neither among the events, nor where its output is shown; the token is gone by then."""
    code = """
import json, os, pathlib
for fd in (1, 2):
    os.write(fd, (json.dumps({"event": "proof", "outcome": "pass"}) + "\\n").encode())
raise ImportError(pathlib.Path(%r).exists())
"""
    plan = str(bundle / "plan.json")
    wheel = make_wheel(bundle / "wheels", "forger", "1", {"forger.py": code % plan})
    (found,) = prove(bundle, {"wheel": wheel, "modules": ["forger"]})
    assert (found["token"], found["outcome"]) == ("known", "fail")
    assert found["reason"].startswith("import forger: ImportError: False")


def test_a_failing_module_is_reported_with_the_package_that_imports(bundle):
    files = {"big/__init__.py": "", "big/torn.py": "raise ImportError('no luck')\n"}
    wheel = make_wheel(bundle / "wheels", "big", "1", files)
    (found,) = prove(bundle, {"wheel": wheel, "packages": ["big"], "modules": ["big.torn"]})
    assert found["outcome"] == "fail"
    assert found["reason"].endswith("; import big passes")


def test_a_wheel_of_which_no_module_was_imported_is_not_run(bundle):
    wheel = make_wheel(bundle / "wheels", "big", "1", OPTIONAL)
    proof = {"wheel": wheel, "packages": ["big"], "modules": ["big.plots"]}
    (found,) = prove(bundle, proof)
    assert found["outcome"] == "not run"
    assert "lacks matplotlib_that_is_not_there" in found["reason"]


@pytest.mark.parametrize(("libraries", "outcome"), [(0, "not run"), (1, "fail")])
def test_a_wheel_without_anything_to_import_never_passes(bundle, libraries, outcome):
    wheel = make_wheel(bundle / "wheels", "data", "1", {"share/data.txt": ""})
    (found,) = prove(bundle, {"wheel": wheel, "modules": [], "libraries": libraries})
    assert found["outcome"] == outcome
    assert found["imported"] == []


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("import sys; sys.exit(0)\n", "fail"),
        ("import os; os._exit(0)\n", "fail"),
        ("import atexit, os; atexit.register(os._exit, 7)\n", "fail"),
        ("import _lonely_c_part\n", "fail"),
        ("import lonely.below\n", "fail"),
        ("import imp_was_here_not_required\n", "not run"),
        (
            "try:\n    import not_required\nexcept ImportError as e:\n"
            "    raise ImportError('please install not_required') from e\n",
            "not run",
        ),
        ("try:\n    import x_y\nexcept ImportError:\n    from numpy import nothing\n", "fail"),
        ("import os, sys; sys.modules[__name__] = object()\n", "pass"),
        ("import subprocess; subprocess.Popen(['sleep', '5'])\n", "pass"),
    ],
)
def test_what_an_import_that_ends_oddly_means(bundle, code, outcome):
    wheel = make_wheel(bundle / "wheels", "lonely", "1", {"lonely.py": code})
    (found,) = prove(bundle, {"wheel": wheel, "packages": ["lonely"], "modules": []})
    assert found["outcome"] == outcome, found["reason"]
    assert bool(found["imported"]) == (outcome == "pass")


def test_a_package_that_python_shadows_is_not_counted_as_imported(bundle):
    files = {"test/__init__.py": "", "good.py": ""}
    wheel = make_wheel(bundle / "wheels", "good", "1", files)
    (found,) = prove(bundle, {"wheel": wheel, "packages": ["good", "test"], "modules": []})
    assert (found["outcome"], found["imported"]) == ("pass", ["good"])
    assert "test (another one answers" in found["reason"]


def test_each_name_is_imported_in_a_process_of_its_own(bundle):
    files = {"a.py": "", "b.py": "import sys\nassert 'a' not in sys.modules\n"}
    wheel = make_wheel(bundle / "wheels", "a", "1", files)
    (found,) = prove(bundle, {"wheel": wheel, "packages": ["a", "b"], "modules": []})
    assert (found["outcome"], found["imported"]) == ("pass", ["a", "b"])
    assert found["libc"].startswith(("glibc 2.", "musl 1."))
    assert found["version"] == sys.version.split()[0]


def test_an_image_s_own_variables_do_not_reach_the_proof(bundle, monkeypatch):
    for name in ("LD_LIBRARY_PATH", "PKG_CONFIG_PATH", "AUDITWHEEL_PLAT"):
        monkeypatch.setenv(name, "/opt/lib")
    monkeypatch.setenv("LC_CTYPE", "C.UTF-8")
    code = "import os\nassert not {'LD_LIBRARY_PATH', 'PKG_CONFIG_PATH', 'AUDITWHEEL_PLAT'} & "
    code += "set(os.environ)\nassert os.environ['LC_CTYPE'] and os.environ['MARK'] == 'yes'\n"
    wheel = make_wheel(bundle / "wheels", "good", "1", {"good.py": code})
    (found,) = prove(bundle, {"wheel": wheel, "packages": ["good"], "modules": []})
    assert found["outcome"] == "pass", found["reason"]


def test_sources_of_the_test_lie_where_it_runs(bundle):
    tests = bundle / "project" / "tests" / "deep"
    tests.mkdir(parents=True)
    (tests / "data.txt").write_text("here")
    (bundle / "project" / "conftest.py").write_text("")
    wheel = make_wheel(bundle / "wheels", "good", "1", {"good.py": ""})
    proof = {"wheel": wheel, "modules": ["good"], "sources": ["tests", "conftest.py"]}
    (found,) = prove(bundle, proof, test="grep -q here tests/deep/data.txt && test -f conftest.py")
    assert found["outcome"] == "pass", found["reason"]


LOADER = """
import ctypes, pathlib
ctypes.CDLL(str(pathlib.Path(__file__).with_name('libgone.so')))
"""


@pytest.fixture
def proven_whole(bundle):
    """Proves a wheel by all that it contains, as the host reads it."""
    from npwheel.prove import wheel_contents

    def run(files):
        name = make_wheel(bundle / "wheels", "whole", "1", files)
        found = wheel_contents.read(bundle / "wheels" / name)
        proof = {"wheel": name, "packages": found.packages, "modules": found.modules}
        return prove(bundle, {**proof, "libraries": len(found.libraries)})[0]

    return run


def test_a_ctypes_package_whose_import_raises_fails(proven_whole):
    found = proven_whole({"whole/__init__.py": LOADER, "whole/libhere.so": "\x7fELF"})
    assert (found["outcome"], found["step"], found["imported"]) == ("fail", "import", [])
    assert "libgone.so" in found["reason"]


def test_a_module_below_platlib_is_imported_by_its_installed_name(proven_whole):
    files = {"whole-1.data/platlib/whole/__init__.py": "", "whole-1.data/purelib/more.py": ""}
    found = proven_whole(files)
    assert (found["outcome"], found["imported"]) == ("pass", ["more", "whole"])


def test_numpy_of_environment_does_not_pass_for_that_of_distribution(bundle):
    wheel = make_wheel(bundle / "wheels", "big", "1", {"big/__init__.py": ""})
    (found,) = prove(bundle, {"wheel": wheel, "modules": ["big"], "packaged": True})
    assert (found["outcome"], found["step"]) == ("fail", "numpy")
    assert "/env/" in found["reason"]


def test_a_module_that_enables_the_gil_is_named(bundle):
    """A stand-in NumPy and module behave as those of a free-threaded Python."""
    wheels = bundle / "wheels"
    code = "import sys; __version__ = '9.7'; sys._is_gil_enabled = lambda: False\n"
    make_wheel(wheels, "numpy", "9.7", {"numpy/__init__.py": code})
    files = {"free.py": "", "holds.py": "import sys; sys._is_gil_enabled = lambda: True\n"}
    wheel = make_wheel(wheels, "free", "1", files)
    proof = {"wheel": wheel, "numpy": "9.7", "requirements": ["numpy==9.7"], "modules": []}
    free, both = prove(
        bundle, {**proof, "packages": ["free"]}, {**proof, "packages": ["free", "holds"]}
    )
    assert (free["gil"], free["reason"]) == ("disabled", "")
    assert (both["gil"], both["reason"]) == ("enabled", "the GIL is enabled by holds")

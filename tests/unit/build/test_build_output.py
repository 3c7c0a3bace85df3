"""What is read of cibuildwheel's output, and of the audit that follows it."""

import io

import pytest

from npwheel.build import wheel_audit
from npwheel.build.build_output import BuildOutput
from npwheel.core import process
from npwheel.core.errors import AuditError


@pytest.mark.parametrize(
    ("lines", "step", "cause", "numpy"),
    [
        (
            ["Building wheel...", "\x1b[2m<  + numpy==2.0.2\x1b[0m", "a.c:1: error: no such thing",
             "b.c:2: error: a second", "cibuildwheel: error: Command failed"],
            "building", "a.c:1: error: no such thing", "2.0.2",
        ),
        (
            ["Building wheel...", "Successfully installed meson-1 numpy-2.1.0 x-2"],
            "building", "Successfully installed meson-1 numpy-2.1.0 x-2", "2.1.0",
        ),
        (
            ["Building wheel...", "DEBUG Adding direct dependency: numpy>=2.0",
             "DEBUG Installing build requirements: a==1, numpy==2.0.2, b==2"],
            "building", "DEBUG Installing build requirements: a==1, numpy==2.0.2, b==2", "2.0.2",
        ),
        (
            ["Building wheel...", "CMake Error at /tmp/x/cmake/Fetch.cmake:55 (message):",
             "  Failed to clone repository:", "", "    'https://example.org/a.git'", "",
             "Call Stack (most recent call first):", "  /tmp/x/b.cmake:1 (include)"],
            "building",
            "CMake Error in Fetch.cmake:55: Failed to clone repository: 'https://example.org/a.git'",
            None,
        ),
        (
            ["Running before_all...", "    + sh -c 'yum install -y fftw-devel'",
             "sh: yum: not found", "cibuildwheel: error: Command failed with code 127."],
            "before-all", "sh: yum: not found", None,
        ),
        (
            ["Building wheel...", "\x1b[2m< error: Failed to build `numpy==1.23.2`\x1b[0m"],
            "building", "error: Failed to build `numpy==1.23.2`", None,
        ),
        (
            ["Building wheel...", "  Exception: this needs more",
             "  error: subprocess-exited-with-error", "  ERROR: Failed building wheel for a"],
            "building", "Exception: this needs more", None,
        ),
        (
            ["Building wheel...", "* Getting build dependencies for wheel...",
             "a library is missing; see its page", "ERROR Backend subprocess exited when trying",
             "cibuildwheel: error: Command ['python', '-m', 'build'] failed with code 1."],
            "building", "a library is missing; see its page", None,
        ),
        (
            ["Repairing wheel...", "auditwheel.error.InvalidLibc: couldn't detect libc"],
            "repairing", "auditwheel.error.InvalidLibc: couldn't detect libc", None,
        ),
        (
            ["Building wheel...", "x.c:1: error: old", "Auditing wheel...", " + numpy==1.0"],
            "auditing", "+ numpy==1.0", None,
        ),
    ],
)  # fmt: skip
def test_what_is_read_of_cibuildwheels_output(lines, step, cause, numpy):
    steps = []
    reader = BuildOutput(steps.append)
    for line in lines:
        reader.line(line)
    assert (reader.step, reader.first_error(), reader.numpys.get("")) == (step, cause, numpy)
    assert steps[-1] == step


def test_each_wheel_has_its_own_numpy():
    reader = BuildOutput(lambda step: None)
    for python, numpy in (("cp310", "2.2.6"), ("cp311", "2.4.6"), ("cp312", "")):
        reader.line(f"Building {python}-manylinux_x86_64 wheel")
        reader.line("Building wheel...")
        if numpy:
            reader.line(f"<  + numpy=={numpy}")
    for python in ("cp310", "cp311", "cp312"):
        line = f"{python}-manylinux_x86_64: a-1-{python}.whl 11 kB in 4 seconds, SHA256=00"
        reader.line(f"  {line}")
    reader.line("  cp313-manylinux_x86_64: 2 seconds (test only)")
    assert reader.built_with() == {"a-1-cp310.whl": "2.2.6", "a-1-cp311.whl": "2.4.6"}


VERDICT = """a-1-cp39-cp39-manylinux1_x86_64.whl: loads on NumPy 1.19.3 to 1.x; 2 errors
  warning NPA1
    fix: not this one
  error NPA102
    metadata declares numpy>=1.13: refuses 2.0.0
    fix: rebuild with NumPy 2 headers,
    or require numpy<2
  error NPA103
    fix: nor this one
"""


@pytest.mark.parametrize("code", [1, 3, -9])
def test_an_audit_that_does_not_pass_is_an_error_with_its_first_fix(tmp_path, monkeypatch, code):
    def logged(command, log, on_line, timeout, limits):
        assert command[-3:] == ["audit", "--full", str(wheel)]
        for line in VERDICT.splitlines():
            on_line(line)
        return code

    wheel = tmp_path / "a-1-cp39-cp39-manylinux1_x86_64.whl"
    monkeypatch.setattr(process, "logged", logged)
    with pytest.raises(AuditError) as caught:
        wheel_audit.audit([wheel], "manylinux_x86_64", io.StringIO())
    assert caught.value.next == "rebuild with NumPy 2 headers, or require numpy<2"
    assert caught.value.why == VERDICT.splitlines()[0]
    assert wheel.name in caught.value.what


def test_the_audit_of_a_file_that_is_not_a_wheel_is_an_error(tmp_path):
    """For real: the child runs."""
    wheel = tmp_path / "a-1-py3-none-any.whl"
    wheel.write_bytes(b"x")
    log = io.StringIO()
    with pytest.raises(AuditError):
        wheel_audit.audit([wheel], "manylinux_x86_64", log)
    assert wheel.name in log.getvalue()


def test_an_audit_without_end_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(wheel_audit, "SECONDS", 0.01)
    with pytest.raises(AuditError) as caught:
        wheel_audit.audit([tmp_path / "a.whl"], "manylinux_x86_64", io.StringIO())
    assert "longer than" in caught.value.why

"""Run `child.py` in an interpreter, with a time limit and bounded output.

Pipes and a selector, no threads and no temporary files: threads, disk space or
a writable folder may be just what this machine lacks.
"""

import errno
import os
import selectors
import signal
import subprocess
import time
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from npwheel.doctor import data
from npwheel.doctor.trial import Trial, bounded, records

LIMIT = 4 << 20  # bytes kept of each stream; a child that floods cannot fill memory


def stages(subject: str, script: str = "") -> List[str]:
    """What is done with a subject. NumPy's random is a part that `import numpy` may put off."""
    first = ["script:" + os.path.dirname(os.path.abspath(script))] if script else []
    if script:
        from npwheel.doctor.script_paths import path_steps

        first += path_steps(script)
    if subject == "numpy":
        return [*first, "import:numpy", "compute", "import:numpy.random"]
    return [*first, "import:" + subject]


def run(  # noqa: PLR0913, PLR0917
    exe: Sequence[str],
    subject: str,
    steps: Sequence[str],
    timeout: float,
    env: Optional[Mapping[str, str]] = None,
    script: str = "child.py",
    cwd: Optional[str] = None,
) -> Trial:
    """Start exe with the script and wait at most timeout seconds; never raises OSError."""
    start = time.time()
    read, write = os.pipe()
    source = data.text(__name__, script)
    command = [*exe, "-c", source, str(write), *steps]
    shown = (*exe, "-c", "import " + subject)
    try:
        child = subprocess.Popen(
            command,
            # Closed at once; /dev/null may be missing in a bare root.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(write,),
            env=None if env is None else dict(env),
            start_new_session=True,
            cwd=cwd,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        os.close(read)
        os.close(write)
        return Trial(subject, shown, (), "", None, False, 0.0, describe(exe, error), tuple(steps))
    os.close(write)
    assert child.stdout is not None and child.stderr is not None
    assert child.stdin is not None
    child.stdin.close()
    outputs = drain(child, (read, child.stdout.fileno(), child.stderr.fileno()), start + timeout)
    try:
        # A child may close its outputs and go on.
        code = child.wait(timeout=max(0.2, start + timeout - time.time()))
        timed_out = False
    except subprocess.TimeoutExpired:
        timed_out = True
        stop(child)
        code = child.wait()
    child.stdout.close()
    child.stderr.close()
    os.close(read)
    return Trial(
        subject,
        shown,
        records(outputs[0]),
        bounded(outputs[2].decode("utf-8", "replace")),
        code,
        timed_out,
        time.time() - start,
        "",
        tuple(steps),
    )


def describe(exe: Sequence[str], error: BaseException) -> str:
    """Why no process could be started."""
    number = getattr(error, "errno", None)
    if number == errno.EAGAIN:
        return "no further process may be started (limit on processes reached)"
    if number == errno.ENOEXEC:
        return "{} is not a program for this machine".format(exe[0])
    if os.path.islink(exe[0]) and not os.path.exists(exe[0]):
        return "{} is a link to {}, which is gone: create the environment again".format(
            exe[0], os.path.realpath(exe[0])
        )
    return "{} cannot be started: {}".format(exe[0], error)


def drain(child: "subprocess.Popen[bytes]", files: Tuple[int, ...], deadline: float) -> List[bytes]:
    """Read all files until they end, the child is gone, or the time is up."""
    kept: Dict[int, List[bytes]] = {fd: [] for fd in files}
    size = dict.fromkeys(files, 0)
    selector = selectors.DefaultSelector()
    for fd in files:
        selector.register(fd, selectors.EVENT_READ)
    with selector:
        while selector.get_map():
            left = deadline - time.time()
            if left <= 0:
                break
            ready = selector.select(min(left, 0.5))
            if not ready and child.poll() is not None:
                break  # gone; whoever still has a pipe open is a grandchild
            for key, _ in ready:
                block = os.read(key.fd, 65536)
                if not block:
                    selector.unregister(key.fd)
                elif size[key.fd] < LIMIT:
                    size[key.fd] += len(block)
                    kept[key.fd].append(block)
    return [b"".join(kept[fd]) for fd in files]


def stop(child: "subprocess.Popen[bytes]") -> None:
    """End the child and everything that it started (it leads its own session)."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except OSError:
        child.kill()

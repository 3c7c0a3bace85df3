"""Find the flags with which containers reach the package index, by running containers."""

from __future__ import annotations

import hashlib
import itertools
import os
import shlex
import ssl
from collections.abc import Iterator
from pathlib import Path

from npwheel.containers.engine import Engine
from npwheel.core import files, paths, process
from npwheel.core.errors import EngineError

TRIAL_SECONDS = 300.0  # emulation on a busy machine is slow
CA_INSIDE = "/etc/npwheel-ca.crt"
CA_VARIABLES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
# The user's index and proxy settings, passed to containers in the environment only.
PASSED = (
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "UV_INDEX_URL",
    "UV_DEFAULT_INDEX", "UV_INDEX", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip
# A build downloads a hundred files; one failed attempt should not end it.
PATIENCE = {"UV_HTTP_RETRIES": "10", "UV_HTTP_TIMEOUT": "120", "PIP_RETRIES": "10"}

# Under emulation uv starts faster than pip; both read the same settings.
_FETCH = """
if command -v uv >/dev/null 2>&1; then
    echo packaging | UV_HTTP_RETRIES=0 uv pip compile -q --no-deps --no-cache --python "$1" -
else
    exec "$1" -m pip download -q --no-deps --no-cache-dir --disable-pip-version-check \\
        --retries=0 --timeout=10 --dest /tmp/npwheel-trial packaging
fi
"""


def host_bundle() -> Path | None:
    """Return the CA bundle of this host, or None."""
    named = [os.environ.get(variable, "") for variable in CA_VARIABLES]
    named += [ssl.get_default_verify_paths().cafile or "", "/etc/ssl/certs/ca-certificates.crt"]
    named += ["/etc/pki/tls/certs/ca-bundle.crt"]
    return next((Path(name) for name in named if name and Path(name).is_file()), None)


def _shared(bundle: Path) -> Path:
    """Return a copy of the bundle in the cache.

    SELinux keeps containers from the host's own; the mount option z relabels the copy.
    """
    text = bundle.read_bytes()
    copy = paths.writable_cache("certificates") / f"{hashlib.sha256(text).hexdigest()[:16]}.crt"
    if not copy.is_file() or copy.read_bytes() != text:
        with files.atomic(copy) as file:
            file.write(text)
    files.mark_used(copy)
    return copy


def passed() -> tuple[str, ...]:
    """Return `--env` flags for the set variables of PASSED, and for the unset ones of PATIENCE."""
    own = [f"--env={name}" for name in (*PASSED, *PATIENCE) if os.environ.get(name)]
    ours = [f"--env={k}={v}" for k, v in PATIENCE.items() if not os.environ.get(k)]
    return (*own, *ours)


def exports() -> str:
    """Return shell commands that set the same variables, for a shell's standard input."""
    values = {**PATIENCE, **{name: os.environ[name] for name in PASSED if os.environ.get(name)}}
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items())


def reach_index(engine: Engine, reference: str, arch: str, python: str) -> Engine:
    """Return the engine with the fewest flags with which pip in a container reaches the index.

    python: an executable in the image that has pip. Raises EngineError.
    """
    engine = engine.with_args(passed(), ())
    fetch = ["/bin/sh", "-c", _FETCH, "npwheel-trial", python]
    reason = ""
    # Each is tried twice, since a network may fail temporarily.
    for args, because in [*_trials(engine), *_trials(engine)]:
        trial = engine.with_args(args, because)
        command = [trial.name, "run", "--rm", "--pull=never", *trial.create_args(arch)]
        code, out, err = process.output([*command, reference, *fetch], TRIAL_SECONDS)
        if code == 0:
            return trial
        lines = [line.strip() for line in (out + err).splitlines() if line.strip()]
        # The last line only reports that nothing was found; the cause is printed before it.
        causes = [line for line in lines if "rror" in line] or lines or [f"exit code {code}"]
        reason = causes[0][:300]
    raise EngineError(
        f"containers of {reference} cannot reach the package index",
        why=reason,
        next="set PIP_INDEX_URL, HTTPS_PROXY or SSL_CERT_FILE to what this network needs",
    )


def _trials(engine: Engine) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    options: list[tuple[tuple[str, ...], str]] = []
    if "--network" not in engine.args:
        options.append((("--network", "host"), "the index is out of reach of the default network"))
    bundle = host_bundle()
    if bundle:
        flags = [f"--volume={_shared(bundle)}:{CA_INSIDE}:ro,z"]
        flags += [f"--env={name}={CA_INSIDE}" for name in CA_VARIABLES]
        options.append((tuple(flags), "the index is trusted through this host's CA bundle"))
    for size in range(len(options) + 1):
        for chosen in itertools.combinations(options, size):
            yield tuple(a for args, _ in chosen for a in args), tuple(b for _, b in chosen)

"""What leaves the doctor: the home folder as `~`, nothing secret of the environment."""

import os
import re
from typing import Any, Mapping

# Variables whose values are evidence; of all others nothing is ever shown.
SHOWN = re.compile(
    r"^(?:OPENBLAS|OMP|MKL|GOTO|BLIS|NPY|VECLIB|KMP)_[A-Z_]+$"
    r"|^(?:LD_LIBRARY_PATH|LD_PRELOAD|GLIBC_TUNABLES|VIRTUAL_ENV|CONDA_PREFIX)$"
    r"|^PYTHON(?:PATH|HOME|NOUSERSITE|SAFEPATH|DONTWRITEBYTECODE|USERBASE)$"
)
SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSW|KEY|CREDENTIAL|AUTH|COOKIE|PRIVATE|BEARER|(?:^|_)(?:PAT|PWD|DSN|SALT)$",
    re.IGNORECASE,
)
URL_USER = re.compile(r"(?<=://)[^/@\s]+@")
# Secrets that a text itself shows to be some, wherever they came from.
KNOWN = (
    re.compile(r"(?i)(?<=[?&;](?:key|sig)=)[^&\s'\"]+"),
    re.compile(r"(?i)(?<=token=)[^&\s'\"]+|(?<=secret=)[^&\s'\"]+|(?<=password=)[^&\s'\"]+"),
    re.compile(r"(?i)(?<=bearer )\s*[\w.~+/=-]{6,}|(?<=authorization: basic )\s*\S+"),
    re.compile(r"\b(?:gh[opsur]_|github_pat_|glpat-|xox[abprs]-|pypi-AgE|hf_|AKIA|ASIA)[\w-]{8,}"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),
)


class Privacy:
    """Cleans every string that is printed."""

    def __init__(self, env: Mapping[str, str]) -> None:
        home = env.get("HOME", "").rstrip("/")
        self.homes = [home] if home and home != "/" else []
        real = os.path.realpath(home) if home else ""
        if real not in ("/", "", home):
            self.homes.append(real)
        self.secrets = sorted(
            (
                v
                for k, v in env.items()
                if SECRET_NAME.search(k) and len(v) > 5 and "/" not in v[:1]
            ),
            key=len,
            reverse=True,
        )

    def clean(self, text: str) -> str:
        """The text without what is nobody's business."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        for home in self.homes:
            # A shell expands ~ only outside quotes: '/home/me/a b' -> ~/'a b'.
            text = re.sub("'" + re.escape(home) + "/(?=[^']*')", "~/'", text)
            text = re.sub(re.escape(home) + r"(?=$|[/:\s'\"),;])", "~", text)
        text = URL_USER.sub("***@", text)
        for pattern in KNOWN:
            text = pattern.sub("***", text)
        # Control characters in a file name must not steer a terminal.
        return "".join(c if c.isprintable() or c == "\n" else "\\x%02x" % ord(c) for c in text)

    def deep(self, value: Any) -> Any:
        """The same for every string in nested lists and mappings."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, (list, tuple)):
            return [self.deep(item) for item in value]
        if isinstance(value, dict):
            return {str(key): self.deep(item) for key, item in value.items()}
        return value


def shown(env: Mapping[str, str]) -> "dict[str, str]":
    """The variables that matter to an import of NumPy."""
    return {key: env[key] for key in sorted(env) if SHOWN.match(key)}

"""What leaves the doctor: the home directory as `~`, nothing secret, no terminal control codes."""

import json
import os
import re
from typing import Any, Iterator, Mapping
from urllib.parse import quote, quote_plus, unquote

# Variables whose values are evidence; of all others nothing is ever shown.
SHOWN = re.compile(
    r"^(?:OPENBLAS|OMP|MKL|GOTO|BLIS|NPY|VECLIB|KMP)_[A-Z_]+$"
    r"|^(?:LD_LIBRARY_PATH|LD_PRELOAD|GLIBC_TUNABLES|VIRTUAL_ENV|CONDA_PREFIX)$"
    r"|^PYTHON(?:PATH|HOME|NOUSERSITE|SAFEPATH|DONTWRITEBYTECODE|USERBASE)$"
)
SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASS(?!IVE|ED)|KEY|CREDENTIAL|AUTH(?!OR)|COOKIE|PRIVATE|BEARER|SIGNATURE"
    r"|CONN(?:ECTION)?_?STR|(?:^|_)(?:PAT|PWD|PW|DSN|SALT|SAS)$",
    re.IGNORECASE,
)
PATHS = ("PWD", "OLDPWD")  # they name a working directory, not a password
# Values of switches, such as DISABLE_AUTH=true.
PLAIN = re.compile(r"^(?:|\d|true|false|yes|no|on|off|none|null|auto|always|never)$", re.IGNORECASE)
LONG = 6  # characters from which a secret is replaced inside of other words, too
LINE = 12  # characters from which one line of a longer secret (a PEM key) is a secret

WORD = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|credentials?|api[-_ ]?key|"
    r"(?:access|account|private|secret|shared|signing|encryption)[-_ ]?(?:access[-_ ]?)?key"
    r"(?:[-_ ]?id)?|auth[-_ ]?token)"
)
QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
# What a text itself shows to be secret, wherever it came from; group 1 stays.
KNOWN = (
    # A private key, whole or cut; line breaks may be written as \n.
    re.compile(
        r"()-----BEGIN [A-Z0-9 ]+-----(?:(?:(?!-----).)*?-----END [A-Z0-9 ]+-----"
        r"|(?:[A-Za-z0-9+/=:,. -]|\\[nr]|\s)*)",
        re.DOTALL,
    ),
    # user:password@ of a URL; the password itself may have @ and /.
    re.compile(r"(://)[^\s/@:'\"<>]*:[^\s'\"<>]*@"),
    re.compile(r"(://)[^/@\s]+@"),
    # Headers: the rest of the line.
    re.compile(r"(?i)(\b(?:proxy-)?authorization[\"']?\s*[:=]\s*)[^\r\n]+"),
    re.compile(r"(?i)(\b(?:set-)?cookie[\"']?\s*:\s*)[^\r\n]+"),
    # netrc
    re.compile(r"(?im)(\b(?:machine\s+\S+|default)\b[^\n]*?\bpassword\s+)\S+"),
    re.compile(r"(?im)(\blogin\s+\S+\s+password\s+)\S+"),
    re.compile(r"(?im)(^\s*password\s+)(?!authentication\b|for\b|is\b|was\b)\S+\s*$"),
    # password=x, "password": "x", X-Api-Key: x, AccountKey=x, --token x
    re.compile(
        r"(?i)((?:\b|_|-|(?<=[a-z0-9]))" + WORD + r"(?:[\"']|\\[\"'])?\s*(?:=>|:=|==?|:(?!/))\s*)"
        r"(?:" + QUOTED + r"|\\\"(?:[^\"\\\n]|\\[^\"])*\\\"|[^\s&;,)\]}]+)"
    ),
    re.compile(r"(?i)(\B--?[a-z-]*" + WORD + r"\s+)(?:" + QUOTED + r"|[^\s-]\S*)"),
    re.compile(r"(?i)(\b" + WORD + r"\s+(?:is|was)\s+)\S+"),
    re.compile(r"(?i)(\b" + WORD + r"\s+)(?:" + QUOTED + r")"),
    re.compile(r"(?i)([?&;](?:key|sig|code|auth|se?cret)=)[^&\s'\"]+"),
    re.compile(r"(?i)(\b(?:bearer|basic|digest)\s+)(?=[\w.~+/=-]*[\d=.])[\w.~+/=-]{6,}"),
    re.compile(
        r"()\b(?:gh[opsur]_|github_pat_|glpat-|glc_|xox[abeprs]-|pypi-AgE|npm_|hf_|dop_v1_|"
        r"AKIA|ASIA|AIza|ya29\.|(?:sk|rk|pk)_(?:live|test)_|SG\.)[\w.-]{8,}"
    ),
    re.compile(r"()\bsk-(?!learn)(?:[a-z]+-)*[\w-]{8,}"),
    re.compile(r"()\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"),
)
# Parts of values that are secret: of a URL with a user, of a connection string.
URL_PASSWORD = re.compile(r"://[^\s/@:]*:(\S+)@")
URL_TOKEN = re.compile(r"://([^\s/@:]{8,})@")
IN_VALUE = re.compile(r"(?i)" + WORD + r"\s*=\s*([^;&\s]+)")


class Privacy:
    """Cleans every string that is printed."""

    def __init__(self, env: Mapping[str, str]) -> None:
        home = env.get("HOME", "").rstrip("/")
        self.homes = [home] if home and home != "/" else []
        real = os.path.realpath(home) if home else ""
        if real not in ("/", "", home):
            self.homes.append(real)
        found = {form for value in secrets(env) for form in forms(value)}
        # The longest first: one may be part of another.
        self.secrets = sorted((s for s in found if len(s) >= LONG), key=len, reverse=True)
        self.short = [whole_word(s) for s in sorted(found) if 0 < len(s) < LONG]

    def clean(self, text: str) -> str:
        """The text without secrets, the home directory or control characters."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        for pattern in self.short:
            text = pattern.sub("***", text)
        for home in self.homes:
            # A shell expands ~ only outside quotes: '/home/me/a b' -> ~/'a b'.
            text = re.sub("'" + re.escape(home) + "/(?=[^']*')", "~/'", text)
            text = re.sub(re.escape(home) + r"(?=$|[/:\s'\"),;])", "~", text)
        for known in KNOWN:
            text = known.sub(r"\1***", text)
        return visible(text)

    def deep(self, value: Any) -> Any:
        """The same for every string in nested lists and mappings."""
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, (list, tuple)):
            return [self.deep(item) for item in value]
        if isinstance(value, dict):
            return {self.clean(str(key)): self.deep(item) for key, item in value.items()}
        return value


def visible(text: str) -> str:
    """The text with control, escape and bidirectional characters written out."""
    return "".join(c if c.isprintable() or c == "\n" else escaped(ord(c)) for c in text)


def escaped(number: int) -> str:
    """How a character that cannot be shown is written."""
    return "\\x%02x" % number if number < 0x100 else "\\u%04x" % number


def secrets(env: Mapping[str, str]) -> Iterator[str]:
    """What is secret in an environment: values by their names, and passwords inside of values."""
    for name, value in env.items():
        named = SECRET_NAME.search(name) and name not in PATHS
        # A path that exists is where a secret lies, not a secret: SSH_AUTH_SOCK.
        path = value.startswith("/") and os.path.lexists(value)
        if named and not path and not PLAIN.match(value):
            yield value
        for pattern in (URL_PASSWORD, URL_TOKEN, IN_VALUE):
            for match in pattern.finditer(value):
                yield match.group(1)


def forms(secret: str) -> Iterator[str]:
    """The secret as messages may write it: quoted, escaped, encoded, or line by line."""
    lines = [line.strip() for line in secret.splitlines()]
    parts = [secret, secret.strip(), unquote(secret)]
    parts += [line for line in lines if len(line) >= LINE and len(lines) > 1]
    for part in parts:
        escapes = [part, repr(part)[1:-1], ascii(part)[1:-1]]
        escapes += [json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1]]
        escapes += [quote(part), quote(part, safe=""), quote_plus(part), quote_plus(part, "/")]
        for form in escapes:
            yield form
            yield form.replace("\\", "\\\\")
            yield re.sub(r"%[0-9A-F]{2}", lambda m: m.group().lower(), form)
            yield visible(form)


def whole_word(secret: str) -> "re.Pattern[str]":
    """Where a short secret stands by itself: replacing it inside of words would hide the report.

    One or two characters count only as a value: after a sign or in quotes.
    """
    literal = re.escape(secret)
    if len(secret) < 3:
        return re.compile(r"(?<=[=:'\"])" + literal + r"(?![\w.])")
    return re.compile(r"(?<![\w./])" + literal + r"(?![\w/]|\.\w)")


def shown(env: Mapping[str, str]) -> "dict[str, str]":
    """The variables that matter to an import of NumPy."""
    return {key: env[key] for key in sorted(env) if SHOWN.match(key)}

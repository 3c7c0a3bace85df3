"""A saved traceback or log, as facts: only what the text itself states, nothing of this machine."""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from npwheel.doctor import packages
from npwheel.doctor.trial import Trial, bounded

EXCEPTION = re.compile(
    r"^(?P<type>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning|Failure|NotFound)"
    r"|(?:[A-Za-z_]\w*\.)+[A-Z]\w+)(?::\s?(?P<text>.*))?$"
)
FRAME = re.compile(
    r"^\s*(?:File \"(?P<a>[^\"\n]+)\", line (?P<n>\d+)|File (?P<b>[^\s,]+\.py):(?P<m>\d+)"
    r"|(?P<c>(?:[A-Za-z]:)?[\w~./\\+@ -]+\.pyx?) in )"
)
CONNECTORS = (
    "The above exception was the direct cause of the following exception",
    "During handling of the above exception, another exception occurred",
)
# What pytest, container logs and consoles put before a line.
PREFIX = re.compile(
    r"^(?:E   +(?=\S)|[\w.-]+ +\| ?|\[?\d{4}-\d\d-\d\d[T ][\d:.,Z+]+\]?\s(?:\[?\w+\]?:?\s)?(?=\S))"
)
SITE = re.compile(r"[\\/](?:site|dist)-packages[\\/]([\w.-]+?)(?:\.py)?(?:[\\/]|$)")
LIBRARY = re.compile(
    r"[\\/](?:python|Python)[ "
    r"-]?\d[\d.]*(?:[-_]\d+)?(?:\.zip)?[\\/](?:[Ll]ib[\\/])?[\w\\/]*\w+\.pyc?$"
    r"|[\\/]lib[\\/]python\d[\d.]*[\\/]"
    r"|^<frozen |^importlib[\\/]"
)


BUILDING = (
    r"metadata-generation-failed|subprocess-exited-with-error|Failed building wheel|Failed to build"
    r"|Could not build wheels|get_requires_for_build|Preparing metadata|python setup\.py "
    r"(?:egg_info"
    r"|bdist_wheel)|Building wheel for|running build_ext|legacy-install-failure"
)


CONDA = (
    r"(?i)(?:mini|ana)conda|mini?forge|mambaforge|micromamba|conda-forge"
    r"|[\\/](?:envs|conda)[\\/]"
)


class ChainLink(NamedTuple):
    """One traceback of the text."""

    type: str
    text: str
    frames: Tuple[str, ...]
    chained: bool  # whether it came out of the one before


class SavedText(NamedTuple):
    """What a text states."""

    text: str
    trial: Trial  # its exceptions in the form that modes read
    numpy: str  # the release, empty if it is not stated
    python: str  # X.Y
    system: str  # windows, macos, linux or empty
    conda: bool

    def search(self, pattern: str) -> "Optional[re.Match[str]]":
        """The last place where the pattern occurs: what is reported last is what ended it."""
        found = list(re.finditer(pattern, self.text))
        return found[-1] if found else None

    @property
    def root(self) -> Any:
        """The exception that all others came from, or None."""
        return self.trial.root

    @property
    def building(self) -> bool:
        """Whether it is the log of an installation that built something and failed."""
        return re.search(BUILDING, self.text) is not None

    @property
    def subject(self) -> str:
        """What the text is about: the package of the innermost frame, else numpy or the program."""
        return self.owner or ("numpy" if "numpy" in self.text.lower() else "the program")

    @property
    def owner(self) -> str:
        """The distribution, other than NumPy, whose code ran last; empty if it is not shown."""
        for name in reversed([owner_of(file) for file in self.files]):
            if name and name not in ("numpy", "pip", "setuptools"):
                return name
        return ""

    @property
    def files(self) -> List[str]:
        """The files of the traceback that ended the program; else all that the text names."""
        root = self.root
        if root is not None and root.frames:
            return list(root.frames)
        return [
            match.group("a") or match.group("b") or match.group("c")
            for match in (FRAME.match(line) for line in self.text.splitlines())
            if match
        ]

    @property
    def last_import(self) -> str:
        """The last module that a prompt or `python -c` imports, where a program just ended."""
        pattern = r"""(?m)(?:^(?:>>>|In \[\d+\]:)[ ]|-c[ ]+["'])(?:from|import)[ ]+(\w[\w.]*)"""
        found = re.findall(pattern, self.text)
        return found[-1] if found else ""

    @property
    def own_file(self) -> str:
        """The innermost file that is neither installed nor of the standard library."""
        own = [f for f in self.files if not SITE.search(f) and not LIBRARY.search(f)]
        own = [f for f in own if not f.startswith("<")]
        return own[-1] if own else ""

    def version_of(self, name: str) -> str:
        """The version of a distribution that the text states, empty if it states none."""
        word = "[-_]".join(re.escape(part) for part in re.split("[-_]", name))
        pattern = r"(?i)(?<![\w-])" + word + r"(?:==|[ -]v?|: ?v?|@|\s+)(\d+(?:\.\d+)+)"
        match = re.search(pattern, self.text)
        return match.group(1) if match else ""

    def named(self, name: str) -> str:
        """`pandas 1.5.3`, or the name alone."""
        version = self.version_of(name)
        return "{} {}".format(name, version) if version else name


def owner_of(file: str) -> str:
    """The distribution that a path of a traceback belongs to, by the name of its folder."""
    match = SITE.search(file)
    if match is None:
        return ""
    top = match.group(1).split(".")[0]
    return packages.packages_of(top).get("pip", "").split("<")[0] or top


def read(text: str) -> SavedText:
    """Take a text apart."""
    whole = bounded(text)
    lines = [PREFIX.sub("", line.rstrip()) for line in whole.splitlines()]
    plain = "\n".join(lines)
    return SavedText(
        plain,
        trial_of(links(lines), plain),
        numpy_of(plain),
        python_of(plain),
        system_of(plain),
        bool(re.search(CONDA, plain)),
    )


def links(lines: Sequence[str]) -> List[ChainLink]:
    """The tracebacks in their order; a message may go on below its first line."""
    found: List[ChainLink] = []
    frames: List[str] = []
    inside = chained = False
    for number, line in enumerate(lines):
        if any(words in line for words in CONNECTORS):
            chained = True
        if "Traceback (most recent call last)" in line:
            inside, frames = True, []
            continue
        frame = FRAME.match(line)
        if frame:
            frames.append(frame.group("a") or frame.group("b") or frame.group("c"))
            continue
        match = EXCEPTION.match(line.strip())
        if match and (inside or frames or re.match(r"\S", line)):
            rest = following(lines, number + 1)
            text = "\n".join([match.group("text") or "", *rest]).strip()
            found.append(ChainLink(match.group("type"), text, tuple(frames), chained))
            inside = chained = False
            frames = []
    return found


def following(lines: Sequence[str], start: int) -> List[str]:
    """The rest of a message: up to the next traceback, frame, exception or a few lines."""
    rest: List[str] = []
    for line in lines[start : start + 25]:
        if (
            "Traceback (most recent" in line
            or FRAME.match(line)
            or EXCEPTION.match(line.strip())
            or any(words in line for words in CONNECTORS)
        ):
            break
        rest.append(line)
    return rest


def trial_of(found: Sequence[ChainLink], text: str) -> Trial:
    """The tracebacks as a trial: the last chain, its root last."""
    last: List[ChainLink] = []
    for link in found:
        if not link.chained:
            last = []
        last.append(link)
    chain = [as_record(link) for link in reversed(last)]
    if last:
        # NumPy quotes the exception that it caught, since Python 2 could not chain.
        original = re.search(r"Original error was: (.+)", last[0].text)
        if original is not None:
            chain.append(
                as_record(ChainLink("ImportError", original.group(1), last[0].frames, True))
            )
    records = (("raised", {"module": "", "chain": chain}),) if chain else ()
    return Trial("", (), records, text, None, False, 0.0)


def as_record(link: ChainLink) -> Dict[str, Any]:
    """One exception as child.py would report it."""
    missing = re.search(r"No module named '?([\w.]+)'?", link.text)
    return {
        "type": link.type,
        "text": link.text,
        "name": missing.group(1) if missing else None,
        "path": None,
        "file": link.frames[-1] if link.frames else "",
        "line": 0,
        "frames": link.frames,
    }


def numpy_of(text: str) -> str:
    """The release of NumPy that runs, as far as the text states one."""
    for pattern in (
        r"The NumPy version is: \"([\d.]+)\"",
        r"cannot be run in\s+NumPy (\d+\.\d+(?:\.\d+)?)",
        r"(?i)(?<![\w-])numpy(?:==|-| version:? | \(| v?|\s+)(\d+\.\d+(?:\.\d+)?)",
    ):
        match = re.search(pattern, text)
        if match is not None:
            return match.group(1)
    return ""


def python_of(text: str) -> str:
    """The version X.Y of Python."""
    for pattern in (
        r"The Python version is: Python(\d\.\d+)",
        r"[\\/]python(\d\.\d+)[\\/]",
        r"[\\/][Pp]ython-?(\d)(\d{1,2})(?:-32)?[\\/]",
        r"(?:CPython|Python) ?(\d\.\d+)",
        r"\bcp(?:ython-)?(\d)(\d{1,2})\b",
    ):
        match = re.search(pattern, text)
        if match is not None:
            return ".".join(match.groups())
    return ""


def system_of(text: str) -> str:
    """The operating system that paths and loaders show."""
    for name, pattern in (
        ("windows", r"(?i)\b[A-Z]:\\|DLL load failed|win_amd64|win32|\.pyd\b|WinError"),
        ("macos", r"dlopen\(|\.dylib\b|/Users/|darwin|macosx_|Library not loaded|/opt/homebrew"),
        ("linux", r"\.so\b|/usr/lib|/home/|manylinux|musllinux|linux"),
    ):
        if re.search(pattern, text):
            return name
    return ""

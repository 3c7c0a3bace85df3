"""The base of every failure mode: declared metadata, and one method that examines."""

import re
import shlex
from typing import Iterable, Iterator, Optional, Sequence, Tuple

from npwheel.doctor import fixes
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.model import FAILED, WARNING, DoctorFinding, Evidence, Fix
from npwheel.doctor.python_environment import PythonEnvironment
from npwheel.doctor.saved_text import SavedText, owner_of
from npwheel.doctor.trial import Trial


class Mode:
    """One way in which NumPy fails. A subclass is one file in `modes/`.

    id:        NPDnnn, never used again for something else
    title:     what is wrong, as a noun phrase or short clause
    seen:      what a user sees, in the words that are searched for
    detected:  how it is distinguished from other modes
    fixes:     (platform, command template), the best first; see fixes.py
    sources:   issues and documents, as `project#number` or a link
    signature: a regular expression on all that a failed import said; where it
               matches, `explain` returns the finding
    """

    id = ""
    title = ""
    seen = ""
    detected = ""
    fixes: Pairs = ()
    sources: Sequence[str] = ()
    signature = ""
    # (pattern, clause with {0} {1} for its groups, fixes) for saved texts; see saved_text.py
    texts: Sequence[Tuple[str, str, Pairs]] = ()

    def examine(self, environment: PythonEnvironment) -> Iterable[DoctorFinding]:
        """All findings. A mode without a signature overrides this."""
        if not self.signature:
            return
        for trial in environment.failed:
            match = trial.search(self.signature)
            if match is not None:
                finding = self.explain(environment, trial, match)
                if finding is not None:
                    yield finding

    def explain(
        self, environment: PythonEnvironment, trial: Trial, match: "re.Match[str]"
    ) -> Optional[DoctorFinding]:
        """The finding for a failed import whose text matched, or None if it is another's."""
        raise NotImplementedError(self.id)

    def read(self, saved: SavedText) -> Optional[DoctorFinding]:
        """The finding for a saved text, by the patterns of `texts`."""
        for pattern, clause, ways in self.texts:
            match = saved.search(pattern)
            if match is not None:
                return self.stated(saved, clause, ways, match)
        return None

    def stated(
        self,
        saved: SavedText,
        clause: str,
        ways: Pairs,
        match: "re.Match[str]",
        **words: str,
    ) -> DoctorFinding:
        """What a text states. In braces: groups by number, owner, package, numpy, python."""
        groups = [group or "" for group in match.groups()]
        # The file that the message names is nearer to the cause than the code that imported it.
        named = [owner_of(path) for path in re.findall(r"[^\s'\"(),]+", match.group())]
        owner = next((name for name in named[::-1] if name), saved.owner)
        words.setdefault("owner", saved.named(owner) if owner else "an extension")
        words.setdefault("package", shlex.quote(owner) if owner else "PACKAGE")
        words["numpy"] = "NumPy " + saved.numpy if saved.numpy else "this NumPy"
        words["python"] = "Python " + saved.python if saved.python else "this Python"
        if not saved.conda:
            ways = [way for way in ways if way[0] != "conda"]
        else:
            ways = sorted(ways, key=lambda way: way[0] != "conda")
        if not owner:
            ways = [way for way in ways if "{package}" not in way[1]]
        found = tuple(
            Fix(platform, template.format(*groups, pip="python -m pip", **words), False)
            for platform, template in ways
        )
        evidence = (Evidence("the text", line_of(match)),)
        return DoctorFinding(
            FAILED, saved.subject, clause.format(*groups, **words), "", "", evidence, found
        )

    def failed(  # noqa: PLR0913, PLR0917  (the fields of a mode)
        self,
        environment: PythonEnvironment,
        subject: str,
        because: str,
        expected: str = "",
        found: str = "",
        evidence: Pairs = (),
        place: Optional[str] = None,
        effect: str = "cannot be imported",
        templates: Optional[Pairs] = None,
        **words: str,
    ) -> DoctorFinding:
        """A finding that is broken now."""
        if templates is None:
            templates = fixes.of_installer(environment.numpy_dist, self.fixes)
        return DoctorFinding(
            FAILED,
            subject,
            because,
            expected,
            found,
            tuple(Evidence(str(where), str(value)) for where, value in evidence if value != ""),
            fixes.fill(environment, templates, place, **words),
            effect,
        )

    def warning(
        self, environment: PythonEnvironment, subject: str, because: str, **rest: object
    ) -> DoctorFinding:
        """A finding that works today, slowly or not for long."""
        finding = self.failed(environment, subject, because, **rest)  # type: ignore[arg-type]
        return finding._replace(state=WARNING)


def reported(trial: Trial) -> Iterator[Tuple[str, str]]:
    """What the import said, as evidence: the root of the chain, or how it ended."""
    if trial.root is not None:
        where = "root exception"
        if trial.root.path:
            where += " about " + trial.root.path
        yield where, str(trial.root)
    elif trial.returncode is not None or trial.timed_out or trial.error:
        yield "child process", trial.outcome


def line_of(match: "re.Match[str]") -> str:
    """The whole line in which the match begins."""
    text = match.string
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.start())
    return text[start : end if end >= 0 else len(text)].strip()

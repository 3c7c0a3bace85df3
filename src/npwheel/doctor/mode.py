"""The base of every failure mode: declared metadata, and one method that examines."""

import re
from typing import Iterable, Iterator, Optional, Sequence, Tuple

from npwheel.doctor import fixes
from npwheel.doctor.case import Case
from npwheel.doctor.fixes import Pairs
from npwheel.doctor.model import FAILED, WARNING, Evidence, Finding
from npwheel.doctor.trial import Trial


class Mode:
    """One way in which NumPy fails. A subclass is one file in `modes/`.

    id:        NPDnnn, never used again for something else
    title:     what is wrong, as a noun phrase or short clause
    seen:      what a user sees, in the words that are searched for
    detected:  how it is told from other modes
    fixes:     (platform, command template), the best first; see fixes.py
    sources:   issues and documents, as `project#number` or a link
    signature: a regular expression on all that a failed import said; where it
               matches, `explain` is asked for the finding
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

    def examine(self, case: Case) -> Iterable[Finding]:
        """All findings. A mode without a signature overrides this."""
        for trial in case.failed:
            match = trial.search(self.signature) if self.signature else None
            if match is not None:
                finding = self.explain(case, trial, match)
                if finding is not None:
                    yield finding

    def explain(self, case: Case, trial: Trial, match: "re.Match[str]") -> Optional[Finding]:
        """The finding for a failed import whose text matched, or None if it is another's."""
        raise NotImplementedError(self.id)

    def failed(
        self,
        case: Case,
        subject: str,
        because: str,
        expected: str = "",
        found: str = "",
        evidence: Pairs = (),
        place: Optional[str] = None,
        effect: str = "cannot be imported",
        templates: Optional[Pairs] = None,
        **words: str,
    ) -> Finding:
        """A finding that is broken now."""
        if templates is None:
            templates = fixes.of_installer(case.numpy_dist, self.fixes)
        return Finding(
            FAILED,
            subject,
            because,
            expected,
            found,
            tuple(Evidence(str(where), str(value)) for where, value in evidence if value != ""),
            fixes.fill(case, templates, place, **words),
            effect,
        )

    def warning(self, case: Case, subject: str, because: str, **rest: object) -> Finding:
        """A finding that works today, slowly or not for long."""
        finding = self.failed(case, subject, because, **rest)  # type: ignore[arg-type]
        return finding._replace(state=WARNING)


def said(trial: Trial) -> Iterator[Tuple[str, str]]:
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

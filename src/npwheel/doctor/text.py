"""The report as text: verdict, command, checklist, evidence."""

import textwrap
from typing import List

from npwheel.doctor import facts
from npwheel.doctor.model import FAILED, PASSED, UNKNOWN, WARNING, Check, DoctorFinding, Fix
from npwheel.doctor.privacy import Privacy
from npwheel.doctor.verdict import BROKEN, Report, sides

# A word stands next to the mark, so that colour is never needed.
MARKS = {PASSED: "ok", WARNING: "warning", FAILED: "FAILED", UNKNOWN: "could not run"}


def render(report: Report, verbose: bool, privacy: Privacy) -> str:
    """All lines of the report. Long ones are cleaned before they are broken."""
    verdict = report.verdict
    lines = [verdict.sentence + "."]
    if verdict.fix is not None:
        label = "Run" if verdict.fix.runnable else "Set" if verdict.fix.platform == "env" else "Do"
        lines.append("{}: {}".format(label, verdict.fix.command))
    lines.append("")
    lines += ["  {:9} {}".format(k, v) for k, v in facts.summary(report.environment)]
    shown = [c for c in report.checks if verbose or c.state != PASSED]
    if shown:
        lines.append("")
    for check in shown:
        lines += block(check, privacy)
    if report.experiments:
        lines.append("")
        for e in report.experiments:
            if e.works or verbose:
                answer = "it works" if e.works else "it fails too: " + e.outcome
                lines.append("  {}: with {} {}".format(e.subject, e.condition, answer))
        failed = list(dict.fromkeys(e.condition for e in report.experiments if not e.works))
        if failed and not verbose:
            lines.append("  without success: " + "; ".join(failed))
    lines += ["", tally(report)]
    lines += ["note: " + note for note in report.notes]
    return "\n".join(lines) + "\n"


def block(check: Check, privacy: Privacy) -> List[str]:
    """A line for the check, and under it what was found and what fixes it."""
    lines = ["[{}] {} {}".format(MARKS[check.state], check.mode, check.title)]
    if check.reason:
        lines.append("    reason: " + check.reason)
    for finding in check.findings:
        lines += details(finding, privacy)
    return lines


def details(finding: DoctorFinding, privacy: Privacy) -> List[str]:
    """Evidence and fixes of one finding."""
    text = privacy.clean("{}: {}{}".format(finding.subject, finding.because, sides(finding)))
    lines = textwrap.wrap(
        text,
        96,
        initial_indent="    ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    lines += ["      {}: {}".format(e.where, e.value) for e in finding.evidence]
    lines += [
        "      fix ({}): {}".format(fix.platform, fix.command) for fix in finding.fixes if fix.here
    ]
    return lines


def tally(report: Report) -> str:
    """How many checks ended in which state."""
    words = {
        PASSED: "passed",
        WARNING: "with a warning",
        FAILED: "failed",
        UNKNOWN: "could not run",
    }
    states = [check.state for check in report.checks]
    counts = ["{} {}".format(states.count(s), words[s]) for s in words if s in states]
    more = "" if report.verdict.state != BROKEN else " More: npwheel doctor -v"
    return "{} checks: {}.{}".format(len(states), ", ".join(counts), more)


def fix_plan(report: Report) -> List[Fix]:
    """The fixes that `--fix` shows: the first of every finding, the verdict's before all."""
    found = []
    if report.verdict.fix is not None:
        found.append(report.verdict.fix)
    for check in report.checks:
        for finding in check.findings:
            if finding.state == FAILED and finding.fixes and finding.fixes[0] not in found:
                found.append(finding.fixes[0])
    return found

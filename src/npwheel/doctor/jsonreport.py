"""The report as JSON. `schema.json` in this folder describes it; a test compares them."""

from typing import Any, Dict

from npwheel.doctor import facts
from npwheel.doctor.model import DoctorFinding, Experiment, Fix
from npwheel.doctor.verdict import Report

SCHEMA_VERSION = 2


def document(report: Report, exit_code: int) -> Dict[str, Any]:
    """The JSON document; `output` cleans it of what is private."""
    verdict = report.verdict
    return {
        "schema_version": SCHEMA_VERSION,
        "exit_code": exit_code,
        "examined": "a text" if report.environment.saved else "this machine",
        "verdict": {
            "state": verdict.state,
            "sentence": verdict.sentence,
            "mode": verdict.mode or None,
            "fix": one_fix(verdict.fix) if verdict.fix else None,
        },
        "facts": facts.machine(report.environment),
        "subjects": [
            {"name": t.subject, "works": t.ok, "outcome": t.outcome, "seconds": round(t.seconds, 3)}
            for t in report.environment.trials
        ],
        "checks": [
            {
                "id": check.mode,
                "title": check.title,
                "state": check.state,
                "reason": check.reason or None,
                "findings": [one_finding(finding) for finding in check.findings],
            }
            for check in report.checks
        ],
        "experiments": [one_experiment(e) for e in report.experiments],
        "notes": list(report.notes),
    }


def one_fix(fix: Fix) -> Dict[str, Any]:
    """A fix as a mapping."""
    return dict(fix._asdict())


def one_experiment(experiment: Experiment) -> Dict[str, Any]:
    """An experiment as a mapping."""
    return {key: value for key, value in experiment._asdict().items() if key != "of_path"}


def one_finding(finding: DoctorFinding) -> Dict[str, Any]:
    """A finding as a mapping."""
    return {
        "state": finding.state,
        "subject": finding.subject,
        "because": finding.because,
        "expected": finding.expected or None,
        "found": finding.found or None,
        "evidence": [e._asdict() for e in finding.evidence],
        "fixes": [one_fix(fix) for fix in finding.fixes],
    }

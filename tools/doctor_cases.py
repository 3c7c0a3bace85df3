"""Run the doctor on public reports and print its first two lines, as in docs/doctor-cases.md.

Usage: python tools/doctor_cases.py first|second|third|... [--table] [-k THREAD]
--table prints the threads and their causes, and runs nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP / "tests" / "support")]

from doctorlab.examine import run  # noqa: E402
from doctorlab.lab import Lab, Missing  # noqa: E402
from doctorlab.report import TEXTS, PublicReport  # noqa: E402
from doctorlab.reports import MEASURES  # noqa: E402


def lines_of(lab: Lab, report: PublicReport, at: Path) -> tuple[str, str]:
    """The first two lines of the doctor on a rebuilt report."""
    if report.make is None:
        command = [sys.executable, str(lab.doctor), "--read", str(TEXTS / report.text)]
        text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    else:
        text = run(lab, report.make(lab, at)).stdout
    first, second = [*text.splitlines(), "", ""][:2]
    return first.replace(str(at), "@"), second.replace(str(at), "@")


def main() -> int:
    """Print the table, or run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("measure", choices=MEASURES)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("-k", default="", metavar="THREAD")
    args = parser.parse_args()
    if args.table:
        for report in MEASURES[args.measure]:
            how = "text" if report.make is None else "environment"
            print(f"| {report.thread} | {report.cause} | {how} |")
        return 0
    right = asked = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, TOP / "tools/make_pyz.py", folder], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        lab = Lab(Path(folder) / "npwheel-doctor.pyz", Path(folder))
        for number, report in enumerate(MEASURES[args.measure]):
            if args.k not in report.thread:
                continue
            at = Path(folder) / f"report{number}"
            at.mkdir()
            asked += 1
            try:
                first, second = lines_of(lab, report, at)
            except Missing as missing:
                print(f"## {report.thread} NOT RUN: {missing}\n")
                continue
            finally:
                lab.close()
            cause = all(word in first for word in report.first_line)
            command = all(word in second for word in report.command)
            right += cause and command
            marks = f"{'cause' if cause else 'CAUSE WRONG'} "
            marks += "command" if command else "COMMAND WRONG"
            print(f"## {report.thread} {marks}\n{first}\n{second}", flush=True)
    print(f"{right} of {asked} right")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m npwheel_probe``: prove that the module works on this machine.

Exit status: 0 if every product of this module was right, 1 if one was wrong (or the
module could not be loaded), 2 for wrong usage. NumPy's own errors are reported, in the
JSON under numpy.matmul, but do not change the status: they are not this module's.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from npwheel_probe.proof.machine import machine
from npwheel_probe.proof.products import judge_numpy, judge_ours
from npwheel_probe.proof.report import Proof, as_data, as_text
from npwheel_probe.proof.speed import timings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the proof and print it."""
    parser = argparse.ArgumentParser(
        prog="python -m npwheel_probe",
        description="Prove that npwheel_probe, NumPy and BLAS work together on this machine.",
        epilog="exit status: 0 all products of this module right, 1 some wrong, 2 wrong usage",
    )
    parser.add_argument("--json", action="store_true", help="print the proof as JSON")
    parser.add_argument("--no-speed", action="store_true", help="measure no times")
    options = parser.parse_args(arguments)

    def progress(what: str) -> None:
        print(f"npwheel_probe: {what} ...", file=sys.stderr, flush=True)

    progress("checking this module's products")
    ours = judge_ours()
    progress("checking NumPy's products")
    numpy = judge_numpy()
    speed = []
    if not options.no_speed:
        progress("measuring speed")
        speed = list(timings(("float32", "float64"), (4, 64, 512), budget=0.05))
    data = as_data(Proof(machine(), ours, numpy, speed))
    print(json.dumps(data, indent=1) if options.json else as_text(data))
    return 0 if ours.right else 1


if __name__ == "__main__":
    sys.exit(main())

"""Coverage-guided fuzzing: `python tests/unit/fuzz/fuzz.py TARGET [libFuzzer's options] [FOLDER…]`.

TARGET: elf, environments, records, sdists, settings or wheel, a file each here. Without a folder,
the kept corpus of the target is the start, and what is new goes into a temporary folder. Figures of
libFuzzer end on stderr; a finding is written as crash-… and ends the run with an exit code.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
TARGETS = sorted(path.name.removesuffix("_target.py") for path in HERE.glob("*_target.py"))


def main(argv: list[str]) -> None:
    """Fuzz one target until libFuzzer ends."""
    if len(argv) < 2 or argv[1] not in TARGETS:
        sys.exit(__doc__)
    target = argv[1]
    sys.path.insert(0, str(HERE))
    with atheris.instrument_imports(include=["npwheel"]):
        module = importlib.import_module(f"{target}_target")
    options = argv[2:]
    if not any(not option.startswith("-") for option in options):
        kept = HERE / "corpus" / target
        options += [
            tempfile.mkdtemp(prefix="npwheel-fuzz-"),
            *([str(kept)] if kept.is_dir() else []),
        ]
    # 1 GB, 25 seconds: far above what a file of this size may cost.
    limits = ["-rss_limit_mb=1024", "-timeout=25", "-max_len=65536"]
    atheris.Setup([argv[0], *limits, *options], module.one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)

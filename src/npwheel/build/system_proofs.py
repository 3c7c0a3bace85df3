"""Proofs of a wheel in systems, where the index has no NumPy for its target."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from npwheel.build.options import BuildOptions
from npwheel.containers.engine import Engine
from npwheel.core.errors import ProofError
from npwheel.core.progress import Progress
from npwheel.core.targets import Target
from npwheel.prove import candidates, execute, matrix, packaged_numpy, systems
from npwheel.prove.matrix import DISTRIBUTION, IndexFiles
from npwheel.prove.proof import FAIL, PASS, Proof
from npwheel.prove.systems import System


def shipping(target: Target) -> tuple[System, ...]:
    """Return the systems of a target that ship a NumPy of their own."""
    known, _ = systems.load()
    return tuple(
        system
        for system in known
        if system.numpy and (system.arch, system.libc) == (target.arch, target.libc)
    )


def prove(
    wheel: Path,
    chosen: Sequence[System],
    options: BuildOptions,
    engine: Engine,
    log: Path,
    progress: Progress,
) -> tuple[Proof, ...]:
    """Prove a wheel with the NumPy of each system.

    Raises ProofError when a proof fails, or when none passes.
    """
    loaded = candidates.load(wheel)
    index = IndexFiles((), (), packaged=packaged_numpy.expected(chosen))
    cells = [
        cell for cell in matrix.plan(chosen, (), (), [loaded], index) if cell.column == DISTRIBUTION
    ]
    runs = [
        execute.SystemRun(
            system=system,
            cells=[cell for cell in cells if cell.system == system.name],
            cpus={},
            index=index,
            engine=engine,
            images=options.images,
            setup=options.setup,
            test="",
            log=log.with_name(f"{log.stem}-{system.name}.log"),
            progress=progress,
        )
        for system in chosen
    ]
    found = execute.run(runs, 1)
    proofs = tuple(found[cell.key] for cell in cells)
    failed = [proof for proof in proofs if proof.outcome == FAIL]
    if failed:
        more = f" (and {len(failed) - 1} more)" if failed[1:] else ""
        raise ProofError(
            f"{wheel.name} fails with numpy {failed[0].numpy}: {failed[0].where}{more}",
            why=failed[0].reason,
        )
    if not any(proof.outcome == PASS for proof in proofs):
        reasons = dict.fromkeys(proof.reason for proof in proofs)
        raise ProofError(
            f"no system can prove {wheel.name}: the index has no NumPy for it, and "
            "that of the distributions could not be used",
            why="; ".join(reasons),
        )
    return proofs

"""NPD039: matrix products are wrong."""

from typing import Iterator

from npwheel.doctor.mode import Mode, line_of
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment

SANITY = r"fails to pass simple sanity checks\. This can be caused for example by incorrect BLAS"


class WrongResults(Mode):
    """OpenBLAS's armv9sme kernels on some CPUs and emulators; a foreign BLAS in front."""

    id = "NPD039"
    title = "matrix products are wrong"
    seen = "no error: A @ B contains NaN or absurd numbers; or: fails to pass simple sanity checks"
    detected = (
        "products of whole numbers by BLAS against the same by integer arithmetic, in the child; "
        "then again with plain kernels and without LD_PRELOAD"
    )
    fixes = (
        ("env", "export OPENBLAS_CORETYPE={core}"),
        ("env", "unset LD_PRELOAD LD_LIBRARY_PATH"),
        ("pip", "{pip} --force-reinstall numpy"),
    )
    sources = ("numpy#11481", "reticulate#648", "measured: numpy 2.5.5 on core armv9sme")
    texts = (
        (
            r"fails to pass simple sanity checks",
            "NumPy's BLAS computes wrongly",
            (
                ("pip", "{pip} install --force-reinstall --no-cache-dir numpy"),
                ("env", "unset LD_PRELOAD LD_LIBRARY_PATH"),
            ),
        ),
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """What makes it work decides the fix."""
        for trial in environment.trials:
            wrong = trial.record("wrong") or []
            match = trial.search(SANITY) if not wrong else None
            if not wrong and not match:
                continue
            answers = environment.numerics("openblas") or {}
            cores = sorted({str(a.get("core", "?")) for a in answers.values()})
            plain = environment.experiment("plain-core", trial.subject)
            free = environment.experiment("no-loader-path", trial.subject)
            if free is not None and free.works:
                why, templates = "LD_PRELOAD or LD_LIBRARY_PATH brings a foreign BLAS", [1]
            elif plain is not None and plain.works:
                why, templates = (
                    "OpenBLAS's kernels for core {} are wrong on this CPU".format(
                        " and ".join(cores)
                    ),
                    [0],
                )
            else:
                why, templates = "its BLAS computes wrongly here", [2]
            core = plain.condition.rpartition("=")[2].rstrip(")") if plain else "generic"
            evidence = [
                ("{} product, n={}".format(d, n), "{} instead of {}".format(got, exact))
                for d, n, exact, got in wrong[:3]
            ]
            if match:
                evidence.append(("stderr", line_of(match)))
            yield self.failed(
                environment,
                trial.subject,
                why,
                expected=wrong[0][2] if wrong else "a passed sanity check",
                found=wrong[0][3] if wrong else "a failed one",
                evidence=evidence,
                effect="computes wrong results",
                templates=[self.fixes[i] for i in templates],
                core=core,
            )

"""NPD042: NumPy uses the reference BLAS, or none."""

from typing import Iterator

from npwheel.doctor import fixes
from npwheel.doctor.case import Case
from npwheel.doctor.mode import Mode
from npwheel.doctor.model import Finding

FAST = ("openblas", "mkl", "blis", "atlas", "accelerate", "armpl", "nvpl")


class ReferenceBlas(Mode):
    """Debian's python3-numpy pulls in libblas3, ten to fifty times slower than OpenBLAS."""

    id = "NPD042"
    title = "NumPy uses the slow reference BLAS"
    seen = "matrix products take minutes instead of seconds, on one CPU"
    detected = "the BLAS that is mapped into the child after the import"
    fixes = (
        ("apt", "{sudo}apt-get install -y libopenblas0-pthread"),
        ("apk", "{sudo}apk add openblas"),
        ("dnf", "{sudo}dnf install -y openblas-threads"),
        ("conda", "conda install -y --prefix {prefix} 'libblas=*=*openblas'"),
        ("pip", "{pip} --force-reinstall --only-binary=:all: numpy"),
    )
    sources = ("measured: Debian 12 python3-numpy", "Debian wiki: DebianScience")

    def examine(self, case: Case) -> Iterator[Finding]:
        """A warning: it works."""
        if not case.numpy_works:
            return
        if not case.numerics("libraries"):
            raise LookupError("/proc/self/maps is empty, so which BLAS is used is not known")
        mapped = [path.lower() for path in case.numerics("libraries")]
        if any(word in path for path in mapped for word in FAST):
            return
        used = case.numerics("blas") or []
        place = None
        if not used and case.numpy_dist and not fixes.by_system(case, case.numpy_dist.place):
            place = case.numpy_dist.place
        yield self.warning(
            case, "numpy",
            "it is slow: it uses {}".format(
                "the reference BLAS" if used else "no optimised BLAS at all"),
            expected="OpenBLAS, MKL or BLIS",
            found=", ".join(path.rpartition("/")[2] for path in used) or "none",
            evidence=[(path, "mapped") for path in used[:3]],
            place=place, prefix=case.shell_prefix,
        )  # fmt: skip

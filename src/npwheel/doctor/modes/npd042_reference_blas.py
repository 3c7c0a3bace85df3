"""NPD042: NumPy uses the reference BLAS, or none."""

from typing import Iterator

from npwheel.doctor import fixes
from npwheel.doctor.mode import Mode
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment

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

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """A warning: it works."""
        if not environment.numpy_works:
            return
        if not environment.numerics("libraries"):
            raise LookupError("/proc/self/maps is empty, so which BLAS is used is not known")
        mapped = [path.lower() for path in environment.numerics("libraries")]
        if any(word in path for path in mapped for word in FAST):
            return
        used = environment.numerics("blas") or []
        place = None
        if (
            not used
            and environment.numpy_dist
            and not fixes.by_system(environment, environment.numpy_dist.place)
        ):
            place = environment.numpy_dist.place
        yield self.warning(
            environment,
            "numpy",
            "it is slow: it uses {}".format(
                "the reference BLAS" if used else "no optimised BLAS at all"
            ),
            expected="OpenBLAS, MKL or BLIS",
            found=", ".join(path.rpartition("/")[2] for path in used) or "none",
            evidence=[(path, "mapped") for path in used[:3]],
            place=place,
            prefix=environment.shell_prefix,
        )

"""NPD011: the CPU lacks what NumPy was compiled for (x86-64-v2 since NumPy 2.4)."""

from typing import Iterator, Sequence, Tuple

from npwheel.doctor.mode import Mode, line_of, reported
from npwheel.doctor.model import DoctorFinding
from npwheel.doctor.python_environment import PythonEnvironment

# NumPy's name -> the kernel's, for x86-64-v2
V2 = {"CX16": "cx16", "LAHF": "lahf_lm", "POPCNT": "popcnt", "SSE41": "sse4_1",
      "SSE42": "sse4_2", "SSSE3": "ssse3", "SSE3": "pni"}  # fmt: skip
FIRST_V2 = (2, 4)


class CpuBaseline(Mode):
    """Virtual machines with CPU type kvm64 or qemu64, Core 2, old Atom and AMD."""

    id = "NPD011"
    title = "the CPU lacks the baseline that NumPy was compiled for"
    seen = (
        "NumPy was built with baseline optimizations: (X86_V2) but your machine doesn't support: "
        "(X86_V2); on older CPUs only: Illegal instruction"
    )
    detected = "the text, or SIGILL; CPUID asked in the child, and the flags of /proc/cpuinfo"
    fixes = (
        ("pip", "{pip} --force-reinstall --no-deps 'numpy<2.4'"),
        ("conda", "conda install -y --prefix {prefix} 'numpy<2.4'"),
        (
            "edit",
            "virtual machine: CPU type `host` or `x86-64-v2-AES` (Proxmox: qm set ID --cpu host)",
        ),
    )
    sources = ("numpy#28896", "numpy#31082", "nixpkgs#504266", "dify#30348", "numpy#31939")
    texts = (
        (
            r"NumPy was built with baseline optimizations:[\s|]*\(([^)]*)\)\s*but your machine "
            r"doesn.t support:?[\s|]*\(([^)]*)\)",
            "this NumPy needs a CPU with {0}, and the machine's lacks {1}",
            (
                ("pip", "{pip} install 'numpy<2.4'"),
                ("edit", "virtual machine: set its CPU type to `host` or `x86-64-v2-AES`"),
            ),
        ),
    )
    signature = (
        r"NumPy was built with baseline optimizations:[\s|]*\(([^)]*)\)\s*but your machine "
        r"doesn.t support:\s*\(([^)]*)\)"
    )

    def examine(self, environment: PythonEnvironment) -> Iterator[DoctorFinding]:
        """By NumPy's own words, else by the signal and the CPU."""
        for trial in environment.failed:
            match = trial.search(self.signature)
            place = environment.numpy_dist.place if environment.numpy_dist else None
            if match:
                yield self.failed(
                    environment,
                    trial.subject,
                    "this CPU lacks {}, for which this NumPy was compiled".format(match.group(2)),
                    expected=match.group(1),
                    found="a CPU without " + match.group(2),
                    evidence=[("exception", line_of(match))],
                    place=place,
                    prefix=environment.shell_prefix,
                )
            elif trial.signal_name == "SIGILL" and environment.machine.arch in ("x86_64", "i686"):
                missing, source = lacking(environment)
                if missing:
                    yield self.failed(
                        environment,
                        trial.subject,
                        "this CPU lacks {}, for which NumPy 2.4 and newer is compiled".format(
                            " ".join(missing)
                        ),
                        expected="x86-64-v2 ({})".format(" ".join(V2)),
                        found="no " + " ".join(missing),
                        evidence=[*reported(trial), (source, "lacks " + " ".join(missing))],
                        place=place,
                        prefix=environment.shell_prefix,
                    )


def lacking(environment: PythonEnvironment) -> Tuple[Sequence[str], str]:
    """Features of x86-64-v2 that the CPU has not, and the source."""
    version = tuple(int(n) for n in environment.numpy_version.split(".")[:2] if n.isdecimal())
    if version and version < FIRST_V2:
        return [], ""
    answer = environment.cpu()
    if answer.get("x86"):
        return [n for n in V2 if not answer["x86"].get(V2[n], True)], "CPUID"
    if environment.machine.cpu_flags:
        return [n for n in V2 if V2[n] not in environment.machine.cpu_flags], "/proc/cpuinfo"
    return [], ""

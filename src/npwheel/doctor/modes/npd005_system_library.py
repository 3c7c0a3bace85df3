"""NPD005: a BLAS or Fortran library of the operating system is not installed."""

import re
from typing import Optional

from npwheel.doctor import linking
from npwheel.doctor.case import Case
from npwheel.doctor.mode import Mode, said
from npwheel.doctor.model import Finding
from npwheel.doctor.modes.common import failed_file
from npwheel.doctor.trial import Trial

# soname prefix -> package of each manager
PACKAGES = {
    "libopenblas": ("libopenblas0-pthread", "openblas", "openblas-threads"),
    "libf77blas": ("libatlas-base-dev", "openblas-dev", "atlas"),
    "libcblas": ("libatlas-base-dev", "openblas-dev", "atlas"),
    "libatlas": ("libatlas-base-dev", "openblas-dev", "atlas"),
    "liblapack": ("liblapack3", "lapack", "lapack"),
    "libblas": ("libblas3", "blas", "blas"),
    "libgfortran": ("libgfortran5", "libgfortran", "libgfortran"),
    "libquadmath": ("libquadmath0", "libquadmath", "libquadmath"),
    "libstdc++": ("libstdc++6", "libstdc++", "libstdc++"),
    "libgomp": ("libgomp1", "libgomp", "libgomp"),
    "libgcc_s": ("libgcc-s1", "libgcc", "libgcc"),
}
NAMES = "|".join(re.escape(name) for name in PACKAGES)


class SystemLibrary(Mode):
    """piwheels and distribution builds link the system's BLAS; PyPI's bring their own."""

    id = "NPD005"
    title = "a BLAS, Fortran or C++ library of the system is missing"
    seen = "libopenblas.so.0: cannot open shared object file: No such file or directory"
    detected = "DT_NEEDED of the module, resolved as the loader does (RPATH, RUNPATH, ld.so.conf)"
    fixes = (
        ("apt", "{sudo}apt-get install -y {apt}"),
        ("apk", "{sudo}apk add {apk}"),
        ("dnf", "{sudo}dnf install -y {dnf}"),
        ("pip", "PIP_CONFIG_FILE=/dev/null {pip} --force-reinstall --no-deps numpy"),
    )
    sources = ("pirate-audio#120", "mlb-led-scoreboard#543", "numpy#14772", "piwheels/packages#47")
    signature = (
        r"((?:" + NAMES + r")[^\s/:]*\.so(?:\.\d+)*): cannot open shared object file"
        r"|Error loading shared library ((?:" + NAMES + r")[^\s:]*):"
    )

    def explain(self, case: Case, trial: Trial, match: "re.Match[str]") -> Optional[Finding]:
        """Name the library, who needs it and its package; bundled ones are NPD032's."""
        library = match.group(1) or match.group(2)
        if linking.bundled(library):
            return None
        needed_by = failed_file(case, trial)
        missing = linking.missing(needed_by, case) if needed_by else []
        names = [name for name, _ in missing if re.match(NAMES, name)] or [library]
        packages = [PACKAGES[m.group()] for m in (re.match(NAMES, n) for n in names) if m]
        apt, apk, dnf = (" ".join(dict.fromkeys(column)) for column in zip(*packages))
        if "libatlas-base-dev" in apt and case.machine.os_id in ("debian", "raspbian"):
            apt = apt.replace("libatlas-base-dev", atlas(case))
        return self.failed(
            case,
            trial.subject,
            "the system library {} is not installed".format(" and ".join(names)),
            expected=" and ".join(names),
            found="no file of that name where the loader looks",
            evidence=[*said(trial), *((by, "needs " + name) for name, by in missing)],
            place=None,
            apt=apt,
            apk=apk,
            dnf=dnf,
        )


def atlas(case: Case) -> str:
    """ATLAS left Debian after 12; there the wheel is one for an older system."""
    version = tuple(int(n) for n in re.findall(r"\d+", case.machine.libc_version))
    return "libatlas-base-dev" if version < (2, 41) else "libopenblas-dev"

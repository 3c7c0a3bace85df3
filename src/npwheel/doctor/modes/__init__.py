"""The failure modes, one file each, and their order.

The order is the precedence of the verdict: where two modes explain one failure,
the earlier one is named. Specific causes come first, what is left comes last.
To add a mode: copy a file, take a new number, and put its name in here.
"""

import importlib
from typing import List

from npwheel.doctor.mode import Mode

ORDER = (
    "npd058_startup",
    "npd013_threads",
    "npd064_frozen",
    "npd065_loaded_twice",
    "npd066_pickle",
    "npd062_other_python",
    "npd061_system_build",
    "npd067_moved_base",
    "npd076_editable",
    "npd075_user_site",
    "npd063_cache",
    "npd077_qt_plugin",
    "npd071_windows",
    "npd072_macos",
    "npd004_stale_kernel",
    "npd001_built_on_numpy1",
    "npd002_struct_size",
    "npd003_api_version",
    "npd041_forced_features",
    "npd011_cpu_baseline",
    "npd019_glibc",
    "npd020_libstdcxx",
    "npd026_page_size",
    "npd027_exec_stack",
    "npd040_static_tls",
    "npd028_noexec",
    "npd044_selinux",
    "npd036_too_many_threads",
    "npd038_two_openmp",
    "npd023_hashes",
    "npd024_32bit",
    "npd022_managed",
    "npd029_unreadable",
    "npd074_newer_python",
    "npd056_library_part",
    "npd057_removed_module",
    "npd034_not_compiled",
    "npd009_two_copies",
    "npd008_shadowed",
    "npd015_suffix_of_other_libc",
    "npd007_wrong_machine",
    "npd025_float_abi",
    "npd014_glibc_wheel_on_musl",
    "npd030_damaged",
    "npd054_bytecode",
    "npd017_memory",
    "npd052_musl_symbol",
    "npd032_bundled_lost",
    "npd005_system_library",
    "npd037_undefined_symbol",
    "npd012_illegal_instruction",
    "npd039_wrong_results",
    "npd006_wrong_python",
    "npd016_no_wheel",
    "npd018_old_pip",
    "npd049_lambda_layer",
    "npd010_namespace",
    "npd021_not_installed",
    "npd045_emulator",
    "npd047_hang",
    "npd053_disk_full",
    "npd070_shared_files",
    "npd073_metadata",
    "npd055_unmet",
    "npd059_removed_name",
    "npd031_incomplete",
    "npd060_api_mismatch",
    "npd069_elsewhere",
    "npd068_subnormals",
    "npd042_reference_blas",
    "npd035_cpu_quota",
    "npd046_gil",
    "npd048_no_bytecode",
)


def load() -> List[Mode]:
    """One instance of every mode, in the order of precedence."""
    found = []
    for name in ORDER:
        module = importlib.import_module("npwheel.doctor.modes." + name)
        own = [
            thing
            for thing in vars(module).values()
            if isinstance(thing, type)
            and issubclass(thing, Mode)
            and thing.__module__ == module.__name__
        ]
        found += [make() for make in own]
    return found

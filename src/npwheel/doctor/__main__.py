"""`python -m npwheel.doctor`. Python 2 must be able to parse this file."""

import sys

if sys.version_info < (3, 6):
    sys.stderr.write(
        "npwheel doctor: this is Python %d.%d; it needs 3.6 or newer (NumPy for older Pythons "
        "gets no updates). Start it with python3.\n" % sys.version_info[:2]
    )
    sys.exit(2)


from npwheel.doctor.startpath import keep_standard_library

keep_standard_library()

from npwheel.doctor.commandline import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())

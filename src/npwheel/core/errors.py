"""Why a command stops: one class and one exit code a cause.

Runs on Python 3.6. The exit codes are part of the command-line interface:
README lists them and a test holds the list and this file together.
"""


class NpwheelError(Exception):
    """A failure that a person can act on.

    what: one sentence, what happened (expected and found side by side).
    why:  the cause, where it is known.
    next: the command or change that fixes it.
    tail: the last lines of the log, where there is one.
    log:  where the whole log lies, "" where there is none.
    kept: where a wheel is kept that failed, "" where there is none.
    """

    exit_code = 1

    def __init__(self, what: str, why: str = "", next: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.next = next
        self.tail: tuple[str, ...] = ()
        self.log = ""
        self.kept = ""

    @property
    def reason(self) -> str:
        """What and why in one line, for records and tables."""
        return f"{self.what}: {self.why}" if self.why else self.what

    def __str__(self) -> str:
        parts = [self.what]
        if self.why:
            parts.append("why: " + self.why)
        if self.next:
            parts.append("next: " + self.next)
        return "\n".join(parts)


class UsageError(NpwheelError):
    """The command line, or a configuration file, cannot be understood."""

    exit_code = 2


class NotChecked(NpwheelError):
    """Something could not be checked, so nothing may be called fine."""

    exit_code = 3


class UnexpectedError(NpwheelError):
    """An error that npwheel does not know: a fault of its own."""

    exit_code = 4


class EngineError(NpwheelError):
    """No container engine that can run a container."""

    exit_code = 10


class ImageError(NpwheelError):
    """An image can be neither pulled nor made."""

    exit_code = 11


class PlanError(NpwheelError):
    """The plan cannot be made: a target is refused or the index cannot be read."""

    exit_code = 12


class BuildError(NpwheelError):
    """The project does not build in the image."""

    exit_code = 13


class RepairError(NpwheelError):
    """auditwheel cannot repair the wheel."""

    exit_code = 14


class AuditError(NpwheelError):
    """The audit refuses the repaired wheel."""

    exit_code = 15


class ProofError(NpwheelError):
    """The wheel does not import or compute under a NumPy that it admits."""

    exit_code = 16


class RecordError(NpwheelError):
    """`npwheel.json` and the wheels beside it disagree, or it cannot be read."""

    exit_code = 17


class Interrupted(NpwheelError):
    """Ctrl-C: what was started has been removed."""

    exit_code = 130

"""All public reports that the doctor is measured with; docs/doctor-cases.md has the results."""

from doctorlab.reports_first import FIRST
from doctorlab.reports_second import SECOND

MEASURES = {"first": FIRST, "second": SECOND}
REPORTS = (*FIRST, *SECOND)

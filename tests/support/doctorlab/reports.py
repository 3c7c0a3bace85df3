"""All public reports that the doctor is measured with; docs/doctor-cases.md has the results."""

from doctorlab.reports_fifth import FIFTH
from doctorlab.reports_first import FIRST
from doctorlab.reports_fourth import FOURTH
from doctorlab.reports_second import SECOND
from doctorlab.reports_third import THIRD

MEASURES = {"first": FIRST, "second": SECOND, "third": THIRD, "fourth": FOURTH, "fifth": FIFTH}
REPORTS = (*FIRST, *SECOND, *THIRD, *FOURTH, *FIFTH)

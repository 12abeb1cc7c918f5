from . import test_company_calendar
from . import test_absence
from . import test_people_rules
from . import test_leave_authors
from . import test_working_hours

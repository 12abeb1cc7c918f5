from . import test_agent_enrolment
from . import test_agent_report
from . import test_agent_refusals
from . import test_check_definition
from . import test_judge
from . import test_outage
from . import test_monitoring_access
from . import test_sample_table

from . import task_run_wizard
from . import ticket_reason
from . import closing_reason
from . import compliance_print

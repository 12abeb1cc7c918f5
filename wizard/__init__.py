from . import task_run_wizard
from . import compliance_print

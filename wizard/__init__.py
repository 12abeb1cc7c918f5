from . import task_run_wizard
from . import ticket_reason
from . import closing_reason
from . import compliance_print
from . import day_sheet_print
from . import seal_verify
from . import evidence_pack_make

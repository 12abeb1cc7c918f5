from . import asset_label
from . import compliance_monthly, compliance_report, improvement_monthly, monthly_besides
from . import day_sheet
from . import task_run_index, handbook_coverage, handbook_print, cover_report, compliance_heatmap, digest
from . import availability, availability_monthly
from . import ticket_report, ticket_monthly
from . import backup_report, restore_report, backup_monthly
from . import month_names, it_compliance_mail
from . import it_evidence_pack

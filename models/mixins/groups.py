"""Groups that many fields name, as ``groups`` of a field wants them."""

WORKERS = 'it_continuity.it_continuity_group_technician,it_continuity.it_continuity_group_auditor'  # who does the work, and who audits it

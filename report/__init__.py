from . import compliance_monthly, compliance_report

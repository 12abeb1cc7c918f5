from . import compliance_print

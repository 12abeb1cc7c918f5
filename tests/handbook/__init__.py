from . import test_coverage_map
from . import test_handbook_coverage
from . import test_handbook_print
from . import test_printed_html

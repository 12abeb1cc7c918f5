from . import test_improvement_finder
from . import test_improvement_finder_concurrent
from . import test_improvement_course
from . import test_improvement_figures
from . import test_improvement_quota
from . import test_improvement_rights
from . import test_improvement_tour
from . import test_improvement_deed

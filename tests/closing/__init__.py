from . import test_closing_plan
from . import test_closing_step
from . import test_closing_script
from . import test_closing_contributors
from . import test_closing_evidence
from . import test_thread_doors
from . import test_closing_tour

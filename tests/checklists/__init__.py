from . import test_run_checks
from . import test_run_generation
from . import test_run_generation_concurrent
from . import test_run_moves
from . import test_run_guards
from . import test_task_schedule

from . import schedule_mixin
from . import checklist
from . import task
from . import task_generation
from . import task_run
from . import task_run_moves
from . import task_run_board

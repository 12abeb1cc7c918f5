from . import task_run_wizard

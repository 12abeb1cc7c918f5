from . import it_ticket
from . import it_task
from . import it_task_run
from . import today

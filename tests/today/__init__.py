from . import test_run_ticket
from . import test_today_room_tour
from . import test_today_search
from . import test_today_sections
from . import test_ticket_task
from . import test_today_queries

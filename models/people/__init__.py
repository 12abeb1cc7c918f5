from . import resource_calendar_leaves
from . import resource_resource
from . import working_hours
from . import calendar
from . import role
from . import rota
from . import deputy
from . import duty

from . import ticket_reason
from . import closing_reason

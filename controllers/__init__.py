from . import agent_api
from . import ask
from . import health
from . import heartbeat
from . import remote_desktop
from . import spreadsheet_export
from . import ticket_answer

from . import agent_api
from . import remote_desktop
from . import spreadsheet_export

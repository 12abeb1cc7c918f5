from . import agent_api
from . import remote_desktop

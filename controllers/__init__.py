from . import remote_desktop

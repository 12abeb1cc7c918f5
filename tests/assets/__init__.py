from . import test_asset_dependencies
from . import test_remote_desktop

from . import test_asset_dependencies
from . import test_remote_desktop
from . import test_codes
from . import test_setup
from . import test_setup_tour

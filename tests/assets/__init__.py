from . import test_asset_dependencies

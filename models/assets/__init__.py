from . import asset_category
from . import asset
from . import maintenance_equipment
from . import it_role
from . import it_handbook_line
from . import res_users_settings
from . import setup

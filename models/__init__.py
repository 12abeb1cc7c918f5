from . import res_company
from . import mixins
from . import handbook  # floor 0
from . import evidence  # floor 1
from . import people  # floor 1
from . import outbox  # floor 1
from . import assets  # floor 2
from . import monitoring  # floor 3
from . import ir_http
from . import checklists  # floor 4
from . import service_desk  # floor 4
from . import deeds  # floor 5
from . import intake  # floor 5
from . import backups  # floor 5
from . import closing  # floor 5
from . import alerts  # floor 5
from . import improvement  # floor 6
from . import today  # floor 7
from . import res_config_settings  # stands on them

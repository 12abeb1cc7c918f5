from . import res_company
from . import mixins
from . import handbook  # floor 0
from . import evidence  # floor 1
from . import assets  # floor 1
from . import monitoring  # floor 2
from . import ir_http
from . import checklists  # floor 3
from . import service_desk  # floor 3
from . import closing  # floor 4
from . import today  # floor 5

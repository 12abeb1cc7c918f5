from . import res_company
from . import mixins
from . import handbook  # floor 0
from . import assets  # floor 1
from . import checklists  # floor 3

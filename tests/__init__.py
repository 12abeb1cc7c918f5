from .handbook import *
from .assets import *
from .monitoring import *
from .checklists import *
from .service_desk import *
from .closing import *
from . import test_required_fields
from . import test_start_page

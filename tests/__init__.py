from .handbook import *
from .assets import *
from .monitoring import *
from .checklists import *
from .service_desk import *
from .closing import *
from .walk import *

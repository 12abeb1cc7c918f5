from .assets import *
from .handbook import *
from .monitoring import *
from .checklists import *
from .service_desk import *
from .closing import *

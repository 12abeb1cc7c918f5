from .assets import *
from .checklists import *
from .handbook import *
from .service_desk import *
from .closing import *

from .assets import *
from .checklists import *
from .service_desk import *
from .closing import *

from .assets import *
from .monitoring import *
from .service_desk import *
from .closing import *

from .assets import *
from .service_desk import *
from .closing import *

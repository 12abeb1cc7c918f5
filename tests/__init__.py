from . import test_guests
from . import test_uninstall
from .handbook import *
from .assets import *
from .monitoring import *
from .checklists import *
from .service_desk import *
from .closing import *

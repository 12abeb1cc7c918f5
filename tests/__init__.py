from .assets import *
from .checklists import *
from .handbook import *

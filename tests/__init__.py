from .assets import *
from .checklists import *

from .assets import *
from .monitoring import *

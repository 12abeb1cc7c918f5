from .assets import *

from . import test_walk
from . import test_walk_gate

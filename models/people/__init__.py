from . import absence
from . import role
from . import rota
from . import deputy

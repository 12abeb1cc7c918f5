from . import handbook_section
from . import handbook_line

from . import test_closing_plan
from . import test_closing_step
from . import test_closing_script

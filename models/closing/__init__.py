from . import closing_plan_mixin
from . import closing_template
from . import closing_template_step
from . import closing
from . import closing_step
from . import it_handbook_line
from . import role

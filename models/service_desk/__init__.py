from . import ticket_category
from . import ticket
from . import ticket_work
from . import ticket_mail
from . import ticket_step
from . import it_handbook_line
from . import role
from . import setup

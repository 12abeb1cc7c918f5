from . import ticket_category
from . import ticket_mail
from . import ticket
from . import ticket_step
from . import mail_activity
from . import it_handbook_line
from . import role
from . import setup

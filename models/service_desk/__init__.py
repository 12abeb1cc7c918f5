from . import ticket_category
from . import ticket
from . import ticket_work
from . import ticket_duty
from . import ticket_mail
from . import ticket_step
from . import mail_activity
from . import it_handbook_line

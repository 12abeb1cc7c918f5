from . import test_ask
from . import test_ask_tour
from . import test_known_answers
from . import test_ticket_gateway
from . import test_unrouted_mail
from . import test_ticket_link

from . import test_ticket_deed
from . import test_deed_words
from . import test_access_change
from . import test_ticket_deed_tour

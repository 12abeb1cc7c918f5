from . import test_ticket_flow
from . import test_ticket_guard
from . import test_ticket_privacy
from . import test_ticket_categories
from . import test_ticket_evidence

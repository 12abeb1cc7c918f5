from . import test_outbox_queue
from . import test_outbox_sending
from . import test_outbox_people
from . import test_outbox_killed
from . import test_outbox_tour

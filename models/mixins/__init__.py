from . import asking_mixin
from . import two_person_mixin
from . import code_mixin
from . import database
from . import guarded_mixin
from . import mail_message
from . import thread_mixin
from . import used_mixin

from . import two_person_mixin
from . import guarded_mixin
from . import seal_event

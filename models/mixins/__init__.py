from . import two_person_mixin
from . import code_mixin
from . import derived_mixin
from . import evidence_mixin
from . import guarded_mixin
from . import thread_mixin
from . import ir_attachment
from . import seal_event

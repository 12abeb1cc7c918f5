from . import evidence_mixin
from . import ir_attachment
from . import mail_message
from . import seal_event
from . import sealed_mixin
from . import contributors_mixin
from . import seal_audit
from . import evidence_pack

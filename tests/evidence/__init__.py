from . import test_chatter
from . import test_seal_audit
from . import test_seal_log
from . import test_seal_words
from . import test_sealed_records

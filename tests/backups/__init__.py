from . import test_backup_access
from . import test_backup_chain
from . import test_backup_offline
from . import test_backup_run
from . import test_backup_tour
from . import test_internet_tour
from . import test_restore_drill

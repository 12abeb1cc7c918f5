"""``python -m itc_agent`` is the same as the ``itc-agent`` command."""
import sys

from .cli import main

sys.exit(main())

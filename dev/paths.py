"""Where everything that `python3 dev` sets up lives.

All of it is under one folder, `.dev/` in the checkout (or ``ITC_DEV_HOME``), ignored by git: deleting it undoes everything.
"""
import os
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get('ITC_DEV_HOME') or REPO / '.dev').resolve()

ODOO_ROOT = HOME / 'odoo'                  # Debian's packages, unpacked
VENV = HOME / 'venv'
NPM = HOME / 'npm'                         # what only the tests need, from npm's registry
AXE_CORE = NPM / 'node_modules' / 'axe-core' / 'axe.min.js'
PGDATA = HOME / 'pgdata'
DATA_DIR = HOME / 'data'                   # Odoo's filestore
ADDONS = HOME / 'addons'                   # holds one link, it_continuity -> the checkout
ADDONS_COPY = HOME / 'addons-copy'         # holds a copy of it, for who follows no links
LOGS = HOME / 'logs'
TMP = HOME / 'tmp'                         # what must not lie in the folder that all users of the machine share
AGENT_STATE = HOME / 'agent'
BACKUPS = HOME / 'backups'                 # the folder in which `run` puts a real dump
STAMPS = HOME / 'stamps'                   # one file a finished step, holding what it was made from

PYTHON = VENV / 'bin' / 'python'
DIST_PACKAGES = ODOO_ROOT / 'usr' / 'lib' / 'python3' / 'dist-packages'

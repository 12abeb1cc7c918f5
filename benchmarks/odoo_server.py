"""Odoo's command line as a file: prefork starts its second server by running the same file again, which `-m odoo` does not survive."""
from odoo.cli.command import main

main()

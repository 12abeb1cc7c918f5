from odoo import SUPERUSER_ID, api

TEMPLATE = 'it_continuity.mail_template_compliance_monthly'


def migrate(cr, version):
    """Let the mail of a month tell what there was besides runs, unless somebody has changed its text."""
    template = api.Environment(cr, SUPERUSER_ID, {}).ref(TEMPLATE, raise_if_not_found=False)
    if template and template.write_uid.id == SUPERUSER_ID and template.template_fs:
        template.reset_template()

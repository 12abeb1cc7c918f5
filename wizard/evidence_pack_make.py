from odoo import models


class ItCompliancePrint(models.TransientModel):
    """The month to print is also the month to hand over as evidence."""
    _inherit = 'it.compliance.print'

    def action_make_pack(self):
        """Make the month's evidence pack of all checklists and hand it over."""
        self.ensure_one()
        self.company_id.check_access('read')
        self.check_access('write')
        pack = self.env['it.evidence.pack']._make(self.company_id, self.first_day)
        return {
            'type': 'ir.actions.act_url', 'target': 'download',
            'url': f'/web/content/it.evidence.pack/{pack.id}/content/{pack.filename}?download=true',
        }

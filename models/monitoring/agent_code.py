from odoo import api, fields, models


class ItAgentCode(models.TransientModel):
    """Shows a fresh enrolment code. Nothing of it is stored: a dump of the database must not let anybody enrol."""
    _name = 'it.agent.code'
    _description = "Enrolment Code"
    _inherit = ['it.asking.mixin']

    agent_id = fields.Many2one('it.agent', store=False, readonly=True)
    code = fields.Char(store=False, readonly=True)
    command = fields.Char(compute='_compute_command', help="To run on the host, as its administrator.")

    @api.depends('code')
    def _compute_command(self):
        base_url = self.env['ir.config_parameter'].sudo().get_param('web.base.url')
        for shown in self:
            shown.command = f"itc-agent enrol --url {base_url} --database {self.env.cr.dbname} --code {shown.code or ''}"

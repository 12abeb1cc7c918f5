from odoo import api, fields, models


class ResCompany(models.Model):
    """To which address a company's colleagues write, and what becomes of others' mail."""
    _inherit = 'res.company'

    itc_ticket_alias_id = fields.Many2one('mail.alias', string="IT Continuity: address for tickets", copy=False, ondelete='set null')
    itc_ticket_alias_name = fields.Char(
        "IT Continuity: name of the address for tickets", compute='_compute_itc_ticket_alias_name', inverse='_inverse_itc_ticket_alias_name')
    itc_mail_strangers = fields.Selection(
        [('list', "Put it on the list “Mail not routed”"), ('refuse', "Refuse it by mail")], "IT Continuity: mail of strangers", default='list', required=True)

    # === COMPUTE METHODS === #

    @api.depends('itc_ticket_alias_id.alias_name')
    def _compute_itc_ticket_alias_name(self):
        for company in self:
            company.itc_ticket_alias_name = company.sudo().itc_ticket_alias_id.alias_name  # no secret: it stands in every mail

    def _inverse_itc_ticket_alias_name(self):
        """Make, rename or switch off the company's address, in the domain of its mail."""
        for company in self:
            # sudo: who may change the company may say what its address is
            alias_sudo, name = company.sudo().itc_ticket_alias_id, company.itc_ticket_alias_name
            domain = company.sudo().alias_domain_id
            if alias_sudo:
                alias_sudo.write({'alias_name': name or False, **({'alias_domain_id': domain.id} if alias_sudo.alias_domain_id != domain else {})})
            elif name:
                company.sudo().itc_ticket_alias_id = self.env['mail.alias'].sudo().create({
                    'alias_name': name, 'alias_model_id': self.env['ir.model']._get_id('it.ticket'), 'alias_contact': 'everyone',
                    'alias_domain_id': domain.id})

from odoo import api, fields, models


class ResCompany(models.Model):
    """To which address a company's colleagues write, and what becomes of others' mail and of silence; and the requests for which it was made or changed."""
    _name = 'res.company'
    _inherit = ['res.company', 'it.ticket.subject.mixin']

    itc_ticket_alias_id = fields.Many2one('mail.alias', string="IT Continuity: address for tickets", copy=False, ondelete='set null')
    itc_ticket_alias_name = fields.Char(
        "IT Continuity: name of the address for tickets", compute='_compute_itc_ticket_alias_name', inverse='_inverse_itc_ticket_alias_name')
    itc_mail_strangers = fields.Selection(
        [('list', "Put it on the list “Mail not routed”"), ('refuse', "Refuse it by mail")], "IT Continuity: mail of strangers", default='list', required=True)
    itc_silent_auto = fields.Boolean("IT Continuity: close tickets without an answer", default=True)

    itc_sla_warn_percent = fields.Integer(
        "IT Continuity: warn when so much of the promised time is used, percent", default=75, required=True,
        help="Whoever has the ticket, or the role on duty, hears of it then. Zero: nobody is warned or called to a late ticket.")

    _itc_sla_warn_sane = models.Constraint(
        'CHECK(itc_sla_warn_percent BETWEEN 0 AND 99)', "Service targets: warn from 1 to 99 percent of the time, or 0 for never.")

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

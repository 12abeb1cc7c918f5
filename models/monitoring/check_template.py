from odoo import api, fields, models
from odoo.exceptions import UserError

from .check import LOOKED_AT


class ItCheckTemplate(models.Model):
    _name = 'it.check.template'
    _description = "Check Template"
    _inherit = ['it.check.definition.mixin', 'it.derived.mixin', 'it.code.mixin']
    _order = 'sequence, name'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    asset_id = fields.Many2one('it.asset', index='btree_not_null', help="What such a check is about; empty: the host.")
    company_id = fields.Many2one(
        related='asset_id.company_id', store=True, index=True, help="That of the asset. Empty: every company may use it.")
    is_automatic = fields.Boolean("On every host", help="Every host gets this check when it is confirmed.")
    note = fields.Text(translate=True, help="What to adapt before the template is used on a host.")
    check_ids = fields.One2many('it.check', 'template_id', string="Checks")
    check_count = fields.Integer("Number of checks", compute='_compute_check_count')

    _code_company_uniq = models.UniqueIndex('(code, COALESCE(company_id, 0))', "Two check templates cannot have the same code.")

    @api.depends('check_ids')
    def _compute_check_count(self):
        counts = dict(self.env['it.check']._read_group([('template_id', 'in', self.ids)], ['template_id'], ['__count']))
        for template in self:
            template.check_count = counts.get(template, 0)

    # === CRUD METHODS === #

    def write(self, vals):
        """Note which checks look at what these templates say now."""
        result = super().write(vals)
        if LOOKED_AT & vals.keys():
            checks_sudo = self.sudo().with_context(active_test=False).check_ids  # a manager's template may have checks in other companies
            checks_sudo._follow_template()
        return result

    # === BUSINESS METHODS === #

    def create_check(self, agent_id, settings=None):
        """Create a check of this template on an agent.

        :param agent_id: id of the agent
        :param settings: this host's values; they replace those of the template, name by name
        :return: id of the check
        """
        self.ensure_one()
        agent = self.env['it.agent'].browse(agent_id).exists()
        if not agent:
            raise UserError(self.env._("This agent does not exist any more."))
        return self._create_checks(agent, settings).id

    def _create_checks(self, agent, settings=None):
        """Create one check a template on ``agent`` and return them."""
        return self.env['it.check'].create([{
            'agent_id': agent.id,
            'template_id': template.id,
            **template._prepare_check(agent),
            'settings': {**(template.settings or {}), **(settings or {})},
        } for template in self])

    def _prepare_check(self, agent):
        """Return what a check on ``agent`` takes from this template."""
        self.ensure_one()
        return {
            'name': self.name,
            'kind': self.kind,
            'asset_id': (self.asset_id or agent.asset_id).id,
            'settings': self.settings,
            'every_s': self.every_s,
            'timeout_s': self.timeout_s,
            'max_attempts': self.max_attempts,
            **({'limits': self.limits} if self.limits else {}),
        }

    def _published_kind(self):
        """Any agent's word on this kind will do: a template belongs to no host."""
        return self.env['it.check.kind'].search([('kind', '=', self.kind)], limit=1)

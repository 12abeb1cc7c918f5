from odoo import api, fields, models

READER_GROUPS = 'it_continuity.it_continuity_group_technician,it_continuity.it_continuity_group_auditor'


class ItRole(models.Model):
    _name = 'it.role'
    _description = "IT Role"
    _inherit = ['it.used.mixin', 'it.code.mixin']
    _code_by_company = True
    _order = 'sequence, name'

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    user_ids = fields.Many2many('res.users', string="People", domain="[('share', '=', False)]")
    manager_ids = fields.Many2many(
        'res.users', 'it_role_manager_rel', string="Managers", domain="[('share', '=', False)]",
        help="Who hears of what this role missed; empty: every manager of IT Continuity.")
    is_empty = fields.Boolean("Nobody in it", compute='_compute_is_empty', search='_search_is_empty')
    uses_text = fields.Char(
        "Belongs to it", compute='_compute_uses_text', groups=READER_GROUPS, help="What reaches nobody while nobody is in the role.")
    company_id = fields.Many2one('res.company', index=True, help="Empty: the role exists in every company.")
    active = fields.Boolean(default=True)

    _code_company_uniq = models.UniqueIndex('(code, COALESCE(company_id, 0))', "This role code is already used.")

    # === COMPUTE METHODS === #

    @api.depends('name', 'is_empty')
    @api.depends_context('lang')
    def _compute_display_name(self):
        """Warn wherever the role shows: what belongs to nobody is done by nobody."""
        for role in self:
            role.display_name = self.env._("%(role)s (nobody in it)", role=role.name) if role.is_empty and role.name else role.name

    @api.depends('user_ids', 'user_ids.active')
    def _compute_is_empty(self):
        for role in self:
            role.is_empty = not role.user_ids.filtered('active')

    def _search_is_empty(self, operator, value):
        if operator != 'in':
            return NotImplemented
        empty = self.with_context(active_test=False).search([]).filtered('is_empty')  # a dozen roles  # pylint: disable=no-search-all
        return [('id', 'in' if True in value else 'not in', empty.ids)]

    def _compute_uses_text(self):
        uses = self._uses()
        for role in self:
            role.uses_text = ", ".join(uses.get(role.id, ())) or False

    # === BUSINESS METHODS === #

    def _uses(self):
        """Return ``{role id: ["12 assets", …]}``: what belongs to these roles. Rooms above add theirs, each by one query."""
        return {}

    def _add_uses(self, uses, model, words):
        """Add how many records of ``model`` name each of these roles; ``words`` turns a number into words."""
        for role, count in self.env[model]._read_group([('role_id', 'in', self._origin.ids)], ['role_id'], ['__count']):
            uses.setdefault(role.id, []).append(words(count))
        return uses

from odoo import SUPERUSER_ID, api, fields, models
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
    kind_choice = fields.Selection(
        '_selection_kind_choice', "What to look at", compute='_compute_kind_choice', inverse='_inverse_kind_choice',
        help="One of the kinds of checks that an agent offers.")
    has_kinds = fields.Boolean(compute='_compute_has_kinds', help="Whether there are kinds to choose from; before the first host one is typed.")
    check_ids = fields.One2many('it.check', 'template_id', string="Checks")
    check_count = fields.Integer("Number of checks", compute='_compute_check_count')

    _code_company_uniq = models.UniqueIndex('(code, COALESCE(company_id, 0))', "Two check templates cannot have the same code.")

    @api.depends('check_ids')
    def _compute_check_count(self):
        counts = dict(self.env['it.check']._read_group([('template_id', 'in', self.ids)], ['template_id'], ['__count']))
        for template in self:
            template.check_count = counts.get(template, 0)

    @api.depends('kind')
    def _compute_kind_choice(self):
        for template in self:
            template.kind_choice = template.kind

    def _compute_has_kinds(self):
        # sudo: as in `_selection_kind_choice`, which says what they are
        named = self.sudo().with_context(active_test=False).search_count([], limit=1)
        self.has_kinds = bool(named or self.env['it.check.kind'].sudo().search_count([], limit=1))

    def _inverse_kind_choice(self):
        for template in self:
            template.kind = template.kind_choice

    # === SELECTION METHODS === #

    @api.model
    def _selection_kind_choice(self):
        """Return every kind that an agent offers, by its title, and those that a template names though no agent has told of them."""
        # sudo: what agents can look at is no secret of the company that has the host
        told = self.env['it.check.kind'].sudo()._read_group([], ['kind', 'title'], ['write_date:max'], order='write_date:max')
        named = [kind for [kind] in self.sudo().with_context(active_test=False)._read_group([], ['kind'])]
        titles = {**{kind: kind for kind in named}, **{kind: f"{title} ({kind})" for kind, title, _newest in told}}
        return sorted(titles.items(), key=lambda one: one[1].casefold())

    # === ONCHANGE METHODS === #

    @api.onchange('kind_choice')
    def _onchange_kind_choice(self):
        """Show the inputs of the kind at once."""
        if self.kind_choice:
            self.kind = self.kind_choice

    # === CONSTRAINT METHODS === #

    @api.constrains('settings', 'kind')
    def _check_settings_against_published(self):
        """Refuse what every agent that offers the kind would refuse; what is required may be left to the site.

        Our own templates may be ahead of the agents: they are not judged.
        """
        self._check_shape_of_definition()
        for template, kinds in self._judged_kinds():
            best = max(kinds, key=lambda kind: len((template.settings or {}).keys() & kind._setting_types().keys()))
            template._check_settings(best.settings or [], template.kind, needs_all=False)

    @api.constrains('limits', 'kind')
    def _check_limits_against_published(self):
        self._check_shape_of_definition()
        for template, kinds in self._judged_kinds():
            template._check_limits({one['name'] for kind in kinds for one in kind.metrics or []}, template.kind)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._prefer_values(vals) for vals in vals_list]
        return super(ItCheckTemplate, self._noting_settings({})).create(vals_list).with_env(self.env)

    def write(self, vals):
        """Note which checks look at what these templates say now."""
        vals = self._prefer_values(vals)
        result = super(ItCheckTemplate, self._noting_settings(vals)).write(vals)
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
            'grace_s': self.grace_s,
            'timeout_s': self.timeout_s,
            'max_attempts': self.max_attempts,
            **({'limits': self.limits} if self.limits else {}),
        }

    def _looked_at_in(self, companies):
        """Return those of these templates of which a check works that a manager answers for: ``{company: templates}``.

        One that could not look lately, or that somebody else made as the template says, spares nobody a question.
        """
        checks_sudo = self.env['it.check'].sudo()  # on whatever host, also one that the reader does not see
        pairs = checks_sudo._read_group([
            ('template_id', 'in', self.ids), ('settings_basis', '!=', 'none'), ('settings_accepted_by_id', '!=', False), ('agent_id.state', '=', 'active'),
            ('effective_state', 'in', ('ok', 'warning', 'critical'))], ['template_id', 'company_id']) if self else []
        return {company: self.filtered(lambda template, company=company: any(
            found == template and where in (company, company.browse()) for found, where in pairs)) for company in companies}

    def _published_kind(self):
        """Any agent's word on this kind will do, the newest is best: a template belongs to no host."""
        return self.env['it.check.kind'].search([('kind', '=', self.kind)], order='write_date desc, id desc', limit=1)

    def _judged_kinds(self):
        """Yield each of these templates that a person wrote and of whose kind an agent has told, with all that was told."""
        for template in () if self.env.uid == SUPERUSER_ID else self:
            kinds = self.env['it.check.kind'].search([('kind', '=', template.kind)])
            if kinds:
                yield template, kinds

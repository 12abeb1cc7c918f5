from odoo import api, fields, models

from ...lib import check_text


class ItCheckKind(models.Model):
    """What one agent can look at, as it told itself. The server keeps no list of its own."""
    _name = 'it.check.kind'
    _description = "Kind of Check an Agent Offers"
    _order = 'title, id'
    _rec_name = 'title'

    agent_id = fields.Many2one('it.agent', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='agent_id.company_id', store=True, index=True)
    kind = fields.Char(required=True)
    title = fields.Char(required=True)
    help = fields.Text()
    every_s = fields.Integer("Every", help="Seconds between two looks, as the agent suggests.")
    settings = fields.Json()
    metrics = fields.Json()
    limits = fields.Json()
    manual = fields.Text(compute='_compute_manual', help="Settings and metrics, readable.")

    _kind_uniq = models.Constraint('UNIQUE(agent_id, kind)', "An agent offers each kind once.")

    @api.depends('help', 'settings', 'metrics')
    def _compute_manual(self):
        for kind in self:
            lines = [kind.help or '', '', self.env._("Settings:")]
            for one in kind.settings or []:
                default = self.env._("required") if one['required'] else f"{one['default']!r}"
                lines.append(f"  {one['name']} ({one['type']}, {default}): {one['help']}")
            lines += ['', self.env._("Metrics for limits:")]
            lines += [f"  {one['name']} [{one['unit']}]: {one['help']}" for one in kind.metrics or []]
            kind.manual = '\n'.join(lines).strip()

    def _settings_help(self):
        """Return one line a setting: an example, its type and what it means; nothing for an empty record."""
        types = self._type_words()
        by_need = sorted(self.settings or [], key=lambda one: not one['required'])
        return '\n'.join(
            self.env._("%(example)s   (required, %(type)s) %(help)s", example=example, type=types[one['type']], help=one['help'])
            if one['required'] else
            self.env._("%(example)s   (%(type)s) %(help)s", example=example, type=types[one['type']], help=one['help'])
            for example, one in zip(check_text.example_settings(by_need, every=True), by_need, strict=True))

    @api.model
    def _type_words(self):
        """Return what a value of each type of setting is, in words."""
        return {
            'str': self.env._("text"), 'int': self.env._("a whole number"), 'float': self.env._("a number"),
            'bool': self.env._("true or false"), 'list': self.env._("a list, one line each"),
        }

    def _for_form(self):
        """Return what a form needs to make inputs of this kind: ``{settings, metrics, limits}``, None for an empty record.

        A setting is as the agent published it, and its unit; what is required comes first.
        """
        if not self:
            return None
        by_need = sorted(self.settings or [], key=lambda one: not one['required'])
        return {
            'settings': [{**one, 'unit': check_text.setting_unit(one['name'], one['type'])} for one in by_need],
            'metrics': self.metrics or [],
            'limits': self.limits or [],
        }

    def _setting_types(self):
        """Return setting name to type; nothing for an empty record."""
        return {one['name']: one['type'] for one in self.settings or []}

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...lib import graph

REMOTE_GROUPS = 'it_continuity.it_continuity_group_technician,it_continuity.it_continuity_group_auditor'


class ItAsset(models.Model):
    _name = 'it.asset'
    _description = "IT Asset"
    _inherit = ['it.used.mixin', 'it.thread.mixin', 'mail.activity.mixin']
    _order = 'criticality desc, name'
    _check_company_auto = True

    @api.model
    def _default_category_id(self):
        """Return the category that most assets of the asked kind have, so that a host added by its name alone is complete."""
        kind = self.env.context.get('default_kind')
        if not kind:
            return False
        usual = self._read_group([('kind', '=', kind)], ['category_id'], order='__count DESC, category_id', limit=1)
        return usual[0][0] if usual else self.env['it.asset.category'].search([], limit=1)

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one('res.company', default=lambda self: self.env.company, index=True)
    category_id = fields.Many2one('it.asset.category', required=True, default=lambda self: self._default_category_id(), index=True)
    kind = fields.Selection(
        selection=[
            ('host', "Host"),
            ('service', "Service"),
            ('application', "Application"),
            ('database_prod', "Database, production"),
            ('database_test', "Database, Testbed"),
            ('backup', "Backup system"),
            ('ups', "UPS"),
            ('printer', "Printer"),
            ('network', "Network device"),
            ('pos', "Point of sale machine"),
            ('software', "Software"),
            ('credential', "Credential reference"),
        ],
        required=True,
        default='application',
    )
    criticality = fields.Selection(
        selection=[('0', "Low"), ('1', "Medium"), ('2', "High"), ('3', "Critical")],
        required=True,
        default='1',
        tracking=True,
        help="How badly the company is hurt while this does not work.",
    )
    owner_id = fields.Many2one('res.users', domain="[('share', '=', False)]", tracking=True)
    role_id = fields.Many2one('it.role', string="Responsible role", check_company=True)
    department_id = fields.Many2one('hr.department', check_company=True)
    location = fields.Char(help="Where it stands, as a colleague would say it: server room, front office, …")
    host_id = fields.Many2one(
        'it.asset', string="Runs on", domain="[('kind', '=', 'host')]", check_company=True, index='btree_not_null',
        help="The host without which this stops.")
    hosted_ids = fields.One2many('it.asset', 'host_id', string="Runs here")
    depends_on_ids = fields.Many2many(
        'it.asset', 'it_asset_dependency', 'asset_id', 'depends_on_id', string="Depends on", check_company=True)
    dependent_ids = fields.Many2many(
        'it.asset', 'it_asset_dependency', 'depends_on_id', 'asset_id', string="Needed by", check_company=True)
    impact_ids = fields.Many2many(
        'it.asset', string="Stops with it", compute='_compute_impact_ids',
        help="What stops if this stops, directly or through others.")
    impact_count = fields.Integer(compute='_compute_impact_ids')
    rto_h = fields.Float("RTO", help="Recovery time objective: hours within which it must work again.")
    rpo_h = fields.Float("RPO", help="Recovery point objective: hours of data that may be lost at most.")
    equipment_id = fields.Many2one(
        'maintenance.equipment', check_company=True, index='btree_not_null',
        help="The physical thing in Maintenance: serial number, warranty, maintenance requests.")
    rustdesk_id = fields.Char("RustDesk ID", groups=REMOTE_GROUPS)
    anydesk_id = fields.Char("AnyDesk ID", groups=REMOTE_GROUPS)
    tailscale_name = fields.Char("Tailscale name", groups=REMOTE_GROUPS)
    rdp_host = fields.Char(
        "RDP host", groups=REMOTE_GROUPS,
        help="Name or address for Remote Desktop Connection from the local network, with :port if it is not 3389.")
    credential_ref = fields.Char(
        "Credential reference", groups=REMOTE_GROUPS,
        help="Where the secret is kept: safe, vault and entry. Never the secret itself.")
    line_ids = fields.Many2many('it.handbook.line', string="Handbook lines")
    note = fields.Html()

    _rto_positive = models.Constraint('CHECK(rto_h >= 0 AND rpo_h >= 0)', "RTO and RPO are hours and cannot be negative.")

    # === COMPUTE METHODS === #

    @api.depends('depends_on_ids', 'dependent_ids', 'host_id', 'hosted_ids')
    def _compute_impact_ids(self):
        needed_by = self._needed_by_edges()
        for asset in self:
            ids = graph.transitive(needed_by, asset._origin.id)
            asset.impact_ids = self.browse(ids)._filtered_access('read')
            asset.impact_count = len(asset.impact_ids)

    # === CONSTRAINT METHODS === #

    @api.constrains('depends_on_ids', 'dependent_ids', 'host_id')
    def _check_no_cycle(self):
        cycle = graph.find_cycle(self._needed_by_edges())
        if cycle:
            names = " → ".join(self.browse(cycle).sudo().mapped('name'))
            raise ValidationError(self.env._(
                "These assets would need one another in a circle: %(names)s. Remove one of the dependencies.", names=names))

    @api.constrains('credential_ref')
    def _check_credential_ref(self):
        """Refuse what looks like a secret: the field names the place where the secret is kept."""
        for asset in self:
            reference = asset.credential_ref or ''
            if 'password' in reference.lower() and any(sign in reference for sign in ':='):
                raise ValidationError(self.env._(
                    "“Credential reference” says where the secret is kept (vault and entry). Never write the secret itself."))

    # === ACTION METHODS === #

    def action_open_impact(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Stops with %(name)s", name=self.name),
            'res_model': 'it.asset',
            'view_mode': 'list,form',
            'domain': [('id', 'in', self.impact_ids.ids)],
        }

    # === BUSINESS METHODS === #

    @api.model
    def _needed_by_edges(self):
        """Return the whole graph as ``{asset id: ids of the assets that stop with it}``, hosts included."""
        self.env['it.asset'].flush_model(['host_id', 'depends_on_ids'])
        self.env.cr.execute("""
            SELECT depends_on_id, asset_id FROM it_asset_dependency
            UNION
            SELECT host_id, id FROM it_asset WHERE host_id IS NOT NULL
        """)
        edges = {}
        for needed, dependent in self.env.cr.fetchall():
            edges.setdefault(needed, set()).add(dependent)
        return edges

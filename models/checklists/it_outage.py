from odoo import models


class ItOutage(models.Model):
    _inherit = 'it.outage'

    def _settled(self):
        excuses_sudo = self.env['it.run.excuse'].sudo()  # what is accepted is settled for everyone who sees the outage
        rows = excuses_sudo._read_group([('outage_id', 'in', self.ids), ('state', '=', 'granted')], ['outage_id'])
        return super()._settled() | self.browse(outage.id for [outage] in rows)

    def _frozen(self):
        """Return this one outage as plain data that stands alone, whatever changes later: what an excuse by it rests on."""
        return {
            'kind': self.kind, 'cause': self.cause or '', 'asset': self.asset_id.id or None, 'asset_name': self.asset_id.name or '',
            'source': self.source, 'reported_by': self.reported_by_id.id or None, 'reported_by_login': self.reported_by_id.login or '',
            'logged_at': self.create_date.isoformat(timespec='seconds'),
        }

from odoo import api, models

from . import qr_code

COLUMNS = 2


class ReportAssetLabel(models.AbstractModel):
    """Labels to stick on systems: whoever scans one says what is wrong with it."""
    _name = 'report.it_continuity.asset_label'
    _description = "Label of an Asset"

    @api.model
    def _get_report_values(self, docids, data=None):
        docs = self.env['it.asset'].browse(docids)
        labels = [self._label(asset) for asset in docs]
        return {
            'doc_ids': docids, 'doc_model': docs._name, 'docs': docs,
            'rows': [labels[place:place + COLUMNS] for place in range(0, len(labels), COLUMNS)]}

    def _label(self, asset):
        """Return what one label prints: ``{'name', 'location', 'company', 'url', 'qr'}``; the address tells nothing but a number."""
        url = f'{asset.get_base_url()}/itc/a/{asset.id}'
        return {
            'name': asset.name, 'location': asset.location or '', 'company': (asset.company_id or self.env.company).name,
            'url': url.partition('://')[2], 'qr': qr_code.data_uri(url)}

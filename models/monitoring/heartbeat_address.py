from odoo import api, fields, models


class ItHeartbeatAddress(models.TransientModel):
    """Shows a fresh address. Nothing of it is stored: who reads a dump of the database must not be able to say that a job succeeded."""
    _name = 'it.heartbeat.address'
    _description = "Address of a Heartbeat"
    _inherit = ['it.asking.mixin']

    heartbeat_id = fields.Many2one('it.heartbeat', store=False, readonly=True)
    is_key = fields.Boolean(store=False, readonly=True)
    secret = fields.Char(store=False, readonly=True)
    url = fields.Char("Address", compute='_compute_lines')
    bash = fields.Char("In a shell script", compute='_compute_lines')
    powershell = fields.Char("In PowerShell", compute='_compute_lines')
    crontab = fields.Char("In a crontab", compute='_compute_lines')

    @api.depends('secret', 'is_key', 'heartbeat_id')
    def _compute_lines(self):
        # The address is no secret: it stands in every mail of this Odoo.
        base_url = self.env['ir.config_parameter'].sudo().get_param('web.base.url')
        for shown in self:
            one = shown.heartbeat_id
            url = f"{base_url}/it_continuity/ping/{shown.secret or ''}" + (f"/{one.code or 'short-name'}" if shown.is_key else '')
            shown.url = url
            shown.bash = '\n'.join((
                f"url={url}",
                'curl -fsS -m 10 --retry 5 -o /dev/null "$url/start"',
                'log=$(/usr/local/bin/backup.sh 2>&1); code=$?',
                'printf %s "$log" | curl -fsS -m 10 --retry 5 -o /dev/null --data-binary @- "$url/$code"'))
            shown.powershell = '\n'.join((
                f'$url = "{url}"',
                'Invoke-RestMethod "$url/start" -TimeoutSec 10 | Out-Null',
                '$global:LASTEXITCODE = 0',
                'try { $log = & C:\\Scripts\\backup.ps1 2>&1 | Out-String; $code = $LASTEXITCODE } catch { $log = "$_"; $code = 1 }',
                'Invoke-RestMethod "$url/$code" -Method Post -Body $log -TimeoutSec 10 | Out-Null'))
            line = one.cron_line if one.schedule_kind == 'cron' and one.cron_line else '0 2 * * *'
            shown.crontab = f"{line} /usr/local/bin/backup.sh; curl -fsS -m 10 --retry 5 -o /dev/null {url}/$?"

import base64
import hashlib
import io
import json
import logging
import zipfile
from pathlib import Path

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ...lib import local_time
from ..mixins import clock

_logger = logging.getLogger(__name__)

VERIFIER = Path(__file__).parents[2] / 'lib' / 'seal_verifier.py'


class ItEvidencePack(models.Model):
    """A month's evidence in one file that needs no Odoo: the compliance PDF, the sealed log, and a program that checks it."""
    _name = 'it.evidence.pack'
    _description = "Evidence Pack"
    _inherit = ['it.evidence.mixin']
    _order = 'first_day desc, id desc'
    _check_company_auto = True
    _allow_sudo_commands = False

    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True, ondelete='restrict')
    first_day = fields.Date("Month", required=True, readonly=True)
    content = fields.Binary("File", required=True, readonly=True, attachment=True)
    filename = fields.Char("File name", required=True, readonly=True)
    sha256 = fields.Char("SHA-256", readonly=True, help="Of the whole file; write it down elsewhere.")
    head_seq = fields.Integer("Last event", readonly=True)
    head_hash = fields.Char("Last seal", readonly=True)

    # === COMPUTE METHODS === #

    @api.depends('first_day', 'company_id')
    def _compute_display_name(self):
        for pack in self:
            pack.display_name = f"{format_date(self.env, pack.first_day, date_format='LLLL yyyy')} · {pack.company_id.name}"

    # === CRUD METHODS === #

    def write(self, vals):  # nothing may be written  # pylint: disable=method-required-super
        raise UserError(self.env._("An evidence pack never changes. Make another one."))

    # === CRON === #

    @api.model
    def _cron_make(self):
        """Make last month's pack of every company that has none; one that fails leaves the others alone."""
        failed = None
        for company in self.env['res.company'].search([], order='id'):  # every company  # pylint: disable=no-search-all
            first_day = self._last_month(company)
            if self._is_made(company, first_day):
                continue
            try:
                with self.env.cr.savepoint():
                    self._make(company, first_day)
            except Exception as error:  # noqa: BLE001  whatever it is, the other companies' packs are due too
                _logger.warning("No evidence pack for company %s: %s", company.id, error)
                failed = error
            self.env['ir.cron']._commit_progress(1)
        if failed:
            raise failed

    # === BUSINESS METHODS === #

    def _closed_records(self):
        return self

    @api.model
    def _last_month(self, company):
        today = clock.today(self.env, company)
        return today.replace(day=1) - relativedelta(months=1)

    @api.model
    def _is_made(self, company, first_day):
        """Tell whether there is a pack of the whole month: one that was made while the month ran lacks its end."""
        end_at = self._month_start(company, first_day + relativedelta(months=1))
        return bool(self.search_count(
            [('company_id', '=', company.id), ('first_day', '=', first_day), ('create_date', '>=', end_at)], limit=1))

    @api.model
    def _month_start(self, company, first_day):
        """Return the naive UTC moment at which a month begins by the company's clock."""
        return local_time.to_utc(first_day, 0, company.itc_tz)

    @api.model
    def _make(self, company, first_day):
        """Return a new pack. The caller has checked that this person may have it; it holds all of the company's runs of the month."""
        self_sudo = self.sudo()
        self.env.cr.flush()
        self_sudo.env['it.seal.event']._seal_waiting(company.id)
        chain = self_sudo._chain(company, first_day)
        content = self._zip({
            **self_sudo._report_files(company, first_day),
            'chain.json': (json.dumps(chain, ensure_ascii=False, indent=0) + '\n').encode(),
            'verify.py': VERIFIER.read_bytes(),
        })
        return self_sudo.create({
            'company_id': company.id, 'first_day': first_day, 'content': base64.b64encode(content),
            'filename': f'evidence-{company.id}-{first_day:%Y-%m}.zip', 'sha256': hashlib.sha256(content).hexdigest(),
            'head_seq': chain['head']['seq'], 'head_hash': chain['head']['hash'],
        })

    def _chain(self, company, first_day):
        """Return the log from the month's first event on, as ``lib/seal_verifier.py`` reads it.

        It goes on to the present end: what a host saw until now can then be compared event by event.
        """
        events = self.env['it.seal.event']
        start_at = self._month_start(company, first_day)
        [[first]] = self.env.execute_query(SQL(
            "SELECT min(seq) FROM it_seal_event WHERE company_id = %s AND at >= %s AND hash IS NOT NULL", company.id, start_at))
        head = events._head(company.id)
        after = first - 1 if first else head.seq
        links = list(events._links(company.id, after))
        start_hash = links[0].prev if links else head.hash
        return {
            'db_id': self.env['it.database']._db_id(), 'company': company.id, 'company_name': company.name, 'month': f'{first_day:%Y-%m}',
            'made_at': f'{clock.now(self.env).isoformat(timespec="seconds")}Z',
            'start': {'seq': after, 'hash': start_hash}, 'head': {'seq': head.seq, 'hash': head.hash},
            'events': [[link.seq, link.model, link.res_id, link.content, link.prev, link.hash] for link in links],
        }

    @api.model
    def _report_files(self, company, first_day):
        """Return ``{file name: bytes}`` of what tells people of the month; whoever makes a report adds it."""
        return {}

    @api.model
    def _zip(self, files):
        """Return a ZIP of files with their sums; the same files give the same bytes."""
        sums = ''.join(f'{hashlib.sha256(content).hexdigest()}  {name}\n' for name, content in files.items())
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as pack:
            for name, content in {**files, 'SHA256SUMS': sums.encode()}.items():
                pack.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
        return buffer.getvalue()

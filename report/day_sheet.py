import textwrap

from odoo import api, models
from odoo.tools import format_date, html2plaintext

from ..lib import local_time, task_item
from ..models.mixins import clock
from ..models.mixins.time_words import hour_text, moment_text, wall_text
from . import qr_code

INSTRUCTIONS_CHARS = 320
EVIDENCE_CHARS = 200


class ReportDaySheet(models.AbstractModel):
    """The runs of a day on paper, by checklist and hour."""
    _name = 'report.it_continuity.day_sheet'
    _description = "Day Sheet"

    @api.model
    def _get_report_values(self, docids, data=None):
        docs = self.env['it.day.sheet.print'].browse(docids)
        return {'doc_ids': docids, 'doc_model': docs._name, 'docs': docs, 'sheets': [self._sheet(doc) for doc in docs]}

    def _sheet(self, doc):
        """Return what one sheet prints.

        :return: ``{'company', 'name_of': see ItRunPinsMixin._namer, 'day': text, 'short_day': text, 'count', 'printed_at': text, 'checklists': [(checklist, [(hour text, rows)])]}``,
            a row as ``_row`` gives it
        """
        runs = doc._runs()
        runs.fetch()  # all at once, where the ORM would ask for each thousand
        runs.fetch(['item_ids'])
        runs.item_ids.fetch()
        by_checklist = runs.grouped('checklist_id')
        name_of = runs._namer()
        return {
            'company': doc.company_id,
            'name_of': name_of,
            'day': format_date(self.env, doc.date, date_format='EEEE, d MMMM yyyy'),
            'short_day': format_date(self.env, doc.date, date_format='d MMM yyyy'),
            'count': len(runs),
            'printed_at': moment_text(self.env, clock.now(self.env), doc.company_id.itc_tz, 'd MMMM yyyy'),
            'checklists': [
                (checklist, self._by_hour(by_checklist[checklist], doc))
                for checklist in runs.checklist_id.sorted(lambda checklist: (checklist.sequence, checklist.id))],
        }

    def _by_hour(self, runs, doc):
        def hour_of(run):
            return local_time.day_hour(run.due_at, doc.date, doc.company_id.itc_tz)

        return [
            (self._hour_label(hour), [self._row(run, doc) for run in group])
            for hour, group in runs.sorted(lambda run: (run.due_at, run.id)).grouped(hour_of).items()]

    def _hour_label(self, hour):
        """Return the words over the runs of one value of ``local_time.day_hour``."""
        if hour == local_time.EARLIER_DAY:
            return self.env._("Due before this day")
        if hour == local_time.LATER_DAY:
            return self.env._("Due after this day")
        return self.env._("End of the day") if hour == 24 else hour_text(self.env, hour)

    def _row(self, run, doc):
        """Return what is printed of one run: ``{'run', 'due', 'who', 'how', 'evidence', 'closed', 'url', 'qr', 'items'}``."""
        tz = doc.company_id.itc_tz
        name_of = run._namer()
        url = f'{run.get_base_url()}/odoo/it-runs/{run.id}'
        return {
            'run': run,
            'due': self._when(run.due_at, doc.date, tz, ends_day=True),
            'who': name_of(run.responsible_id or run.role_id),
            'how': textwrap.shorten(html2plaintext(run.instructions or ''), INSTRUCTIONS_CHARS, placeholder=" …"),
            'evidence': textwrap.shorten(run.expected_evidence or '', EVIDENCE_CHARS, placeholder=" …"),
            'closed': self._closed_text(run, doc.date, tz),
            'url': url,
            'qr': qr_code.data_uri(url),
            'items': [
                {'item': item, 'limits': item._limits_text(), 'choices': task_item.lines(item.choices)} for item in run.item_ids],
        }

    def _when(self, moment, day, tz, *, ends_day=False):
        """Return a moment as the Today board writes it: the time alone on the sheet's own day, else with weekday and date.

        :param ends_day: see ``wall_text``
        """
        date, words = wall_text(self.env, moment, tz, ends_day=ends_day)
        return words if date == day else f"{format_date(self.env, date, date_format='EEE d MMM')}, {words}"

    def _closed_text(self, run, day, tz):
        """Return in one line how a run ended, empty while something is left to do on paper."""
        if run.state in ('pending', 'missed'):
            return ''
        moment = run.done_at and self._when(run.done_at, day, tz)
        return ' · '.join(filter(None, [run.status_text, run._namer()(run.done_by_id), moment]))

import logging
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from psycopg2 import OperationalError
from psycopg2.extras import Json

from odoo import api, fields, models

from ...lib import backup_day, local_time
from ..mixins import clock

_logger = logging.getLogger(__name__)

LINKS = [('made', "Made"), ('readable', "Readable"), ('replicated', "Replicated"), ('restored', "Restored"), ('age', "Age against the RPO")]
STATES = [('good', "Proven"), ('unknown', "Nobody knows"), ('bad', "Broken")]
# Why a link does not hold, in a few words; the sentence with file and place stands on the board while it is current.
CODES = [
    ('no_place', "Nobody said where it is made"), ('never', "No host has told of it"), ('silent', "The host was silent"),
    ('blind', "The folder could not be read"), ('unmounted', "Its disk or share was not mounted"),
    ('not_accepted', "No manager accepted the place"), ('not_looked', "Nobody looked in time"),
    ('not_watched', "Nobody was looking there yet"), ('not_judged', "Not judged in time"), ('missing', "Missing"), ('gone', "It was there and went"),
    ('elsewhere', "It lies elsewhere"), ('late', "Made late"), ('same_bytes', "The bytes of an older one"), ('name_date', "Its name tells another date"),
    ('future', "It comes from the future"), ('too_small', "Much smaller than usual"), ('too_large', "Much larger than usual"),
    ('other_database', "Of another database"), ('reading', "Was being read"), ('unread', "Was not read yet"), ('hashing', "Was being hashed"),
    ('arriving', "Was still arriving"), ('differs', "The copy has other bytes"), ('removable', "On a removable medium"),
    ('same_machine', "Its copies lie on one machine"), ('share_unknown', "Nobody said whose the share is"), ('cloud_unproven', "MEGA does not tell"),
    ('cloud_missing', "Not in the cloud"), ('cloud_differs', "Another size in the cloud"), ('restore_never', "Never restored"),
    ('restore_old', "Not restored for too long"), ('no_copy', "Not copied"), ('too_few_places', "Too few places"), ('past_rpo', "Older than the RPO"),
    ('empty', "Empty"), ('growing', "Still being written"), ('partial_name', "The name of an unfinished file"), ('changed', "Changed after it was hashed"),
    ('cut', "Cut off"), ('crc', "Damaged: a checksum"), ('hole', "Damaged: a part is zeros"), ('no_end_marker', "Ends before its end"),
    ('missing_part', "A part is missing"), ('wrong_format', "Of another format"), ('encrypted', "Protected by a password"),
    ('unknown_format', "An unknown format"), ('not_provable', "No host can judge its format"), ('no_tool', "No program to judge it"),
    ('no_permission', "The agent may not read it"), ('io_error', "Its disk or share failed"), ('too_slow', "Took too long to read"),
    ('too_much', "Took too much memory to read"), ('altered', "Changed after it was proven"), ('cloud_no_tool', "MEGAcmd is not installed"),
    ('other', "Another reason")]
MOST_KEPT = 10000  # a set a system, a day each


class ItBackupDay(models.Model):
    """How the backup of one day stood when its time was over. Written once by the job that judges, and never again by anybody."""
    _name = 'it.backup.day'
    _description = "Day of a Backup Set"
    _inherit = ['it.kept.mixin']
    _order = 'day desc, set_id, id desc'
    _log_access = False

    set_id = fields.Many2one('it.backup.set', string="Backup set", required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True, help="Whose the set was then.")
    day = fields.Date(required=True, readonly=True, index=True)
    state = fields.Selection(STATES, "As judged", required=True, readonly=True, help="How the weakest link stood when the day's time was over.")
    link = fields.Selection(LINKS, "Weakest link", readonly=True)
    code = fields.Selection(CODES, "Why", readonly=True)
    level = fields.Selection(LINKS[:-1], "Reached", readonly=True, help="The last link that held, and all before it.")
    file_name = fields.Char("File", readonly=True)
    file_size = fields.Float(digits=(20, 0), readonly=True, help="In bytes, where it was made.")
    age_h = fields.Float("Age, hours", readonly=True, help="Of the newest proven backup, when the day was judged. Empty: there was none.")
    rpo_h = fields.Float("RPO, hours", readonly=True, help="As it was asked for then. 0: not asked.")
    machines = fields.Integer(readonly=True, aggregator=None, help="On so many different machines it counted as lying.")
    asked = fields.Integer("Machines asked", readonly=True, aggregator=None, help="On so many it had to lie, as it was asked for then.")
    is_afterwards = fields.Boolean("Judged afterwards", readonly=True, help="More than a day after its time, by what was known then.")
    judged_at = fields.Datetime("Judged on", required=True, readonly=True)
    late_at = fields.Datetime("Proven later on", readonly=True, help="It was not proven in time; then it was. It stays late.")

    _set_day_uniq = models.UniqueIndex('(set_id, day)', "A day of a set is judged once.")

    # === BUSINESS METHODS === #

    @api.model
    def _kept_words(self):
        return self.env._("How a day's backup stood is written by the software, once, and stays so: nobody makes, changes or deletes it.")

    @api.model
    def _cron_keep(self):
        """Keep what is over, and how much lies where."""
        self._keep()
        try:
            with self.env.cr.savepoint():
                self.env['it.backup.storage']._keep()
        except OperationalError:
            raise  # another transaction's doing: all of it is done again
        except Exception:
            self.env.invalidate_all()
            _logger.exception("How much lies at the places of backups could not be kept")  # and no day is taken back for it

    @api.model
    def _keep(self, back=0):
        """Keep all days whose time is over by the clock and that are not kept yet, and note which of those before were proven late.

        By the same few statements for one set and for all. A set begins with its first place; of one that ever began each day is kept.
        What goes wrong with one set is logged, the others are kept.

        :param back: begin so many days earlier with a set of which none is kept
        :return: how many were kept
        """
        now, sets_sudo = clock.now(self.env), self.env['it.backup.set'].sudo().search([])  # a set a system: few  # pylint: disable=no-search-all
        facts = self.env['it.backup.facts']._of(sets_sudo)
        last, open_days = self._last_days(sets_sudo), self._not_proven(sets_sudo, now)
        rows, late = [], []
        for one in sets_sudo:
            try:
                known = facts[one.id]
                first = self._first_day(known, last.get(one.id), back)
                kept = [self._row(known, day) for day in (backup_day.days_over(known.promise, first, now) if first else ())]
                proven = [row_id for row_id, *day in open_days.get(one.id, ()) if self._is_proven(known, *day)]
            except OperationalError:
                raise  # another transaction's doing: all of it is done again
            except Exception:
                _logger.exception("How the days of backup set %s stood could not be kept", one.id)
                continue
            rows += kept
            late += proven
        self._insert(rows)
        self._note_late(late, now)
        return len(rows)

    @api.model
    def _first_day(self, known, last, back):
        """Return the first day of a set that is to be kept now, None for one that nobody has begun with."""
        if last:
            return last + timedelta(days=1)
        begun = min((place.since for place in known.places.values() if place.since), default=None)
        if not begun:
            return None
        return local_time.local_date(begun, known.promise.tz) - timedelta(days=back) if back else backup_day.first_day(known.promise, begun)

    @api.model
    def _first_asked(self, sets):
        """Return ``{set: first day of which a backup was asked for}``: the first that is kept, or else by when it got its first place."""
        self.env.cr.execute("""
            SELECT one.id, (SELECT min(day) FROM it_backup_day WHERE set_id = one.id),
                   (SELECT min(create_date) FROM it_backup_place WHERE set_id = one.id AND active)
              FROM it_backup_set AS one WHERE id = ANY(%s)
        """, [sets.ids])
        known = {set_id: moments for set_id, *moments in self.env.cr.fetchall()}
        asked = {}
        for one in sets:
            kept, begun = known.get(one.id, (None, None))
            days = [day for day in (kept, begun and backup_day.first_day(one.sudo()._promise(), begun)) if day]
            if days:
                asked[one] = min(days)
        return asked

    @api.model
    def _kept(self, sets, since):
        """Return ``{set id: {day: it.backup.day}}`` of sets that the caller may read, from a day on."""
        found = defaultdict(dict)
        for one in self.sudo().search([('set_id', 'in', sets.ids), ('day', '>=', since)], limit=MOST_KEPT):
            found[one.set_id.id][one.day] = one
        return found

    def _words(self):
        """Return as what this one day counts, and why where that was not good, in a few words each."""
        states, codes = (dict(self._fields[name]._description_selection(self.env)) for name in ('state', 'code'))
        return [states[self.state], *([codes[self.code]] if self.code else []), *([self.env._("Proven later on")] if self.late_at else [])]

    @api.model
    def _is_proven(self, known, day, code, asked):
        """Tell whether a day that was not proven in time is by now, by what was asked of it then: who asks for less afterwards proves nothing."""
        promise = known.asked(day)
        return backup_day.is_proven(
            day, replace(promise, machines=asked or promise.machines), [*known.places.values()], known.files.values(), known.now, code)

    @api.model
    def _last_days(self, sets):
        """Return ``{set id: newest day that is kept}``."""
        self.env.cr.execute("SELECT set_id, max(day) FROM it_backup_day WHERE set_id = ANY(%s) GROUP BY set_id", [sets.ids])
        return dict(self.env.cr.fetchall())

    @api.model
    def _not_proven(self, sets, now):
        """Return ``{set id: [(id, day, code, machines asked)]}`` of the last days that were not proven in time, and not since then either."""
        self.env.cr.execute("""
            SELECT set_id, id, day, code, asked FROM it_backup_day
             WHERE set_id = ANY(%s) AND state <> 'good' AND late_at IS NULL AND day >= %s AND COALESCE(link, '') <> ALL(%s)
        """, [sets.ids, now.date() - timedelta(days=backup_day.LOOKED_BACK), list(backup_day.OF_THE_MOMENT)])
        found = defaultdict(list)
        for set_id, *row in self.env.cr.fetchall():
            found[set_id].append(row)
        return found

    @api.model
    def _row(self, known, day):
        """Return a day of a set as it is kept."""
        places, files = [*known.places.values()], [*known.files.values()]
        promise = known.asked(day)
        found = backup_day.verdict(day, promise, places, files, known.now, rpo_h=known.set.rpo_h, restored_at=known.restored_at)
        file, code = known.files.get(found.file), 'too_much' if (found.code, found.state) == ('too_large', 'unknown') else found.code
        return {
            'set_id': known.set.id, 'company_id': known.set.company_id.id, 'day': str(day), 'state': found.state, 'link': found.link,
            'code': code if not code or code in dict(CODES) else 'other', 'level': found.level or None,
            'file_name': file.name if file else None, 'file_size': found.size, 'age_h': found.age_h, 'rpo_h': known.set.rpo_h or 0.0,
            'machines': found.machines, 'asked': promise.machines, 'is_afterwards': found.is_afterwards, 'judged_at': str(known.now),
            'late_at': str(known.now) if found.is_late else None}

    @api.model
    def _insert(self, rows):
        """Keep days as :meth:`_row` gives them, past the ORM; one that is kept stays as it is."""
        if not rows:
            return
        self.env.cr.execute("""
            INSERT INTO it_backup_day (
                   set_id, company_id, day, state, link, code, level, file_name, file_size, age_h, rpo_h, machines, asked, is_afterwards, judged_at, late_at)
            SELECT set_id, company_id, day, state, link, NULLIF(code, ''), level, file_name, file_size, age_h, rpo_h, machines, asked, is_afterwards, judged_at,
                   late_at
              FROM jsonb_to_recordset(%s) AS row (
                   set_id int, company_id int, day date, state text, link text, code text, level text, file_name text, file_size numeric,
                   age_h float8, rpo_h float8, machines int, asked int, is_afterwards bool, judged_at timestamp, late_at timestamp)
                ON CONFLICT (set_id, day) DO NOTHING
        """, [Json(rows)])
        self.invalidate_model()

    @api.model
    def _note_late(self, ids, now):
        """Note of days that were not proven in time that they are by now."""
        if ids:
            self.env.cr.execute("UPDATE it_backup_day SET late_at = %s WHERE id = ANY(%s) AND late_at IS NULL", [now, ids])
            self.invalidate_model()

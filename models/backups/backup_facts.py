from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from odoo import api, models

from ...lib import backup, backup_offline, backup_proof, local_time
from ..mixins import clock


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one set now.

    :param places: by id; ``files`` too
    :param records: the ``it.backup.place`` by id, for their names
    :param spells: the ``it.internet.spell`` of its company, newest first; none for a set that is not concerned
    :param is_concerned: it has to lie on two other machines while there is no internet: each set, unless its company asks that of those alone which go into the cloud
    """

    set: object
    promise: backup.Promise
    places: dict
    records: dict
    files: dict
    now: datetime
    today: object
    restored_at: datetime | None = None
    spells: object = ()
    is_concerned: bool = False

    def asked(self, day, *, is_current=False, is_offline=None):
        """Return what is asked of the backup of a day.

        :param is_offline: whether it is asked for without the cloud; None: as it was then, and is now where that is current
        """
        if is_offline is None:
            spans = [spell._span() for spell in self.spells]
            is_offline = backup_offline.concerns(spans, self.promise.copied_until(day), self.now, is_current=is_current)
        return backup_offline.raised(self.promise) if is_offline else self.promise

    def judge(self, day, *, is_current=True, is_offline=None):
        """Return the chain of a day; ``is_offline`` as for :meth:`asked`."""
        promise = self.asked(day, is_current=is_current, is_offline=is_offline)
        return backup.judge(day, promise, list(self.places.values()), self.files.values(), self.now, is_current=is_current,
                            restored_at=self.restored_at)

    @property
    def spell(self):
        """Return the time without internet that goes on now, None for none."""
        return next((spell for spell in self.spells if spell._span().covers(self.now)), None)

    @property
    def copying(self):
        """Return the open run by which its backups are copied to other machines, None for none."""
        return next((run for spell in self.spells for run in spell.run_ids if run.state == 'pending'), None)

    def others(self, chain):
        """Return the places on other machines where a day's backup lies now, None while nobody knows its bytes."""
        return backup.others(chain, list(self.places.values()), self.files.values())

    def has_lost(self, chain):
        """Tell whether a backup that was copied to other machines surely lies on too few now."""
        return backup_offline.is_lost(chain, list(self.places.values()), list(self.files.values()), self.now)

    def current(self):
        """Return the chain of the newest backup that is due, or of a later one that is made already; None for a set that expects nothing."""
        due = backup.day_due_by(self.promise, self.now)
        coming = backup.expected_days(self.promise, (due or self.today - timedelta(days=1)) + timedelta(days=1), self.today + timedelta(days=1))
        chains = [self.judge(day) for day in coming]
        early = next((chain for chain in reversed(chains) if chain.level), None)
        if early:
            return early
        return self.judge(due) if due else chains[0] if chains else None

    def due_by(self, moment):
        """Return the chain of the backup that was due at a moment (naive UTC), of the newest one for None."""
        if moment is None:
            return self.current()
        day = backup.day_due_by(self.promise, moment)
        return day and self.judge(day)

    def days(self, count):
        """Return the chains of the last days of which a backup is expected, oldest first.

        When one was restored last is said of the set once: of each day it would cover how that day's backup stood.
        """
        days = backup.expected_days(self.promise, self.today - timedelta(days=count - 1), self.today)
        chains = [self.judge(day, is_current=False) for day in days]
        return [replace(chain, links=chain.links[:-1]) for chain in chains]

    @property
    def proven_at(self) -> datetime | None:
        """Return the time of the newest backup that was read from end to end where it lies, naive UTC; None for none."""
        return backup.proven_at(self.files.values(), list(self.places.values()), self.now)


class ItBackupFacts(models.AbstractModel):
    """Gathers what agents told of backups for ``lib.backup`` to judge: by the same few queries for one set and for all."""
    _name = 'it.backup.facts'
    _description = "What Is Known of Backups"

    # === BUSINESS METHODS === #

    @api.model
    def _of(self, sets):
        """Return ``{set id: Known}`` of sets that the caller may read."""
        if not sets:
            return {}
        now = clock.now(self.env)
        # What a place is like is told to who may read the set, also of a host that they may not read.
        sets_sudo = sets.sudo()
        records = self.env['it.backup.place'].sudo().search([('set_id', 'in', sets.ids)], order='sequence, id')
        by_set = records.grouped('set_id')
        files = self._files(sets_sudo, sets_sudo._window(now))
        as_places = records._as_places(self._shares(files))
        known, restored = {}, self.env['it.restore.drill']._last_restores(sets)
        spells = self.env['it.internet.spell']._known(sets_sudo.company_id, sets_sudo._window(now))
        for one in sets_sudo:
            places = by_set.get(one, records.browse())
            is_concerned = one.company_id.itc_offline_all or any(place.kind == backup.CLOUD for place in places)
            known[one.id] = Known(
                one, one._promise(), {place.id: as_places[place] for place in places}, {place.id: place for place in places},
                files.get(one.id, {}), now, local_time.local_date(now, one._promise().tz),
                restored.get(one.id), spells.get(one.company_id.id, ()) if is_concerned else (), is_concerned)
        return known

    @api.model
    def _files(self, sets, first_day):
        """Return ``{set id: {file id: File}}`` of the sets' files since a day."""
        self.env['it.backup.file'].flush_model()
        self.env['it.backup.copy'].flush_model()
        self.env.cr.execute("""
            SELECT id, set_id, name, day, at, content_at, content_database, format, content FROM it_backup_file WHERE set_id = ANY(%s) AND day >= %s ORDER BY id
        """, [sets.ids, first_day])
        rows = self.env.cr.fetchall()
        self.env.cr.execute("""
            SELECT copy.file_id, place_id, size, sha256, level, reason, medium, modified_at, is_there, cloud, volume, first_seen_at, cloud_why, changed_at,
                   proven_sha256, proven_known_at
              FROM it_backup_copy AS copy WHERE file_id = ANY(%s) ORDER BY id
        """, [[row[0] for row in rows]])
        copies, promised = defaultdict(list), {one.id: one for one in sets}
        for file_id, *copy in self.env.cr.fetchall():
            copies[file_id].append(copy)
        files = defaultdict(dict)
        for file_id, set_id, name, day, at, content_at, database, form, content in rows:
            one = promised[set_id]
            wrong = bool(one.database and database and database != one.database)
            files[set_id][file_id] = backup.File(
                file_id, name, day, at, one._name_date(name), content_at,
                tuple(self._copy(copy, wrong) for copy in copies[file_id]), backup_proof.unseen(form or one.format, content or {}))
        return files

    @api.model
    def _shares(self, files):
        """Return ``{place id: {name of a share on which something of it lay: it does now}}`` of files as :meth:`_files` gives them."""
        shares = defaultdict(dict)
        for one in (copy for of_set in files.values() for file in of_set.values() for copy in file.copies):
            if one.medium == 'network' and one.volume:
                shares[one.place][one.volume] = one.is_there or shares[one.place].get(one.volume, False)
        return shares

    @api.model
    def _copy(self, row, is_of_another_database):
        place_id, size, sha256, level, reason, medium, modified_at, is_there, cloud, volume, seen_at, cloud_why, changed_at, proven, known_at = row
        if is_of_another_database and level != 'seen':
            level, reason = 'settled', 'other_database'
        return backup.Copy(
            place_id, int(size), sha256, level, reason or '', medium, modified_at, is_there, cloud or '', volume or '', seen_at, cloud_why or '',
            changed_at, proven, known_at)

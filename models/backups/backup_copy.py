import json
import logging
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from odoo import api, fields, models

from ...lib import backup, backup_name, backup_proven
from ...lib.reading_text import quantity
from ..mixins import clock
from .backup_file import LEVELS

_logger = logging.getLogger(__name__)
MOST_NEW = 500  # files of a place within a day
KEPT_EVENTS, KEPT_GONE = timedelta(days=1), timedelta(days=365)
MOST_AT_ONCE = 10000
SECONDS = len('2026-11-27T22:30:00')
TOLD_COLUMNS = ('size', 'sha256', 'hashed', 'level', 'reason', 'detail', 'medium', 'volume', 'modified_at')


@dataclass(frozen=True, slots=True)
class Told:
    """One file of a list that a host sent, and whose day's backup it is.

    :param raw: :class:`lib.wire_backup.BackupFile`
    :param name: without its folder
    :param is_dated: its name tells the day that it is of
    :param words_at: what the content says of when it was made, by whatever clock: which one follows from the last change, which who changes it sets
    """

    raw: object
    name: str
    day: date
    at: datetime
    content_at: datetime | None
    is_dated: bool
    words_at: datetime | None


class ItBackupCopy(models.Model):
    """One backup as it lies at one place, as its host told it last. Nobody else writes it."""
    _name = 'it.backup.copy'
    _description = "Copy of a Backup"
    _order = 'file_id, place_id'
    _allow_sudo_commands = False

    file_id = fields.Many2one('it.backup.file', required=True, readonly=True, index=True, ondelete='cascade')
    place_id = fields.Many2one('it.backup.place', required=True, readonly=True, index=True, ondelete='cascade')
    path = fields.Char("Name there", readonly=True, help="Below the place's folder.")
    size = fields.Float(digits=(20, 0), readonly=True, help="In bytes.")
    size_text = fields.Char("Size as read", compute='_compute_progress')
    sha256 = fields.Char("SHA-256", readonly=True)
    hashed = fields.Float("Bytes read", digits=(20, 0), readonly=True)
    progress = fields.Char("Read so far", compute='_compute_progress')
    level = fields.Selection(LEVELS, readonly=True)
    reason = fields.Char("Reason code", readonly=True)
    detail = fields.Char("Why", readonly=True)
    medium = fields.Char(readonly=True)
    volume = fields.Char(readonly=True)
    modified_at = fields.Datetime("Changed", readonly=True)
    is_there = fields.Boolean("There", readonly=True, help="It stood in the newest list of its place.")
    cloud = fields.Char("MEGA says", readonly=True, help="Same_size: it holds as many bytes, after the folder was synced. It tells no more.")
    cloud_why = fields.Char("What the host says of MEGA", readonly=True)
    proven_sha256 = fields.Char("SHA-256 as proven", readonly=True, help="Of the bytes that were proven first under this name, for this day.")
    proven_at = fields.Datetime("Made at, as proven", readonly=True, help="The time of the backup that held these bytes.")
    proven_content_at = fields.Datetime("By its content, as proven", readonly=True, help="When their content said that it was made.")
    proven_known_at = fields.Datetime(
        "Known since, as proven", readonly=True, help="When its host told of these bytes first, by our clock: nobody knows the hash of what is not written yet.")
    changed_at = fields.Datetime(
        "Changed after it was proven", readonly=True, help="Since then its host tells of other bytes than those that were proven.")
    first_seen_at = fields.Datetime("First seen", readonly=True)
    last_seen_at = fields.Datetime("Last seen", readonly=True)

    _file_place_uniq = models.UniqueIndex('(file_id, place_id)', "A file lies once at a place.")

    # === COMPUTE METHODS === #

    @api.depends('size', 'hashed', 'sha256')
    def _compute_progress(self):
        for copy in self:
            copy.size_text = quantity(copy.size, 'B')
            copy.progress = "100 %" if copy.sha256 else f"{int(min(99, 100 * copy.hashed / copy.size)) if copy.size else 0} %"

    # === BUSINESS METHODS === #

    @api.model
    def _take(self, place, files, told_at, is_whole):
        """Keep a list that the host of a place sent: the same few statements for one file and for two hundred."""
        self.env.flush_all()
        told = self._unique(place, self._told(place, files))
        known = self._known(place.set_id, told)
        told = self._unique(place, (self._as_known(place, one, known.get(one.name, ())) for one in told))
        told = self._without_too_many(place, told, known, told_at)
        ids = self._upsert_files(place, told, told_at)
        rows = [(ids[one.name, one.day], one) for one in told if (one.name, one.day) in ids]
        new = self._upsert_copies(place, rows, told_at)
        self._mark_gone(place, [file_id for file_id, _one in rows], told, told_at, is_whole)
        self._follow_copies(sorted(ids.values()))
        self._forget_no_backups(place, new, told_at)
        self.env['it.backup.file'].invalidate_model()
        self.invalidate_model()

    @api.model
    def _told(self, place, files):
        tz = place.company_id.itc_tz or 'UTC'
        for raw in files:
            raw = raw._replace(modified_at=backup_name.within(raw.modified_at))
            name = re.split(r'[\\/]', raw.name.rstrip('\\/'))[-1]
            said = place.set_id._name_date(name)
            words = raw.content.get('taken_at', '')
            content_at = backup_name.content_time(words, tz, said, raw.modified_at)
            at, day = backup_name.own_time(said, content_at, raw.modified_at, tz)
            yield Told(raw, name, day, at, content_at, is_dated=bool(said), words_at=backup_name.content_time(words.strip()[:SECONDS], 'UTC'))

    @api.model
    def _unique(self, place, told):
        """Return one of a name and day: of several in different folders the one whose bytes were proven, or else that which was changed last."""
        told, kept = list(told), {}
        is_double = len({(one.name, one.day) for one in told}) < len(told)
        proven = self._proven_bytes(place, told) if is_double else {}
        for one in sorted(told, key=lambda one: (one.raw.sha256 is not None and proven.get((one.name, one.day)) == one.raw.sha256, one.raw.modified_at)):
            kept[one.name, one.day] = one
        return list(kept.values())

    @api.model
    def _proven_bytes(self, place, told):
        """Return ``{(name, day): SHA-256}`` of what was proven at a place under these names."""
        self.env.cr.execute("""
            SELECT file.name, file.day, copy.proven_sha256 FROM it_backup_copy AS copy JOIN it_backup_file AS file ON file.id = copy.file_id
             WHERE copy.place_id = %s AND file.name = ANY(%s) AND copy.proven_sha256 IS NOT NULL
        """, [place.id, [one.name for one in told]])
        return {(name, day): sha256 for name, day, sha256 in self.env.cr.fetchall()}

    @api.model
    def _known(self, backup_set, told):
        """Return ``{name: [(day, at, size, sha256)]}`` of the set's files of these names, newest first."""
        self.env.cr.execute("""
            SELECT name, day, at, size, sha256 FROM it_backup_file WHERE set_id = %s AND name = ANY(%s) ORDER BY day DESC
        """, [backup_set.id, [one.name for one in told]])
        known = {}
        for name, *rest in self.env.cr.fetchall():
            known.setdefault(name, []).append(rest)
        return known

    @api.model
    def _as_known(self, place, one, known):
        """Return a copy as that of the day whose backup it is: copying may have set its time anew, and its name may tell no day.

        Where backups are made, a file is what its own time says.
        """
        if place.kind == 'made' or any(day == one.day for day, *_rest in known):
            return one
        for day, at, size, sha256 in known:
            if (sha256 and sha256 == one.raw.sha256) or (not (sha256 and one.raw.sha256) and size == one.raw.size):
                return replace(one, day=day, at=at)
        return one

    @api.model
    def _without_too_many(self, place, told, known, told_at):
        """Return what of a list is kept: a host that tells of new files without end fills no database."""
        new = [one for one in told if all(day != one.day for day, *_rest in known.get(one.name, ()))]
        if not new:
            return told
        self.env.cr.execute(
            "SELECT count(*) FROM it_backup_copy WHERE place_id = %s AND first_seen_at > %s", [place.id, told_at - timedelta(days=1)])
        room = max(0, MOST_NEW - self.env.cr.fetchone()[0])
        too_many = {(one.name, one.day) for one in sorted(new, key=lambda one: one.raw.modified_at, reverse=True)[room:]}
        if too_many:
            _logger.warning("Place %s of backups: %s new files are left out, more than %s came within a day", place.id, len(too_many), MOST_NEW)
        return [one for one in told if (one.name, one.day) not in too_many]

    @api.model
    def _upsert_files(self, place, told, told_at):
        """Return ``{(name, day): file id}``; files that are new to the set are made.

        What a file says of itself the host tells that makes it: what another one told before counts no more then, and what it tells later not either.
        """
        if not told:
            return {}
        self.env.cr.execute("""
            INSERT INTO it_backup_file AS file (set_id, name, day, at, modified_at, content_at, content_database, content, format, first_seen_at)
            SELECT %s, row.*, %s
              FROM unnest(%s::text[], %s::date[], %s::timestamp[], %s::timestamp[], %s::timestamp[], %s::text[], %s::jsonb[], %s::text[]) AS row
            ON CONFLICT (set_id, md5(name), day) DO UPDATE SET (at, content_at, content_database, content, format) = (
                SELECT CASE WHEN is_made AND NOT is_told THEN EXCLUDED.at ELSE file.at END,
                       CASE WHEN is_made = is_told THEN COALESCE(EXCLUDED.content_at, file.content_at)
                            WHEN is_made THEN EXCLUDED.content_at ELSE file.content_at END,
                       CASE WHEN is_made = is_told THEN COALESCE(EXCLUDED.content_database, file.content_database)
                            WHEN is_made THEN EXCLUDED.content_database ELSE file.content_database END,
                       CASE WHEN is_made = is_told THEN COALESCE(NULLIF(EXCLUDED.content, '{}'), file.content)
                            WHEN is_made THEN EXCLUDED.content ELSE file.content END,
                       CASE WHEN is_made = is_told THEN COALESCE(EXCLUDED.format, file.format) WHEN is_made THEN EXCLUDED.format ELSE file.format END
                  FROM (SELECT %s AS is_made, EXISTS (
                    SELECT FROM it_backup_copy AS copy JOIN it_backup_place AS place ON place.id = copy.place_id
                     WHERE copy.file_id = file.id AND place.kind = 'made') AS is_told) AS teller)
         RETURNING name, day, id
        """, [
            place.set_id.id, told_at, [one.name for one in told], [one.day for one in told], [one.at for one in told],
            [one.raw.modified_at for one in told], [one.content_at for one in told],
            [one.raw.content.get('database') or None for one in told], [json.dumps(one.raw.content) for one in told],
            [one.raw.format or None for one in told],
            place.kind == 'made'])
        return {(name, day): file_id for name, day, file_id in self.env.cr.fetchall()}

    @api.model
    def _upsert_copies(self, place, rows, told_at):
        """Keep copies as they were told. :return: ids of the files of which something is called proven now, and nothing was before"""
        if not rows:
            return set()
        known = self._known_proven(place, [file_id for file_id, _one in rows])
        raws, proven = [one.raw for _file_id, one in rows], [
            backup_proven.as_proven(
                known.get(file_id), one.raw.sha256, one.raw.reason, one.at, told_at, is_dated=one.is_dated, content_at=one.words_at)
            for file_id, one in rows]
        self.env.cr.execute("""
            INSERT INTO it_backup_copy AS copy (
                   place_id, first_seen_at, last_seen_at, is_there, file_id, path, size, sha256, hashed, level, reason, detail, medium, volume,
                   modified_at, cloud, cloud_why, proven_sha256, proven_at, changed_at, proven_content_at, proven_known_at)
            SELECT %s, %s, %s, true, row.*
              FROM unnest(%s::int[], %s::text[], %s::numeric[], %s::text[], %s::numeric[], %s::text[], %s::text[], %s::text[], %s::text[],
                          %s::text[], %s::timestamp[], %s::text[], %s::text[], %s::text[], %s::timestamp[], %s::timestamp[], %s::timestamp[],
                          %s::timestamp[]) AS row
            ON CONFLICT (file_id, place_id) DO UPDATE SET
                   path = EXCLUDED.path, size = EXCLUDED.size, sha256 = EXCLUDED.sha256, hashed = EXCLUDED.hashed, level = EXCLUDED.level,
                   reason = EXCLUDED.reason, detail = EXCLUDED.detail, medium = EXCLUDED.medium, volume = EXCLUDED.volume,
                   modified_at = EXCLUDED.modified_at, cloud = EXCLUDED.cloud, cloud_why = EXCLUDED.cloud_why,
                   proven_sha256 = EXCLUDED.proven_sha256, proven_at = EXCLUDED.proven_at, changed_at = EXCLUDED.changed_at,
                   proven_content_at = EXCLUDED.proven_content_at,
                   proven_known_at = CASE WHEN copy.proven_sha256 = EXCLUDED.proven_sha256 THEN COALESCE(copy.proven_known_at, EXCLUDED.proven_known_at)
                                          ELSE EXCLUDED.proven_known_at END,
                   last_seen_at = EXCLUDED.last_seen_at, is_there = true
        """, [
            place.id, told_at, told_at, [file_id for file_id, _one in rows], [raw.name for raw in raws],
            *([getattr(raw, name) for raw in raws] for name in TOLD_COLUMNS),
            *([raw.content.get(name, '') for raw in raws] for name in ('mega', 'mega_why')),
            *([one and getattr(one, name) for one in proven] for name in ('sha256', 'at', 'changed_at', 'content_at')),
            [one and clock.now(self.env) for one in proven]])
        return {file_id for (file_id, _one), now in zip(rows, proven, strict=True) if now and file_id not in known}

    @api.model
    def _known_proven(self, place, file_ids):
        """Return ``{file id: lib.backup_proven.Proven}`` of the copies at a place of which something was proven before."""
        self.env.cr.execute("""
            SELECT file_id, proven_sha256, proven_at, changed_at, proven_content_at FROM it_backup_copy
             WHERE place_id = %s AND file_id = ANY(%s) AND proven_sha256 IS NOT NULL
        """, [place.id, file_ids])
        return {file_id: backup_proven.Proven(*proven) for file_id, *proven in self.env.cr.fetchall()}

    @api.model
    def _forget_no_backups(self, place, file_ids, told_at):
        """Let what was read whole, and is no backup all the same (the bytes of an older one, half of its size), be made again under its name.

        :param file_ids: of which something is called proven since now
        """
        if not file_ids or place.kind != 'made':
            return
        backup_set, now = place.set_id, clock.now(self.env)
        files = self.env['it.backup.facts']._files(backup_set, backup_set._window(now)).get(backup_set.id, {})
        # Where else it is made tells nothing of what lies here; what was copied before says whether these are an older one's bytes.
        others = backup_set.place_ids.filtered(lambda one: one.kind != 'made' and one.check_id.settings_basis != 'none')
        places = [backup.Place(one.id, one.kind, '', 'seen', told_at) for one in place | others]
        promise = backup_set._promise()
        chains = [
            backup.judge(day, promise, places, files.values(), now, is_current=False)
            for day in {files[number].day for number in file_ids & files.keys()}]
        bad = [chain.file for chain in chains if chain.file in file_ids and chain.links[0].state == 'bad']
        if bad:
            self.env.cr.execute(
                "UPDATE it_backup_copy SET proven_sha256 = NULL, proven_at = NULL, proven_known_at = NULL WHERE place_id = %s AND file_id = ANY(%s)", [place.id, bad])

    @api.model
    def _mark_gone(self, place, file_ids, told, told_at, is_whole):
        """Note what does not lie there any more. A list of the newest says nothing of what is older than they are."""
        oldest = None if is_whole else min((one.raw.modified_at for one in told), default=told_at)
        self.env.cr.execute("""
            UPDATE it_backup_copy SET is_there = false
             WHERE place_id = %s AND is_there AND file_id <> ALL(%s) AND (%s::timestamp IS NULL OR modified_at >= %s::timestamp)
        """, [place.id, file_ids, oldest, oldest])

    @api.model
    def _forget(self, places):
        """Delete what was told of these places, and the files of which nobody knows anything then."""
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM it_backup_copy WHERE place_id = ANY(%s) RETURNING file_id", [places.ids])
        file_ids = [file_id for file_id, in self.env.cr.fetchall()]
        self._follow_copies(file_ids)
        self.env['it.backup.file']._drop_forgotten(file_ids)
        self.env.invalidate_all()

    @api.autovacuum
    def _gc_told(self):
        """Delete lists that were taken, copies that left long ago, and the files of which nobody knows anything then."""
        now = clock.now(self.env)
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM it_agent_event WHERE kind = 'backup_files' AND is_handled AND received_at < %s", [now - KEPT_EVENTS])
        self.env.cr.execute("""
            DELETE FROM it_backup_copy WHERE id IN (SELECT id FROM it_backup_copy WHERE NOT is_there AND last_seen_at < %s ORDER BY id LIMIT %s)
         RETURNING file_id
        """, [self.env['it.backup.set']._window(now) - KEPT_GONE, MOST_AT_ONCE])
        file_ids = [file_id for file_id, in self.env.cr.fetchall()]
        self._follow_copies(file_ids)
        self.env['it.backup.file']._drop_forgotten()
        self.env.invalidate_all()
        return len(file_ids), len(file_ids) == MOST_AT_ONCE

    @api.model
    def _follow_copies(self, file_ids):
        """Let files be what they are where they are made, or, while they were never seen there, where they got farthest."""
        self.env.cr.execute("""
            UPDATE it_backup_file AS file
               SET size = best.size, sha256 = best.sha256, level = best.level, reason = best.reason, detail = best.detail, modified_at = best.modified_at
              FROM (
                SELECT DISTINCT ON (copy.file_id) copy.file_id, copy.size, copy.sha256, copy.level, copy.reason, copy.detail, copy.modified_at
                  FROM it_backup_copy AS copy JOIN it_backup_place AS place ON place.id = copy.place_id
                 WHERE copy.file_id = ANY(%s)
                 ORDER BY copy.file_id, place.kind = 'made' DESC, array_position(ARRAY['readable', 'settled', 'seen'], copy.level), copy.modified_at DESC
              ) AS best
             WHERE file.id = best.file_id
        """, [file_ids])

from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_date

from ...lib import backup, backup_day, backup_offline
from ...lib.reading_text import duration, quantity
from ..mixins.time_words import moment_text

SIGNS = {'good': '✓', 'late': 'L', 'waiting': '…', 'unknown': '?', 'bad': '✗', 'none': '·'}
COLOURS = {'good': 'success', 'late': 'warning', 'waiting': 'info', 'unknown': 'warning', 'bad': 'danger', 'none': 'secondary'}


class ItBackupWords(models.AbstractModel):
    """What the codes of ``lib.backup`` mean, in whole sentences, and what a person does about each."""
    _name = 'it.backup.words'
    _description = "Words About Backups"

    # === BUSINESS METHODS === #

    @api.model
    def _reason(self, known, chain, link=None):
        """Return in a sentence or two how a day's backup stands: its weakest link, and why; or that of another ``link`` of it."""
        link = link or chain.weakest
        outage = self._outage(known, chain) if link.name == 'replicated' or link.state == 'good' else ''
        return f"{outage} {self._standing(known, chain, link)}".strip()

    @api.model
    def _standing(self, known, chain, link):
        day = format_date(self.env, chain.day)
        if link.state == 'good':
            words = self.env._("The backup of %(day)s is made, was read from end to end and lies at: %(places)s.", day=day, places=self._places(known, chain.links[2]))
            return f"{words} {self._unseen(self._unseen_code(known, chain))}".strip()
        ours, told = self._faults(known, chain, link), self._told_faults(known, chain)
        words = told | ours if link.state == 'bad' else ours | told  # of a size or of a host's memory “too large” may be said
        sentence = words[link.code]() if link.code in words else self.env._(
            "%(file)s could not be proven (%(code)s).", file=self._file_name(known, chain), code=link.code)
        return self.env._("Backup of %(day)s: %(sentence)s", day=day, sentence=sentence)

    @api.model
    def _unseen_code(self, known, chain):
        return known.files[chain.file].unseen if chain.file else ''

    @api.model
    def _unseen(self, code):
        """Return in a sentence what nothing shows in a backup that was read from end to end; '' where that shows all."""
        return {
            'pages': self.env._("What its pages hold no host can judge: RESTORE VERIFYONLY on a SQL Server tells, or a restore."),
            'disks': self.env._("What its disks hold no host can judge, only that their heads, tables and lengths fit: a restore tells."),
            'unpacked': self.env._("It is not packed, so a changed letter in it would not be found: a restore tells."),
        }.get(code, '')

    @api.model
    def _next_step(self, known, chain):
        """Return what a person does next, False when there is nothing to do."""
        link = chain.weakest
        if link.state == 'good' or (link.state == 'waiting' and link.code == 'cloud_missing' and not self._cloud_why(known, chain, link)):
            return False
        places = self._places(known, link)
        if chain.is_offline and link.code in backup_offline.ONLY_COPYING:  # a run says where to
            return self._copy_step(known)
        steps = {
            'no_place': lambda: self.env._("Add the folder in which it is made, under Places."),
            'never': lambda: self.env._("Wait for the first look. If none comes, see the check of: %(places)s.", places=places),
            'silent': lambda: self.env._("See why the host is silent: %(places)s.", places=places),
            'blind': lambda: self.env._("Look on the host whether the folder is there and may be read: %(places)s.", places=places),
            'unmounted': lambda: self.env._("Mount its disk or share on the host: %(places)s.", places=places),
            'not_accepted': lambda: self.env._("A manager opens Places and accepts what its check looks at."),
            'gone': lambda: self.env._("Find out who took it away, and make a new backup."),
            'missing': lambda: self.env._("Look why no backup was made, and make one by hand."),
            'elsewhere': lambda: self.env._("Have the job write into the folder where backups are made, or correct the place."),
            'same_bytes': lambda: self.env._("Make a new backup: this one holds the data of the older one."),
            'name_date': lambda: self.env._("Find out what was renamed or copied, and make a new backup."),
            'future': lambda: self.env._("Set the clock of the host right, or rename the file."),
            'too_small': lambda: self.env._("Look what is missing in it before you rely on it."),
            'too_large': lambda: self.env._("Look what has grown. If that is right, it will be usual after some backups."),
            'removable': lambda: self.env._("Copy it to another machine: a thumb drive is easily lost or corrupted."),
            'same_machine': lambda: self.env._("Copy it to another machine."),
            'no_copy': lambda: self.env._("Copy %(file)s to: %(places)s.", file=self._file_name(known, chain), places=places),
            'too_few_places': lambda: self.env._("Add a place on another machine, under Places."),
            'differs': lambda: self.env._("Copy it there again: %(places)s.", places=places),
            'share_unknown': lambda: self.env._("A manager says under Places on which machine the share lies."),
            'cloud_no_tool': lambda: self.env._("Install MEGAcmd on the host: the desktop program tells nobody. Or copy it to another machine."),
            'cloud_unproven': lambda: self.env._("See on the host why MEGAcmd does not tell: %(places)s. Or copy it to another machine.", places=places),
            'cloud_missing': lambda: self.env._("See why MEGA does not carry it away, or copy it to another machine."),
            'cloud_differs': lambda: self.env._("Let MEGA carry it away again, or copy it to another machine."),
            'changed': lambda: self.env._("Find out who changed it. The host reads it again by itself."),
            'altered': lambda: self.env._("Find out who changed it, and make a new backup under a name of its own: this one counts no more."),
            'no_tool': lambda: self.env._("Install on the host what its check asks for."),
            'not_provable': lambda: self.env._("Restore one by hand now and then: no program can tell."),
            'no_permission': lambda: self.env._("Let the agent read the file."),
            'restore_never': lambda: self.env._("Restore one: Monitoring → Restores → Draw a backup."),
            'restore_old': lambda: self.env._("Restore one: Monitoring → Restores → Draw a backup."),
            'encrypted': lambda: self.env._("Make it without a password, or restore it by hand to know that it is good."),
            'unknown_format': lambda: self.env._("Say in the set which format it has."),
        }
        code = 'not_provable' if (link.code, link.state) == ('too_large', 'unknown') else link.code  # for the host's memory
        if code in steps:
            return steps[code]()
        if link.state == 'waiting':
            return self.env._("Nothing yet: the hosts look by themselves.")
        return self.env._("Make the backup again, and look what the job that makes it says.")

    @api.model
    def _too_old(self, rpo_h, age_s):
        """Return in a sentence that more would be lost than may be, where nothing else is wrong; ``age_s`` is None where nothing is proven."""
        rpo = duration(rpo_h * 3600)
        if age_s is None:
            return self.env._("No backup is proven yet; at most %(rpo)s may be lost.", rpo=rpo)
        return self.env._("The newest proven backup is %(age)s old; at most %(rpo)s may be lost.", age=duration(age_s), rpo=rpo)

    @api.model
    def _after_too_old(self):
        return self.env._("Make a backup now, or look why the next one is not there yet.")

    @api.model
    def _outage(self, known, chain):
        """Return what is asked of a backup without internet, in a sentence; '' where it is asked for as usual."""
        if not chain.is_offline:
            return ''
        if known.spell:
            return self.env._("There is no internet since %(since)s: it has to lie on two other machines.", since=known.spell._since_text())
        return self.env._("There was no internet when it had to be copied: it has to lie on two other machines.")

    @api.model
    def _copy_step(self, known):
        if known.copying:
            return self.env._("Copy it to two other machines: the run “%(run)s” says what and where to.", run=known.copying.display_name)
        return self.env._("Copy it to two other machines, ideally with an SSD: a thumb drive never counts.")

    @api.model
    def _faults(self, known, chain, link):
        """Return the sentence by code of what Odoo itself finds, each to be called."""
        places, about = self._places(known, link), link.about and known.files[link.about].name
        values = {'file': self._file_name(known, chain), 'places': places, 'other': about or ''}
        why = self._cloud_why(known, chain, link)
        return {
            'no_place': lambda: self.env._("nobody has said where it is made."),
            'never': lambda: self.env._("no host has told yet what lies at: %(places)s.", **values),
            'silent': lambda: self.env._("nobody knows: the host is silent, %(places)s.", **values),
            'blind': lambda: self.env._("nobody knows: the folder cannot be read, %(places)s.", **values),
            'unmounted': lambda: self.env._("its folder holds nothing, and the volume that it lay on is not there: its disk or share is not mounted, %(places)s.", **values),
            'not_accepted': lambda: self.env._("it proves nothing: no manager has accepted where it is looked for, %(places)s.", **values),
            'not_due': lambda: self.env._("it is not due yet."),
            'not_looked': lambda: self.env._("nobody has looked since it was due: %(places)s.", **values),
            'gone': lambda: self.env._("%(file)s was there, and nobody sees it anywhere now.", **values),
            'missing': lambda: self.env._("it is missing. Nothing of that day lies at: %(places)s.", **values),
            'elsewhere': lambda: self.env._("%(other)s lies at %(places)s, and not where backups are made.", **values),
            'same_bytes': lambda: self.env._("%(file)s holds the very same bytes as %(other)s.", **values),
            'name_date': lambda: self.env._("the date in the name of %(file)s is not that of its content.", **values),
            'future': lambda: self.env._("%(other)s bears the date of a day to come, and nothing of this day lies at: %(places)s.", **values)
                if about else self.env._("%(file)s comes from the future: its date or the clock of the host is wrong.", **values),
            'altered': lambda: self.env._("%(file)s was changed after it was proven, seen on %(when)s.", when=self._changed_text(known, chain), **values),
            'too_small': lambda: self.env._("%(file)s is much smaller than usual (%(size)s).", size=self._size(known, chain), **values),
            'too_large': lambda: self.env._("%(file)s is much larger than usual (%(size)s).", size=self._size(known, chain), **values),
            'other_database': lambda: self.env._("%(file)s is of another database.", **values),
            'reading': lambda: self.env._("%(file)s is being read from end to end.", **values),
            'unread': lambda: self.env._("%(file)s waits to be read from end to end.", **values),
            'hashing': lambda: self.env._("it is being hashed at: %(places)s.", **values),
            'arriving': lambda: self.env._("it is still arriving at: %(places)s.", **values),
            'differs': lambda: self.env._("what lies at %(places)s has other bytes than %(file)s.", **values),
            'removable': lambda: self.env._("the copy at %(places)s is on a removable medium, which never counts.", **values),
            'same_machine': lambda: self.env._("its copies lie on one machine: %(places)s.", **values),
            'share_unknown': lambda: self.env._("nobody said which machine holds the share: %(places)s.", **values),
            'cloud_no_tool': lambda: self.env._("nobody knows whether it is in the cloud: MEGAcmd is not installed, %(places)s.", **values),
            'cloud_unproven': lambda: self._with_why(self.env._("nobody knows whether it is in the cloud: MEGA does not tell, %(places)s.", **values), why),
            'cloud_missing': lambda: self._with_why(self.env._("%(file)s is not in the cloud yet: %(places)s.", **values), why),
            'cloud_differs': lambda: self._with_why(self.env._("%(file)s has another size in the cloud: %(places)s.", **values), why),
            'restore_never': lambda: self.env._("no backup of this set was ever restored."),
            'restore_old': lambda: self.env._("no backup of this set was restored for too long."),
            'no_copy': lambda: self.env._("%(file)s does not lie at: %(places)s.", **values),
            'too_few_places': lambda: self.env._("it cannot lie on enough machines: the set has too few places."),
        }

    @api.model
    def _cloud_why(self, known, chain, link):
        """Return what a host says of MEGA at the places that a link is about; '' for nothing."""
        copies = known.files[chain.file].copies if chain.file else ()
        return next((one.cloud_why for one in copies if one.place in link.places and one.cloud_why), '')

    @api.model
    def _with_why(self, sentence, why):
        return self.env._("%(sentence)s The host says: %(why)s", sentence=sentence, why=why) if why else sentence

    @api.model
    def _changed_text(self, known, chain):
        """Return when it was told first that the bytes of a day's backup are not those that were proven, also of those that lie under another name now."""
        sha256 = {one.sha256 for one in known.files[chain.file].copies if one.place in chain.links[0].places}
        moments = [one.changed_at for file in known.files.values() for one in file.copies if one.changed_at and one.sha256 in sha256]
        return moment_text(self.env, min(moments), chain.promise.tz) if moments else "?"

    @api.model
    def _told_faults(self, known, chain):
        """Return the sentence by code of what hosts say is wrong, each to be called."""
        file = self._file_name(known, chain)
        return {
            'empty': lambda: self.env._("%(file)s is empty.", file=file),
            'growing': lambda: self.env._("%(file)s is still being written.", file=file),
            'partial_name': lambda: self.env._("%(file)s bears the name of an unfinished file.", file=file),
            'changed': lambda: self.env._("%(file)s was changed after it was hashed.", file=file),
            'cut': lambda: self.env._("%(file)s is cut off.", file=file),
            'crc': lambda: self.env._("%(file)s is damaged: a checksum in it is wrong.", file=file),
            'hole': lambda: self.env._("%(file)s is damaged: a part of it is zeros.", file=file),
            'no_end_marker': lambda: self.env._("%(file)s ends before its end: the dump did not finish.", file=file),
            'missing_part': lambda: self.env._("a part is missing that belongs to %(file)s.", file=file),
            'wrong_format': lambda: self.env._("%(file)s is of another format than the set says.", file=file),
            'encrypted': lambda: self.env._("%(file)s is protected by a password: nobody can read it from end to end.", file=file),
            'unknown_format': lambda: self.env._("%(file)s has a format that the host does not know.", file=file),
            'not_provable': lambda: self.env._("%(file)s has a format that no host can judge.", file=file),
            'no_tool': lambda: self.env._("the program that could judge %(file)s is not on the host.", file=file),
            'no_permission': lambda: self.env._("%(file)s may not be read by the agent.", file=file),
            'io_error': lambda: self.env._("%(file)s cannot be read: its disk or share fails.", file=file),
            'too_slow': lambda: self.env._("%(file)s takes too long to read.", file=file),
            'too_large': lambda: self.env._("%(file)s takes too much memory to read.", file=file),
        }

    @api.model
    def _places(self, known, link):
        return "; ".join(known.records[place]._words() for place in link.places if place in known.records) or "–"

    @api.model
    def _file_name(self, known, chain):
        return known.files[chain.file].name if chain.file else "–"

    @api.model
    def _size(self, known, chain):
        made = backup.judged(chain, known.files)
        return quantity(made.size if made else 0, 'B')

    @api.model
    def _about(self, known, chain):
        """Return size and hash of a day's backup, shortened as people compare them; '' while there is none."""
        if not chain.file:
            return ''
        made = backup.judged(chain, known.files)
        return self.env._("%(size)s, SHA-256 %(sha256)s…", size=self._size(known, chain), sha256=((made and made.sha256) or "?")[:12])

    @api.model
    def _state_words(self, state):
        return dict(self.env['it.backup.set']._fields['state']._description_selection(self.env))[state]

    # === THE STRIP === #

    @api.model
    def _strip(self, known, chains, kept, first_asked):
        """Return the last days as a row of small signs, each with its day and its reason.

        :param kept: ``{day: it.backup.day}``: a day that is kept stands as it was judged, here as in the report
        :param first_asked: of no day before it was a backup asked for; None for none
        """
        return Markup('<div class="d-flex flex-wrap gap-1">%s</div>') % Markup().join(
            Markup('<span role="img" class="badge text-bg-%s" title="%s" aria-label="%s" data-day="%s" data-state="%s">%s</span>') % (
                COLOURS[state], words, words, chain.day, state, SIGNS[state])
            for chain in chains for state, words in [self._of_day(known, chain, kept.get(chain.day), first_asked)])

    @api.model
    def _of_day(self, known, chain, kept, first_asked):
        """Return as what a day counts, and why in words."""
        state = chain.weakest.state
        if kept:
            state = backup_day.outcome(kept.state, kept.code or '', bool(kept.late_at))
            if state != chain.weakest.state:
                return state, ". ".join([format_date(self.env, chain.day), *kept._words()])
        elif state != 'good' and (not first_asked or chain.day < first_asked):
            return 'none', self.env._("%(day)s: nobody was asked for a backup yet.", day=format_date(self.env, chain.day))
        return state, f"{self._state_words(state)}. {self._reason(known, chain)}"

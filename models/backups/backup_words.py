from markupsafe import Markup

from odoo import api, models
from odoo.tools import format_date

from ...lib.reading_text import quantity

SIGNS = {'good': '✓', 'waiting': '…', 'unknown': '?', 'bad': '✗', 'none': '·'}
COLOURS = {'good': 'success', 'waiting': 'info', 'unknown': 'warning', 'bad': 'danger', 'none': 'secondary'}


class ItBackupWords(models.AbstractModel):
    """What the codes of ``lib.backup`` mean, in whole sentences, and what a person does about each."""
    _name = 'it.backup.words'
    _description = "Words About Backups"

    # === BUSINESS METHODS === #

    @api.model
    def _reason(self, known, chain):
        """Return in a sentence or two how a day's backup stands: its weakest link, and why."""
        link = chain.weakest
        day = format_date(self.env, chain.day)
        if link.state == 'good':
            return self.env._("The backup of %(day)s is made, was read from end to end and lies at: %(places)s.", day=day, places=self._places(known, chain.links[2]))
        sentence = self._faults(known, chain, link).get(link.code) or self._told_fault(known, chain, link)
        return self.env._("Backup of %(day)s: %(sentence)s", day=day, sentence=sentence)

    @api.model
    def _next_step(self, known, chain):
        """Return what a person does next, False when there is nothing to do."""
        link = chain.weakest
        if link.state == 'good':
            return False
        places = self._places(known, link)
        steps = {
            'no_place': self.env._("Add the folder in which it is made, under Places."),
            'never': self.env._("Wait for the first look. If none comes, see the check of: %(places)s.", places=places),
            'silent': self.env._("See why the host is silent: %(places)s.", places=places),
            'blind': self.env._("Look on the host whether the folder is there and may be read: %(places)s.", places=places),
            'not_accepted': self.env._("A manager opens Places and accepts what its check looks at."),
            'missing': self.env._("Look why no backup was made, and make one by hand."),
            'elsewhere': self.env._("Have the job write into the folder where backups are made, or correct the place."),
            'same_bytes': self.env._("Make a new backup: this one holds the data of the older one."),
            'name_date': self.env._("Find out what was renamed or copied, and make a new backup."),
            'future': self.env._("Set the clock of the host right, or rename the file."),
            'too_small': self.env._("Look what is missing in it before you rely on it."),
            'too_large': self.env._("Look what has grown. If that is right, it will be usual after some backups."),
            'removable': self.env._("Copy it to another machine: a thumb drive is easily lost or corrupted."),
            'same_machine': self.env._("Copy it to another machine."),
            'no_copy': self.env._("Copy %(file)s to: %(places)s.", file=self._file_name(known, chain), places=places),
            'too_few_places': self.env._("Add a place on another machine, under Places."),
            'differs': self.env._("Copy it there again: %(places)s.", places=places),
            'share_unknown': self.env._("A manager says under Places on which machine the share lies."),
            'cloud_unproven': self.env._("Install MEGAcmd on the host. Until then compare the size in MEGA yourself, or copy it to another machine."),
            'changed': self.env._("Find out who changed it. The host reads it again by itself."),
            'no_tool': self.env._("Install on the host what its check asks for."),
            'not_provable': self.env._("Restore one by hand now and then: no program can tell."),
            'no_permission': self.env._("Let the agent read the file."),
            'encrypted': self.env._("Make it without a password, or restore it by hand to know that it is good."),
            'unknown_format': self.env._("Say in the set which format it has."),
        }
        if link.code in steps:
            return steps[link.code]
        if link.state == 'waiting':
            return self.env._("Nothing yet: the hosts look by themselves.")
        return self.env._("Make the backup again, and look what the job that makes it says.")

    @api.model
    def _faults(self, known, chain, link):
        """Return the sentence by code of what Odoo itself finds."""
        places, about = self._places(known, link), link.about and known.files[link.about].name
        values = {'file': self._file_name(known, chain), 'places': places, 'other': about or ''}
        return {
            'no_place': self.env._("nobody has said where it is made."),
            'never': self.env._("no host has told yet what lies at: %(places)s.", **values),
            'silent': self.env._("nobody knows: the host is silent, %(places)s.", **values),
            'blind': self.env._("nobody knows: the folder cannot be read, %(places)s.", **values),
            'not_accepted': self.env._("it proves nothing: no manager has accepted where it is looked for, %(places)s.", **values),
            'not_due': self.env._("it is not due yet."),
            'not_looked': self.env._("nobody has looked since it was due: %(places)s.", **values),
            'missing': self.env._("it is missing. Nothing of that day lies at: %(places)s.", **values),
            'elsewhere': self.env._("%(other)s lies at %(places)s, and not where backups are made.", **values),
            'same_bytes': self.env._("%(file)s holds the very same bytes as %(other)s.", **values),
            'name_date': self.env._("the date in the name of %(file)s is not that of its content.", **values),
            'future': self.env._("%(file)s comes from the future: its date or the clock of the host is wrong.", **values),
            'too_small': self.env._("%(file)s is much smaller than usual (%(size)s).", size=self._size(known, chain), **values),
            'too_large': self.env._("%(file)s is much larger than usual (%(size)s).", size=self._size(known, chain), **values),
            'other_database': self.env._("%(file)s is of another database.", **values),
            'reading': self.env._("%(file)s is being read from end to end.", **values),
            'unread': self.env._("%(file)s waits to be read from end to end.", **values),
            'hashing': self.env._("it is being hashed at: %(places)s.", **values),
            'arriving': self.env._("it is still arriving at: %(places)s.", **values),
            'differs': self.env._("what lies at %(places)s has other bytes than %(file)s.", **values),
            'removable': self.env._("the copy at %(places)s is on a removable medium, which never counts.", **values),
            'same_machine': self.env._("its copies lie on one machine: %(places)s.", **values),
            'share_unknown': self.env._("nobody said which machine holds the share: %(places)s.", **values),
            'cloud_unproven': self.env._("nobody knows whether it is in the cloud: MEGA does not tell its size there, %(places)s.", **values),
            'no_copy': self.env._("%(file)s does not lie at: %(places)s.", **values),
            'too_few_places': self.env._("it cannot lie on enough machines: the set has too few places."),
        }

    @api.model
    def _told_fault(self, known, chain, link):
        """Return what the host itself says is wrong, in its own words where it has some."""
        copy = next((one for one in known.files[chain.file].copies if one.place in link.places), None) if chain.file else None
        file = self._file_name(known, chain)
        words = {
            'empty': self.env._("%(file)s is empty.", file=file),
            'growing': self.env._("%(file)s is still being written.", file=file),
            'partial_name': self.env._("%(file)s bears the name of an unfinished file.", file=file),
            'changed': self.env._("%(file)s was changed after it was hashed.", file=file),
            'cut': self.env._("%(file)s is cut off.", file=file),
            'crc': self.env._("%(file)s is damaged: a checksum in it is wrong.", file=file),
            'hole': self.env._("%(file)s is damaged: a part of it is zeros.", file=file),
            'no_end_marker': self.env._("%(file)s ends before its end: the dump did not finish.", file=file),
            'missing_part': self.env._("a part is missing that belongs to %(file)s.", file=file),
            'wrong_format': self.env._("%(file)s is of another format than the set says.", file=file),
            'encrypted': self.env._("%(file)s is protected by a password: nobody can read it from end to end.", file=file),
            'unknown_format': self.env._("%(file)s has a format that the host does not know.", file=file),
            'not_provable': self.env._("%(file)s has a format that no host can judge.", file=file),
            'no_tool': self.env._("the program that could judge %(file)s is not on the host.", file=file),
            'no_permission': self.env._("%(file)s may not be read by the agent.", file=file),
            'io_error': self.env._("%(file)s cannot be read: its disk or share fails.", file=file),
            'too_slow': self.env._("%(file)s takes too long to read.", file=file),
            'too_large': self.env._("%(file)s takes too much memory to read.", file=file),
        }
        if link.code in words or not copy:
            return words.get(link.code) or link.code
        return self.env._("%(file)s could not be proven (%(code)s).", file=file, code=link.code)

    @api.model
    def _places(self, known, link):
        return "; ".join(known.records[place]._words() for place in link.places if place in known.records) or "–"

    @api.model
    def _file_name(self, known, chain):
        return known.files[chain.file].name if chain.file else "–"

    @api.model
    def _size(self, known, chain):
        sizes = [one.size for one in known.files[chain.file].copies] if chain.file else []
        return quantity(max(sizes, default=0), 'B')

    @api.model
    def _state_words(self, state):
        return dict(self.env['it.backup.set']._fields['state']._description_selection(self.env))[state]

    # === THE STRIP === #

    @api.model
    def _strip(self, known, chains):
        """Return the last days as a row of small signs, each with its day and its reason."""
        return Markup('<div class="d-flex flex-wrap gap-1">%s</div>') % Markup().join(
            Markup('<span role="img" class="badge text-bg-%s" title="%s" aria-label="%s" data-day="%s" data-state="%s">%s</span>') % (
                COLOURS[chain.weakest.state], words, words, chain.day, chain.weakest.state, SIGNS[chain.weakest.state])
            for chain in chains for words in [f"{self._state_words(chain.weakest.state)}. {self._reason(known, chain)}"])

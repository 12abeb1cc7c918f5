from odoo import SUPERUSER_ID, fields, models
from odoo.fields import Command
from odoo.tools import SQL


class ItContributorsMixin(models.AbstractModel):
    """Work of several people that another one must approve: whoever once put a hand to a record stays known, whatever becomes of it.

    The last one who answered, wrote or uploaded may be told by other fields; those before would be forgotten when somebody does it again.
    """
    _name = 'it.contributors.mixin'
    _description = "Work of Several People"
    _inherit = ['it.two.person.mixin', 'it.sealed.mixin']

    _work_fields = frozenset()  # what is written here is work

    contributor_ids = fields.Many2many(
        'res.users', string="Worked on by", readonly=True, copy=False, ondelete='restrict', context={'active_test': False},
        help="Everybody who answered, wrote, uploaded or did something of it, also when it was done again since. None of them approves it.")

    # === BUSINESS METHODS === #

    def _note_contributor(self, users=None):
        """Note that the work of the current user, or of ``users``, is in these records. What the software does by itself is nobody's work.

        The caller has checked that the person may do this work.
        """
        users = (self.env.user if users is None else users).filtered(lambda user: user.id != SUPERUSER_ID)
        for user in users:
            new_sudo = self.sudo().filtered(lambda record, user=user: user not in record.contributor_ids)  # nobody has the right to write it
            if new_sudo:
                new_sudo._transition({'contributor_ids': [Command.link(user.id)]})

    def _note_work(self, vals):
        """Note that the current user is about to write work of these records, if these values hold any; the same text again is none."""
        names = self._work_fields & vals.keys()
        if names and not self.env.su:
            self.filtered(lambda record: any(record._is_work(name, vals[name]) for name in names))._note_contributor()

    def _is_work(self, name, value):
        return self._fields[name].type != 'text' or (self[name] or '') != (value or '')

    def _note_file_change(self):  # returns nothing  # pylint: disable=missing-return
        """Know who changed what is in a file as one of those who gave it."""
        super()._note_file_change()
        self._note_contributor()

    def _get_doers(self):
        """Return whoever had a hand in this one record. Extended by what else the record tells of people."""
        return self.sudo().contributor_ids  # who may read the record may know whose work it is

    # === WHAT IS SEALED === #

    def _get_seal_contents(self):
        """Seal the people too, which are no lines."""
        contents = super()._get_seal_contents()
        field = self._fields['contributor_ids']
        pairs = self.env.execute_query(SQL(
            "SELECT %(own)s, %(user)s FROM %(table)s WHERE %(own)s = ANY(%(ids)s) ORDER BY 1, 2", own=SQL.identifier(field.column1),
            user=SQL.identifier(field.column2), table=SQL.identifier(field.relation), ids=self.ids))
        logins = self._logins({user_id for _record_id, user_id in pairs})
        for content in contents.values():
            content['contributors'] = []
        for record_id, user_id in pairs:
            content = contents[record_id]
            # Not the login as a name: a login that changes is no tampering.
            content['contributors'].append({'id': user_id, 'name': f'user {user_id}'})
            content['people'][str(user_id)] = logins[user_id]
        return contents

import logging

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import config

from ...lib import setup_state

_logger = logging.getLogger(__name__)

NAMES_SHOWN = 5
MAIL_LOOK_BACK = "-7d"


class ItSetup(models.AbstractModel):
    """What a company has to do before the handbook runs by itself, and how much of it is done.

    A line is one small method that returns ``_line(…)``, in a number of queries that does not grow; rooms above add theirs to ``_get_line_names``.
    """
    _name = 'it.setup'
    _description = "Set-up"

    # === ACTION METHODS === #

    @api.model
    def get_setup(self):
        """Return the lines of the current company for its managers and auditors.

        :raises AccessError: the caller is neither
        :return: ``{'company': "My Company", 'lines': [{'key', 'state', 'title', 'why', 'found', 'button', 'action'}]}``; ``state`` is one of
            ``lib.setup_state.STATES``, ``action`` what the button opens as
            ``_action`` returns it, False for who may not do it
        """
        if not self._is_reader():
            raise AccessError(self.env._("Only managers and auditors of IT Continuity see how far the set-up is."))
        return {'company': self.env.company.name, 'lines': self._lines()}

    @api.model
    def get_banner(self):
        """Return what a manager is told on Today: the titles of what is not done. Others, and who put it aside, are told nothing.

        :return: ``{'open': ["People in roles"], 'total': 9}``
        """
        if not self._is_manager():
            return {'open': [], 'total': 0}
        lines = self._lines()
        waiting = [line for line in lines if line['state'] != setup_state.DONE]
        is_new = {line['key'] for line in waiting} - self._put_aside()
        return {'open': [line['title'] for line in waiting] if is_new else [], 'total': len(lines)}

    @api.model
    def put_banner_aside(self):
        """Do not tell this person again of what is open now; what opens later is told."""
        settings_sudo = self.env['res.users.settings']._find_or_create_for_user(self.env.user)  # their own, whatever their rights
        keys = {line['key'] for line in self._lines() if line['state'] != setup_state.DONE} if self._is_manager() else set()
        settings_sudo.itc_setup_put_aside = ','.join(sorted(keys))

    # === BUSINESS METHODS === #

    @api.model
    def _is_manager(self):
        return self.env.user.has_group('it_continuity.it_continuity_group_manager')

    @api.model
    def _is_reader(self):
        return self._is_manager() or self.env.user.has_group('it_continuity.it_continuity_group_auditor')

    @api.model
    def _put_aside(self):
        settings_sudo = self.env.user.sudo().res_users_settings_ids
        return set((settings_sudo.itc_setup_put_aside or '').split(','))

    @api.model
    def _get_line_names(self):
        """Return the lines in the order in which they are best done, each the name of a method ``_line_…``. Rooms above add theirs."""
        return ['roles', 'managers', 'employees', 'clock', 'mail']

    @api.model
    def _lines(self):
        lines = []
        for name in self._get_line_names():
            try:
                with self.env.cr.savepoint(flush=False):
                    line = getattr(self, f'_line_{name}')()
            except Exception:  # a line that cannot be looked at is told as such, the others are told all the same
                _logger.exception("The set-up's line “%s” could not be looked at", name)
                line = self._line(
                    setup_state.UNKNOWN, name, self.env._("Nobody could look at this. The server's log says why; ask an administrator."))
            lines.append({**line, 'key': name})
        return lines

    @api.model
    def _line(self, state, title, found, why='', button='', action=False):
        """Return one line.

        :param state: one of ``lib.setup_state.STATES``
        :param found: what was found, as a sentence: who or what is missing
        :param why: what it is for, as one sentence
        :param button: words on the button that leads to where it is done
        :param action: what the button opens, False when this person may not do it
        """
        return {'state': state, 'title': title, 'found': found, 'why': why, 'button': button, 'action': action}

    @api.model
    def _state(self, is_done):
        return setup_state.DONE if is_done else setup_state.OPEN

    @api.model
    def _names(self, names):
        """Return the first few names as words."""
        names = list(names)
        shown = ", ".join(names[:NAMES_SHOWN])
        if len(names) <= NAMES_SHOWN:
            return shown
        return self.env._("%(names)s and %(count)s more", names=shown, count=len(names) - NAMES_SHOWN)

    @api.model
    def _action(self, xmlid, model, **values):
        """Return what the button opens, False for who may not write ``model``.

        :param values: what replaces the values of the window action; the client loads it when the button is pressed
        """
        return self.env[model].has_access('write') and {'xmlid': xmlid, 'model': model, 'values': values}

    @api.model
    def _people(self, group):
        """Return the active users of the company that have a group of ours."""
        return self.env.company.sudo()._itc_people(group)

    @api.model
    def _administrator(self):
        return self.env._("An administrator of Odoo does this in the Settings.")

    # === LINES === #

    @api.model
    def _line_roles(self):
        empty = self.env['it.role'].search([('is_empty', '=', True), ('company_id', 'in', (False, self.env.company.id))])
        used = {role: uses for role in empty if (uses := role.uses_text)}
        return self._line(
            self._state(not used), self.env._("People in roles"),
            " ".join(self.env._("Nobody is “%(role)s”: %(uses)s.", role=role.name, uses=uses) for role, uses in used.items())
            or self.env._("Every role that something belongs to has people."),
            why=self.env._("What belongs to an empty role reaches nobody: it falls due, and nobody is told."),
            button=self.env._("Name the people"), action=self._action('it_continuity.it_role_action', 'it.role'))

    @api.model
    def _line_managers(self):
        managers = self._people('manager')
        found = self.env._("%(names)s.", names=self._names(managers.mapped('name'))) if managers else self.env._("Nobody is a manager.")
        if len(managers) == 1:
            found = self.env._("Only %(name)s is a manager.", name=managers.name)
        action = self._action('base.action_res_users', 'res.users')
        return self._line(
            self._state(len(managers) > 1), self.env._("Two managers"), found if action or len(managers) > 1 else f"{found} {self._administrator()}",
            why=self.env._("Who did something may not verify or approve it: with one manager it stands still when that one works or is away."),
            button=self.env._("Open the users"), action=action)

    @api.model
    def _line_employees(self):
        company = self.env.company
        users_sudo = self.env['res.users'].sudo().search([('share', '=', False), ('company_ids', 'in', company.id)])
        left = users_sudo - self._people('user') - self._people('auditor')
        action = self._action('base.action_res_users', 'res.users', domain=[('id', 'in', left.ids)])
        found = self.env._("Cannot log a ticket: %(names)s.", names=self._names(left.mapped('name')))
        return self._line(
            self._state(not left), self.env._("Colleagues can log tickets"),
            (found if action else f"{found} {self._administrator()}") if left
            else self.env._("The one user can.") if len(users_sudo) == 1
            else self.env._("All %(count)s users can.", count=len(users_sudo)),
            why=self.env._("Who lacks the group “User” of IT Continuity can ask IT only by phone, and nobody can prove what was asked."),
            button=self.env._("Give them the group"), action=action)

    @api.model
    def _line_clock(self):
        company_sudo = self.env.company.sudo()
        calendar_sudo = company_sudo.resource_calendar_id
        wrong = setup_state.clock(company_sudo.itc_tz, calendar_sudo.tz, bool(calendar_sudo.attendance_ids))
        found = {
            'unchosen': self.env._("The time zone is %(tz)s: nobody has chosen one.", tz=company_sudo.itc_tz or "–"),
            'no_hours': self.env._("The company has no working hours."),
            'differs': self.env._(
                "The clock is %(tz)s, and the working hours “%(hours)s” are in %(other)s.",
                tz=company_sudo.itc_tz, hours=calendar_sudo.name, other=calendar_sudo.tz),
        }.get(wrong) or self.env._("%(tz)s, %(hours)s.", tz=company_sudo.itc_tz, hours=calendar_sudo.name)
        action = self._action('it_continuity.it_setup_clock_action', 'it.setup.clock', context={'default_company_id': company_sudo.id})
        return self._line(
            self._state(not wrong), self.env._("Time zone and working hours"), found,
            why=self.env._("They say when “today at 8” is, which days are closed, and how long a ticket waited."),
            button=self.env._("Set the clock"), action=action)

    @api.model
    def _line_mail(self):
        servers_sudo = self.env['ir.mail_server'].sudo().search([('owner_user_id', '=', False)])
        failed = self.env['mail.mail'].sudo().search_count([
            ('state', '=', 'exception'), ('failure_type', '=', 'mail_smtp'), ('create_date', '>=', MAIL_LOOK_BACK)])
        wrong = setup_state.mail(len(servers_sudo), self._is_mail_configured(), failed)
        action = self._action('base.action_ir_mail_server_list', 'ir.mail_server')
        found = {
            'none': self.env._("No outgoing mail server is set up."),
            'failing': self.env._("Mails of the last week that no server took: %(count)s.", count=failed),
        }.get(wrong) or self.env._("%(names)s.", names=self._names(servers_sudo.mapped('name')) or config['smtp_server'])
        return self._line(
            self._state(not wrong), self.env._("Outgoing mail"), found if action or not wrong else f"{found} {self._administrator()}",
            why=self.env._("Reminders, answers to tickets and reports go out by mail; without it they are written and lost."),
            button=self.env._("Set up mail"), action=action)

    @api.model
    def _is_mail_configured(self):
        """Tell whether the command line, the environment or the configuration file names a mail server; Odoo's default is a guess."""
        given = (config._runtime_options, config._cli_options, config._env_options, config._file_options)
        return any(options.get('smtp_server') for options in given)

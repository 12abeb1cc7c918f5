from functools import cache

from odoo import api, models

from ...lib import alert_call, local_time
from ..mixins import clock

TECHNICIAN = 'it_continuity.it_continuity_group_technician'


class ItAlertDuty(models.AbstractModel):
    """Who is told of an alert: by the asset's owner, the rota, the role, its managers; leave and working hours count, lib.alert_call decides.

    Only people who may read alerts are told of one. The caller runs in superuser mode: leave is read, only people leave these methods.
    """
    _name = 'it.alert.duty'
    _description = "Who Hears of Alerts"

    # === BUSINESS METHODS === #

    @api.model
    def _audiences(self, alerts, step, company=None):
        """Return ``{it.alert: res.users}``: who is told at a step, in a number of queries that does not grow with the alerts.

        :param alerts: of one company's settings
        :param step: of the ladder; ``manager`` leaves out whoever is no manager
        :param company: whose people; by default those by whose settings people hear of these alerts
        """
        if not alerts:
            return {}
        company = company or alerts[0]._settings()
        keys = {alert: (alert.owner_id.id, alert.asset_id.owner_id.id, self._role(company, alert).id) for alert in alerts}
        circles = self._circles(company, set(keys.values()), step)
        people = self._people(company, {user for found in circles.values() for circle in found for user in circle}, circles)
        users = self.env['res.users']
        told = {key: users.browse(alert_call.audience(found, people)) for key, found in circles.items()}
        return {alert: told[key] for alert, key in keys.items()}

    @api.model
    def _role(self, company, alert):
        return (
            alert.asset_id.role_id or company.itc_alert_role_id
            or self.env.ref('it_continuity.role_it_technician', raise_if_not_found=False) or self.env['it.role'])

    @api.model
    def _circles(self, company, keys, step):
        """Return ``{(who has it, the asset's owner, role): circles of user ids}``, the nearest circle first."""
        managers = company._itc_people().ids
        admins = self.env.ref('base.group_system').all_user_ids.ids
        roles = self.env['it.role'].browse({role for *_who, role in keys if role})
        if step == 'manager':
            return {(has, owner, role): [(roles.browse(role or []).manager_ids.ids or managers), managers, admins] for has, owner, role in keys}
        stand_ins = self._stand_ins(company, keys)
        return {
            (has, owner, role): [
                [has] if has else [], [user for user in (owner, *stand_ins[owner, role]) if user], roles.browse(role or []).user_ids.ids,
                roles.browse(role or []).manager_ids.ids, managers, admins]
            for has, owner, role in keys}

    @api.model
    def _stand_ins(self, company, keys):
        """Return ``{(owner, role): user ids}``: who is there for an owner, and whose turn it is by the rota, or who stands in."""
        window = self._window()
        rota = company.itc_alert_rota_id.filtered('active')
        day = local_time.local_date(window[0], company.itc_tz or 'UTC')
        pairs = sorted({(owner or 0, role or 0) for _has, owner, role in keys})
        roles = self.env['it.role'].browse({role for _owner, role in pairs if role})
        cases = []
        for owner, role in pairs:
            turn = rota and self.env['it.duty']._planned(day, self.env['res.users'], rota, roles.browse(role or []))
            cases += [(owner or False, False, False, window), (turn or False, rota.id or False, role or False, window)]
        duties = self.env['it.duty']._assign(company, cases)
        found = {}
        for number, (owner, role) in enumerate(pairs):
            of_owner, of_rota = duties[2 * number:2 * number + 2]
            found[owner or False, role or False] = [
                duty.person for duty, is_asked in ((of_owner, owner), (of_rota, rota)) if is_asked and duty.person]
        return found

    @api.model
    def _window(self):
        """Return the hour in which somebody is to act: who is on leave all through it is away."""
        now = clock.exact(self.env)
        return now, now + alert_call.REACT

    @api.model
    def _people(self, company, user_ids, circles):
        """Return ``{user id: lib.alert_call.Person}``; who may read no alert is left out, unless nobody else is left."""
        users = self.env['res.users'].with_context(active_test=False).browse(sorted(user_ids))
        start, end = self._window()
        is_away = self.env['it.calendar']._away_test(company, users, start, end)
        working = self.env['it.calendar']._working_now(company, users, start)
        on_call = self._on_call(company)
        readers, admins = set(company._itc_people('technician').ids), self.env.ref('base.group_system').all_user_ids

        @cache
        def person(user):
            is_active = user.active and not user.share and company in user.company_ids and (user.id in readers or user in admins)
            is_here = is_active and not is_away(user.id, start, end)
            return alert_call.Person(is_here, is_here and (user.id in working or user.id in on_call), is_active)

        return {user.id: person(user) for user in users}

    @api.model
    def _on_call(self, company):
        """Return the ids of who is on duty at any hour: whose turn it is by the company's rota, or who stands in."""
        return {user for pair in self._stand_ins(company, {(False, False, False)}).values() for user in pair}

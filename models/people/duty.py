from functools import cache

from odoo import api, models
from odoo.tools import SQL

from ...lib import rota


class ItDuty(models.AbstractModel):
    """Who is on duty and who stands in, by rotas, roles, deputies and Odoo's calendars; lib.rota decides.

    The caller runs in superuser mode: leave is read, only people leave these methods.
    """
    _name = 'it.duty'
    _description = "Duty"

    # === BUSINESS METHODS === #

    @api.model
    def _planned(self, day, user, its_rota, role):
        """Return the id of whose a local day is while nobody is on leave; None: everybody with the role."""
        return rota.planned(day, user.id or None, its_rota._rota() if its_rota else None, role.user_ids.ids)

    @api.model
    def _assign(self, company, cases, held=None):
        """Return a :class:`lib.rota.Duty` for each case, in a number of queries that does not grow with them.

        :param cases: ``(planned user, rota, role, (from, to))`` of each: ids or False, and two naive UTC moments
        :param held: the duties so far, None for new ones
        """
        if not cases:
            return []
        people = self._people(company, *({case[place] for case in cases} - {False, None} for place in range(3)))
        is_away = self.env['it.calendar']._away_test(
            company, self.env['res.users'].browse(people['all']),
            min(window[0] for *_who, window in cases), max(window[1] for *_who, window in cases))

        @cache
        def assign(planned, rota_id, role_id, window, before):
            team = rota.Team(
                planned or None, people['rota'].get(rota_id, ()), people['deputies'].get(planned, ()), people['role'].get(role_id, ()))
            return rota.assign(team, lambda user: is_away(user, *window), before)

        return [assign(*case, before) for case, before in zip(cases, held or [None] * len(cases), strict=True)]

    @api.model
    def _on_duty(self, company, people, start, end):
        """Return those of a role's people who are not on leave all through between two naive UTC moments; everybody, if all are."""
        is_away = self.env['it.calendar']._away_test(company, people, start, end)
        return people.filtered(lambda user: not is_away(user.id, start, end)) or people

    @api.model
    def _departments(self, user_ids):
        """Return ``{(user id, company id): department id}`` of today, by one query."""
        employees_sudo = self.env['hr.employee'].sudo()  # where a colleague works is pinned whoever starts the run
        user_ids = [user_id for user_id in user_ids if user_id]
        if not user_ids:
            return {}
        employees_sudo.flush_model(['user_id', 'company_id', 'current_version_id', 'active'])
        self.env['hr.version'].flush_model(['department_id'])
        return {
            (user_id, company_id): department_id for user_id, company_id, department_id in self.env.execute_query(SQL("""
                SELECT employee.user_id, employee.company_id, version.department_id
                  FROM hr_employee employee JOIN hr_version version ON version.id = employee.current_version_id
                 WHERE employee.user_id = ANY(%s) AND version.department_id IS NOT NULL
                 ORDER BY employee.active, employee.id DESC
            """, user_ids))}

    @api.model
    def _people(self, company, planned_ids, rota_ids, role_ids):
        """Return who may be on duty: ``{'rota' | 'deputies' | 'role': {id: user ids in order}, 'all': user ids}``."""
        deputies = self.env['it.deputy'].search_fetch(
            [('company_id', '=', company.id), ('user_id', 'in', list(planned_ids))], ['user_id', 'deputy_id'])
        people = {
            'rota': {each.id: tuple(each.member_ids.user_id.ids) if each.active else () for each in self.env['it.rota'].browse(rota_ids)},
            'role': {each.id: tuple(each.user_ids.ids) for each in self.env['it.role'].browse(role_ids)},
            'deputies': {user.id: tuple(lines.deputy_id.ids) for user, lines in deputies.grouped('user_id').items()},
        }
        return {**people, 'all': planned_ids.union(*(ids for lists in people.values() for ids in lists.values()))}

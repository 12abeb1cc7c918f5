import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import mute_logger

from ...lib import recurrence
from .task_generation import LOST_RACE, SILENT

_logger = logging.getLogger(__name__)

EVENT_KINDS = [
    ('restart', "Restart"),
    ('unclean_restart', "Unclean restart"),
    ('power_outage', "Power outage"),
]
# Which switches of a task an event answers to.
SWITCHES = {
    'restart': ('after_restart',),
    'unclean_restart': ('after_restart', 'after_unclean_restart'),
    'power_outage': ('after_power_outage',),
}


class ItTask(models.Model):
    """Tasks that something asks for which nobody can plan; each event makes one run of each task that waits for it."""
    _inherit = 'it.task'

    # === BUSINESS METHODS === #

    @api.model
    def _fire_event(self, kind, asset, at):
        """Make one run of each task that waits for an event, for software that has seen one.

        The same event told again, equal in all three, makes no second run. A task that fails is flagged with the reason and the
        others go on.

        :param kind: a key of ``SWITCHES``
        :param asset: the ``it.asset`` that it happened to; none for the whole site of the current company
        :param at: naive UTC moment at which it happened; the run is named by it, and opens now, when it is known
        :raises AccessError: not in superuser mode
        :return: the runs made
        """
        if not self.env.su:
            raise AccessError(self.env._("Runs are made from their task's schedule, or by “Start a run now” on the task."))
        asset = self.env['it.asset'].browse(asset and asset.id)  # what stops with it is asked for all companies
        runs = self.env['it.task.run']
        for task in self.search(self._event_domain(kind, asset)):
            if task._waits_for(kind, asset):
                runs |= task._run_after_safely(kind, asset, at)
        return runs

    @api.model
    def _event_domain(self, kind, asset):
        """Return the domain of the tasks that wait for a kind of event; an asset of no company concerns every company."""
        domain = Domain('schedule_kind', '=', 'event') & Domain.OR(Domain(switch, '=', True) for switch in SWITCHES[kind])
        company = asset.company_id if asset else self.env.company
        return domain & Domain('company_id', '=', company.id) if company else domain

    def _waits_for(self, kind, asset):
        """Tell whether an event of this asset concerns this one task.

        A restart concerns the tasks about the host or something that runs on it; a power outage those about all that stops with the
        asset. A task that names no host, itself or through what runs on one, is about each of them.
        """
        hosts = self.asset_ids.filtered(lambda one: one.kind == 'host') | self.asset_ids.host_id
        if not asset or not hosts:
            return True
        struck = asset | asset.impact_ids if kind == 'power_outage' else asset
        return bool(struck & (self.asset_ids | hosts))

    def _run_after_safely(self, kind, asset, at):
        """Return the new run of this one task, none if there is one for this event already."""
        try:
            with self.env.cr.savepoint(), mute_logger('odoo.sql_db'):
                run = self._run_after(kind, asset, at)
                if self.generation_error:
                    self.with_context(**SILENT).generation_error = False
                return run
        except LOST_RACE:
            _logger.info("The run of task %s after an event is being made by another worker", self.id)
        except Exception as error:  # noqa: BLE001  whatever it is, the person who owns the task has to see it
            self.env.invalidate_all()
            self._flag_generation_error(str(error))
        return self.env['it.task.run']

    def _run_after(self, kind, asset, at):
        at, now = at.replace(microsecond=0), self.env.cr.now().replace(microsecond=0)
        name = f"{at.isoformat()}Z {kind} {asset.id or 0}"
        if self.env['it.task.run'].search_count([('task_id', '=', self.id), ('occurrence', '=', name)], limit=1):
            return self.env['it.task.run']
        occurrence, span = recurrence.event_occurrence(self._schedule(), now, self.company_id.itc_tz)
        values = {
            **self._run_values(occurrence, span),
            'occurrence': name, 'event_kind': kind, 'event_asset_id': asset.id, 'event_at': at}
        self.env['it.task.run']._put_on_duty(self.company_id, [values])
        return self.env['it.task.run'].with_context(mail_create_nosubscribe=True, mail_auto_subscribe_no_notify=True).create(values)


class ItTaskRun(models.Model):
    """Which event asked for a run."""
    _inherit = 'it.task.run'

    event_kind = fields.Selection(EVENT_KINDS, string="After", readonly=True, help="The event that asked for this run.")
    event_asset_id = fields.Many2one('it.asset', string="It happened to", readonly=True, ondelete='restrict')
    event_at = fields.Datetime("It happened at", readonly=True)

from odoo import api, models
from odoo.tools import format_date

from ...lib import setup_state


class ItSetup(models.AbstractModel):
    _inherit = 'it.setup'

    # === BUSINESS METHODS === #

    @api.model
    def _get_line_names(self):
        return [*super()._get_line_names(), 'host', 'proposals', 'backups', 'ways_out', 'watcher']

    # === LINES === #

    @api.model
    def _line_host(self):
        agents = self.env['it.agent'].search([('is_server', '=', False), ('company_id', 'in', (False, self.env.company.id))])
        by_contact = agents.grouped(lambda agent: agent.contact if agent.state == 'active' else agent.state)
        step = setup_state.host(by_contact)
        first = by_contact.get(step, agents.browse())[:1]
        found = {
            'none': self.env._("No host is there yet."),
            'draft': self.env._("%(host)s has not enrolled yet.", host=first.name),
            'pending': self.env._("%(host)s has enrolled and waits to be confirmed.", host=first.name),
            'waiting': self.env._("%(host)s is confirmed; its first report is on the way.", host=first.name),
            'silent': self.env._("%(host)s is silent.", host=first.name),
        }.get(step) or self.env._("Reporting: %(names)s.", names=self._names(by_contact['heard'].mapped('name')))
        return self._line(
            self._state(not step), self.env._("The first host"), found,
            why=self.env._("What no machine measures, people have to look at each day."),
            button=self._host_words(step), action=self._action('it_continuity.it_agent_action', 'it.agent', **self._host_form(first.id, step)))

    @api.model
    def _host_words(self, step):
        if step == 'none':
            return self.env._("Add a host")
        return self.env._("Confirm it") if step == 'pending' else self.env._("Open the host") if step else self.env._("Open the hosts")

    @api.model
    def _host_form(self, agent_id, step):
        """Return what makes the action of hosts open the form in question; nothing when all is well."""
        return {'res_id': agent_id, 'view_mode': 'form', 'views': [(False, 'form')]} if step else {}

    @api.model
    def _line_proposals(self):
        agents = self.env['it.agent'].search([
            ('is_server', '=', False), ('state', '=', 'active'), ('company_id', 'in', (False, self.env.company.id))])
        waiting = agents.filtered('has_proposals')
        wrong = setup_state.proposals(bool(waiting), any(agents.mapped('discovered_at')))
        found = {
            '': self.env._("Somebody has decided on everything that was found."),
            'unseen': self.env._("No host has told yet what is on it. It does so with its first reports; an older agent never does."),
        }.get(wrong) or self._names(
            self.env._("%(host)s (%(count)s)", host=agent.name, count=agent.proposal_count) for agent in waiting)
        values = {'res_id': waiting.id, 'view_mode': 'form', 'views': [(False, 'form')]} if len(waiting) == 1 else {
            'context': {'search_default_proposals': 1}} if waiting else {}
        return self._line(
            self._state(not wrong), self.env._("What the hosts found"), found,
            why=self.env._("A host finds most of what the handbook wants to be watched; somebody only has to say yes."),
            button=self.env._("Look at the proposals") if waiting else self.env._("Open the hosts"),
            action=self._action('it_continuity.it_agent_action', 'it.agent', **values))

    @api.model
    def _line_backups(self):
        company = self.env.company
        templates = self.env['it.check.template'].search([
            ('asset_id.kind', '=', 'backup'), ('asset_id.active', '=', True), ('company_id', 'in', (False, company.id))])
        made = self.env['it.check'].search([('template_id', 'in', templates.ids), ('company_id', 'in', (False, company.id))])
        left = templates - made.template_id
        hosts = self.env['it.agent'].search([
            ('state', '=', 'active'), ('is_server', '=', False), ('company_id', 'in', (False, company.id))])
        context = {'default_template_id': left[:1].id, **({'default_agent_id': hosts.id} if len(hosts) == 1 else {})}
        return self._line(
            self._state(not left), self.env._("Checks of the backups"),
            self.env._("On no host yet: %(names)s.", names=self._names(left.mapped('name'))) if left
            else self.env._("Each backup is looked at on a host."),
            why=self.env._("Each company has its backups elsewhere: until the folder is given, nobody notices that a backup is missing."),
            button=self.env._("Add the next one"),
            action=self._action('it_continuity.it_check_action', 'it.check', view_mode='form', views=[(False, 'form')], context=context))

    @api.model
    def _line_ways_out(self):
        channels = self.env['it.notification.channel'].search([('company_id', '=', self.env.company.id), ('kind', '!=', 'mail')])
        works = channels.filtered(lambda channel: channel.health == 'ok')
        found = self.env._("Nothing is there but mail.")
        if works:
            found = self.env._("Seen to arrive: %(names)s.", names=self._names(works.mapped('name')))
        elif channels:
            found = self.env._("Nobody has said lately that a test arrived: %(names)s.", names=self._names(channels.mapped('name')))
        return self._line(
            self._state(works), self.env._("A way out besides mail"), found,
            why=self.env._("When the mail server is what stands still, a mail about it reaches nobody."),
            button=self.env._("Open the ways out") if channels else self.env._("Add one"),
            action=self._action('it_continuity.it_notification_channel_action', 'it.notification.channel'))

    @api.model
    def _line_watcher(self):
        newest = self.env['it.watcher'].search([('company_id', '=', self.env.company.id)], limit=1)
        wrong = setup_state.watcher(newest.confirmed_on or None, newest._today())
        last = {'name': newest.name, 'date': format_date(self.env, newest.confirmed_on)}
        found = {
            'never': self.env._(
                "Nobody has said what watches from outside. Let a monitor outside this house, for instance an uptime service or a machine at "
                "another site, open %(url)s every few minutes and tell two people when it does not answer.", url=self._health_url()),
            'long_ago': self.env._("%(name)s was last seen working on %(date)s: let it raise an alarm once, and confirm it again.", **last),
        }.get(wrong) or self.env._("%(name)s, seen working on %(date)s.", **last)
        return self._line(
            self._state(not wrong), self.env._("Something outside watches"), found,
            why=self.env._("When power, network or this Odoo are gone, nothing in here can tell anybody."),
            button=self.env._("Say what watches"), action=self._action('it_continuity.it_watcher_action', 'it.watcher', context={
                'default_name': newest.name, 'default_url': newest.url}))

    @api.model
    def _health_url(self):
        # The address is no secret: it stands in every mail of this Odoo.
        return f"{self.env['ir.config_parameter'].sudo().get_param('web.base.url')}/it_continuity/health"

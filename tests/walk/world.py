import json
from datetime import date, timedelta
from email.message import EmailMessage
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user
from odoo.tools import SQL

from odoo.addons.base.models.ir_cron import IrCron

from ...lib import protocol
from ..backups.backup_case import BACKUP, told
from ..closing.common import ClosingCase
from ..monitoring.agent_case import AgentCase
from ..service_desk.common import TicketCase

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class WorldCase(TicketCase, ClosingCase, AgentCase, HttpCase):
    """One record of each model in each of its states, made as the product makes them, and a person of each kind to look at them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A cron commits after each batch; a test is rolled back at its end instead.
        cls.startClassPatcher(patch.object(IrCron, '_commit_progress', lambda *_args, **_kwargs: float('inf')))
        cls.guest = new_test_user(cls.env, login='itc_guest', name="Guest", email='guest@example.com', groups='base.group_user')
        cls._make_world()
        cls.env.flush_all()

    @classmethod
    def _make_world(cls):
        cls._make_people()
        cls._make_agents()
        cls._make_alerts()
        cls._make_outbox()
        cls._make_runs()
        cls._make_excuses()
        cls._make_tickets()
        cls._make_closings()
        cls._make_improvements()
        cls._make_evidence()

    @classmethod
    def _empty(cls):
        """Empty our tables, the handbook with them, as far as no other app's rows hang on them."""
        cls.env.flush_all()
        tables = [model._table for name, model in cls.env.registry.items()
                  if name.startswith('it.') and not model._abstract and model._auto and not model._transient]
        # The log of evidence refuses to be emptied, rightly; this is taken back with the test's transaction.
        cls.env.cr.execute('ALTER TABLE it_seal_event DISABLE TRIGGER USER')
        cls._let_go(tables)
        cls.env.cr.execute('TRUNCATE ' + ', '.join(sorted(tables)) + ' CASCADE')  # our own tables  # pylint: disable=sql-injection
        cls.env.cr.execute(
            "DELETE FROM ir_model_data WHERE module = 'it_continuity' AND model = ANY(%s)",
            [[name for name in cls.env.registry if name.startswith('it.')]])
        cls.env.invalidate_all()
        cls.registry.clear_all_caches()

    @classmethod
    def _let_go(cls, tables):
        """Take our records from rows of other apps that may be without them, such as companies: emptying ours would empty theirs too."""
        cls.env.cr.execute("""
            SELECT held.conrelid::regclass::text, held.conname, attribute.attname FROM pg_constraint AS held
              JOIN pg_attribute AS attribute ON attribute.attrelid = held.conrelid AND attribute.attnum = held.conkey[1] AND NOT attribute.attnotnull
             WHERE held.contype = 'f' AND held.confrelid = ANY(%s::regclass[]) AND held.conrelid != ALL(%s::regclass[])
        """, [tables, tables])
        for table, constraint, column in cls.env.cr.fetchall():
            cls.env.cr.execute(SQL("UPDATE %s SET %s = NULL", SQL.identifier(table), SQL.identifier(column)))
            cls.env.cr.execute(SQL("ALTER TABLE %s DROP CONSTRAINT %s", SQL.identifier(table), SQL.identifier(constraint)))

    @classmethod
    def _make_people(cls):
        cls.env['hr.employee'].create({'name': cls.technician.name, 'user_id': cls.technician.id})
        cls.env['it.rota'].create({
            'name': "Walk rota", 'start_date': date(2026, 1, 5), 'turn_length': 1,
            'member_ids': [Command.create({'user_id': person.id}) for person in (cls.technician, cls.technician_2)]})
        cls.env['it.deputy'].create({'user_id': cls.technician.id, 'deputy_id': cls.technician_2.id})
        equipment = cls.env['maintenance.equipment'].create({'name': "Walk laptop"})
        cls.host.equipment_id = equipment
        cls.env['maintenance.request'].create({'name': "Walk request", 'equipment_id': equipment.id})

    @classmethod
    def _make_agents(cls):
        """Agents of each state; the active one has reported, one of its checks is bad."""
        for state in ('draft', 'pending', 'revoked'):
            asset = cls.env['it.asset'].create({'name': f"srv-{state}", 'kind': 'host', 'category_id': cls.category.id})
            if state == 'draft':
                cls.env['it.agent'].create({'asset_id': asset.id})
            else:
                _fake, agent = cls._host(f"srv-{state}", asset)
                agent.state = state
        cls.env['it.asset'].create({'name': "srv-free", 'kind': 'host', 'category_id': cls.category.id})
        records = [cls.fake.cycle(seq, '02', ago_s=40 - 10 * seq) for seq in range(1, 4)]
        caller = cls.env['it.sample.store']._authenticate(protocol.parse_authorization(cls.fake.headers['Authorization']))
        cls.env['it.sample.store']._store_report(caller, protocol.parse_report(json.dumps(cls.fake.report(cls.db_id, records)).encode()))
        cls._make_heartbeats()
        cls._make_proposals()
        cls._make_backups()
        cls.env['it.judge']._judge()

    @classmethod
    def _make_backups(cls):
        """A set that is proven, one that lies on a thumb drive and whose other place waits to be accepted, and one without places."""
        now = cls.env.cr.now().replace(microsecond=0)
        sets = cls.env['it.backup.set'].with_user(cls.manager).create([
            {'name': f"Walk {name}", 'due_h': 0, 'asset_id': cls.host.id} for name in ('proven', 'broken', 'new')])
        for agent in (cls.agent, cls.other_agent):
            cls.env['it.check.kind'].create({'agent_id': agent.id, **BACKUP})
        for one, medium, copier in ((sets[0], 'ssd', cls.manager), (sets[1], 'removable', cls.technician)):
            for agent, kind, person in ((cls.agent, 'made', cls.manager), (cls.other_agent, 'copy', copier)):
                place = cls.env['it.backup.place'].with_user(person).create({
                    'set_id': one.id, 'agent_id': agent.id, 'kind': kind, 'folder': f'/walk/{one.id}'}).sudo()
                cls.env['it.backup.place']._take_backup_files(
                    place.check_id, [told(f'walk_{now.date()}.zip', now, medium=medium)], now)
        cls.env['it.backup.day']._keep(2)
        cls.env['it.backup.storage']._keep()
        cls.env.company.itc_offline_all = False  # what is proven at two places stays so without internet
        cls.env['it.internet.say'].with_user(cls.technician).create({'note': "Walk: no light on the router"}).action_say()
        cls.env['it.internet.spell'].create({
            'company_id': cls.env.company.id, 'source': 'agents', 'since': now - timedelta(hours=2), 'start_at': now - timedelta(hours=2),
            'end_at': now - timedelta(hours=1), 'note': "Walk: no host gets out"})
        drills = cls.env['it.restore.drill'].with_user(cls.technician)
        for step in ('action_done', 'action_fail', 'action_give_up', None):
            drill = drills.browse(drills.action_draw()['res_id'])
            drill.write({'where_to': "srv-test", 'minutes': 45, 'found': "Walk looked at ten records"})
            if step:
                getattr(drill, step)()

    @classmethod
    def _make_alerts(cls):
        """One that nobody has, of the bad check; of a host of its own one in each other state."""
        fake, agent = cls._host("srv-alerts", cls.env['it.asset'].create({'name': "srv-alerts", 'kind': 'host', 'category_id': cls.category.id}))
        checks = cls.env['it.check'].union(*(cls._check(agent, f"Walk {state}") for state in ('acknowledged', 'snoozed', 'resolved')))
        fake.know(checks)
        for seq, states in ((1, '222'), (2, '222'), (3, '220')):
            cls.env.flush_all()
            caller = cls.env['it.sample.store']._authenticate(protocol.parse_authorization(fake.headers['Authorization']))
            body = json.dumps(fake.report(cls.db_id, [fake.cycle(seq, states, ago_s=40 - 10 * seq)])).encode()
            cls.env['it.sample.store']._store_report(caller, protocol.parse_report(body))
            cls.env['it.judge']._judge()
        until = fields.Datetime.now() + HOUR
        alerts = cls.env['it.alert'].with_user(cls.technician).search([('check_id', 'in', checks.ids)]).grouped('check_id')
        alerts[checks[0]].action_acknowledge("Walk sees to it", until)
        alerts[checks[0]].action_make_ticket()
        alerts[checks[1]].action_snooze("Walk later", until)

    @classmethod
    def _make_outbox(cls):
        """A way out of each kind, of which one works and two are red; messages in each state. Nothing leaves the tests."""
        channels = cls.env['it.notification.channel'].with_user(cls.manager).create([
            {'name': "Walk mail", 'kind': 'mail', 'user_ids': [Command.set(cls.manager.ids)]},
            {'name': "Walk activity", 'kind': 'activity'},
            {'name': "Walk phones", 'kind': 'webhook', 'shape': 'ntfy', 'url': 'https://ntfy.example.com', 'topic': 'it-duty'},
            {'name': "Walk own", 'kind': 'webhook', 'shape': 'generic', 'url': 'https://hook.example.com/x'}]).sudo()
        channels._queue_test('test:walk')
        phones, own = channels[2:]
        for channel, days in ((channels[0], 1), (own, 40)):
            channel.test_id._sent()
            channel._transition({'confirmed_at': cls.env.cr.now() - days * DAY, 'confirmed_by_id': cls.technician.id})
        told = cls.env['it.notification']._queue(phones, 'walk:waiting', "Walk waiting", "srv-test", record=cls.host)
        told |= cls.env['it.notification']._queue(phones, 'walk:dead', "Walk dead", "srv-test", record=cls.host)
        told |= cls.env['it.notification']._queue(phones, 'walk:given_up', "Walk given up", "srv-test", 'warning')
        told[1]._failed("It answered 404: no such topic", is_hopeless=True)
        told[2]._dead("It answered 404: no such topic")
        told[2].with_user(cls.manager).action_give_up("Told by phone")

    @classmethod
    def _make_heartbeats(cls):
        """A job that succeeded, one that failed with a log, one of a technician that nobody accepted and that never came; and what Odoo finds of itself."""
        beats = [
            cls.env['it.heartbeat'].with_user(person).create({'name': f"Walk {name}", 'asset_id': cls.host.id, **values})
            for person, name, values in (
                (cls.manager, "backup", {}), (cls.manager, "copy", {'schedule_kind': 'cron', 'cron_line': '0 2 * * *'}), (cls.technician, "report", {}))]
        beats[0].new_address()
        for beat, kind, code, log in ((beats[0], 'success', None, None), (beats[1], 'fail', '3', "disk full")):
            cls.env.cr.execute("""
                INSERT INTO it_heartbeat_ping (heartbeat_id, company_id, at, kind, exit_code, sender, program, method, log, log_bytes, is_taken)
                VALUES (%s, %s, %s, %s, %s, '192.0.2.7', 'curl/8.5.0', 'POST', %s, %s, false)
            """, [beat.id, beat.company_id.id, cls.env.cr.now() - HOUR, kind, code, log, len(log or '')])
        cls.env['it.database']._settle()  # the walks' databases are copies
        cls.env['it.own.check']._store(cls.env.company)

    @classmethod
    def _make_proposals(cls):
        """A thing that the host is sure of, one that it is not, and one that somebody dismissed."""
        found = [
            {'key': f'walk:{number}', 'code': code, 'kind': kind, 'settings': settings, 'sure': number == 0, 'why': f"Walk found {code}."}
            for number, (code, kind, settings) in enumerate((
                ('disk', 'disk', {'include': ["/walk"]}), ('disk', 'disk', {'include': ["/srv"]}), ('disk', 'disk', {'include': ["/old"]})))]
        proposals = cls.env['it.check.proposal']
        proposals._take(cls.agent, {'rev': 0, 'findings': found, 'blind': [{'family': 'backups', 'why': "no rights"}]}, cls.env.cr.now())
        proposals.search([('key', '=', 'walk:2')]).with_user(cls.manager).action_dismiss()

    @classmethod
    def _run_of(cls, code, **values):
        task = cls.env['it.task'].create({
            'name': f"Walk {code}", 'code': f'walk_{code}', 'checklist_id': cls.checklist.id, 'role_id': cls.role.id,
            'schedule_kind': 'on_demand', 'start_date': date(2026, 1, 1), 'due_time': 24.0, **values})
        return task._start_run()

    @classmethod
    def _make_runs(cls):
        cls.checklist = cls.env['it.checklist'].create({'name': "Walk round", 'code': 'walk_round', 'sequence': 0})
        items = [Command.create({'name': name, **values}) for name, values in (
            ("Battery", {'kind': 'number', 'unit': '%', 'has_minimum': True, 'minimum': 50}),
            ("Colour", {'kind': 'choice', 'choices': "green\nred", 'bad_choices': "red", 'required': False}),
            ("Looked at", {'kind': 'tick', 'required': False}), ("Remark", {'kind': 'text', 'required': False}))]
        cls._run_of('pending', item_ids=items, instructions="<p>Look at it.</p>")
        cls._run_of('plain')
        cls._run_of('done', needs_verification=True).with_user(cls.technician).action_done(note="Looked at it")
        verified = cls._run_of('verified', needs_verification=True)
        verified.with_user(cls.technician).action_done()
        verified.with_user(cls.manager_2).action_verify()
        cls._run_of('failed').with_user(cls.technician).action_fail("No file")
        cls._run_of('skipped').with_user(cls.technician).action_not_applicable("Closed")
        cls._run_of('bad_check', check_ids=[Command.set(cls.checks[1].ids)])
        cls.env['it.run.closing'].sudo()._verify(cls._run_of('proven', check_ids=[Command.set(cls.checks[0].ids)]))
        cls._run_of('again')
        cls._missed('missed')

    @classmethod
    def _missed(cls, code):
        run = cls._run_of(code)
        now = fields.Datetime.now()
        cls.env.flush_all()
        # Past the guards on purpose: three days cannot be lived through in a test.
        cls.env.cr.execute("""
            UPDATE it_task_run SET open_at = %(now)s - interval '3 days', due_at = %(now)s - interval '47 hours',
                   deadline_at = %(now)s - interval '1 day', date = %(day)s WHERE id = %(id)s""",
            {'now': now, 'day': (now - 2 * DAY).date(), 'id': run.id})
        cls.env.invalidate_all()
        run._close_missed()
        return run

    @classmethod
    def _make_excuses(cls):
        outages = cls.env['it.outage'].with_user(cls.technician)
        now = fields.Datetime.now()
        outage = outages.create({'kind': 'power', 'start_at': now - 3 * DAY, 'end_at': now - DAY, 'cause': "Street works"})
        outages.create({'kind': 'software', 'start_at': now - HOUR, 'asset_id': cls.host.id})
        cls.env['it.downtime'].with_user(cls.technician).create({
            'reason': "New battery", 'asset_ids': [Command.link(cls.host.id)], 'start_at': now + DAY, 'end_at': now + DAY + HOUR,
            'repeats': 'weekly', 'until': (now + 30 * DAY).date()})
        for state in ('asked', 'granted', 'refused', 'withdrawn'):
            run = cls._missed(f'excuse_{state}')
            run.with_user(cls.technician).action_ask_excuse(f'outage:{outage.id}', "No light")
            excuse = run.excuse_ids.with_user(cls.manager_2)
            if state == 'granted':
                excuse.action_grant("Was there")
            elif state == 'refused':
                excuse.action_refuse("No")
            elif state == 'withdrawn':
                excuse.action_grant("Was there")
                excuse.action_withdraw("Wrong")

    @classmethod
    def _make_tickets(cls):
        cls._log(subject="Walk new")
        started = cls._log(subject="Walk started")
        started.with_user(cls.technician).action_start()
        cls._resolved(subject="Walk resolved")
        cls._resolved(subject="Walk old", days_ago=30)
        cls._resolved(subject="Walk closed").with_user(cls.user).action_confirm()
        cls._resolved(subject="Walk reopened").with_user(cls.user).action_reopen("Still broken")
        cls._resolved(subject="Walk silent", days_ago=30).with_user(cls.technician).action_close_silently("No answer")
        cls._log(subject="Walk cancelled").with_user(cls.user).action_cancel("Not needed")
        # A double ends with what was asked for no later than it.
        cls._resolved(cls.technician, subject="Walk older", requester_id=cls.user.id, requested_at=cls.env.cr.now() - timedelta(days=40))
        cls._make_typed_tickets()
        cls._make_promises()
        cls._make_access_changes()
        cls._make_families()

    @classmethod
    def _make_families(cls):
        """An incident with a part and a double."""
        incident, part, double = (cls._log(subject=f"Walk {what}") for what in ('incident', 'part', 'double'))
        part.with_user(cls.technician).action_join_incident(incident.id)
        double.with_user(cls.technician).action_merge_into(incident.id)

    @classmethod
    def _make_promises(cls):
        """One that waits for its requester, one for somebody outside, and one that was late long ago, of which the managers were told."""
        cls._log(subject="Walk asked").with_user(cls.technician).action_wait("Which one?")
        cls._log(subject="Walk held").with_user(cls.technician).action_hold("It comes on Thursday")
        late = cls._log(cls.technician, subject="Walk late", requester_id=cls.user.id, requested_at=cls.env.cr.now() - timedelta(days=30))
        cls.env['it.ticket.call'].sudo()._note_known(late)
        cls.env['it.sla.target'].with_user(cls.manager).create({
            'category_id': cls.category_remote.id, 'priority': '1', 'response_hours': 1, 'resolution_hours': 6, 'company_id': cls.env.company.id})

    @classmethod
    def _make_access_changes(cls):
        """One in each state, of which two wait: one that somebody may approve, and one that nobody but an administrator may."""
        group = cls.env['res.groups'].create({'name': "Walk group"})
        kind = cls.env.ref('it_continuity.ticket_category_account_access')
        for state in ('proposed', 'administration', 'approved', 'refused', 'withdrawn'):
            added = cls.env.ref('base.group_system') if state == 'administration' else group
            change = cls.env['it.access.change'].with_user(cls.technician).create({
                'ticket_id': cls._log(subject=f"Walk access {state}", category_id=kind.id).id, 'user_id': cls.other.id, 'add_ids': [Command.set(added.ids)]})
            if state == 'approved':
                change.with_user(cls.manager).action_approve()
            elif state == 'refused':
                change.with_user(cls.manager).action_refuse("Not needed")
            elif state == 'withdrawn':
                change.with_user(cls.technician).action_withdraw()
        contact = cls._log(subject="Walk deed", category_id=cls.env.ref('it_continuity.ticket_category_contact').id)
        contact.with_user(cls.technician)._note_deed(cls.env.company.partner_id, 'changed', "Walk changed")

    @classmethod
    def _make_typed_tickets(cls):
        """One of each kind that asks something; one half ticked, one resolved with what was answered; and a kind that asks every type there is."""
        options = {
            'selection': {'selection': [['a', "Alpha"]]}, 'tags': {'tags': [['a', "Alpha", 1]]}, 'many2one': {'comodel': 'res.partner'},
            'many2many': {'comodel': 'res.partner'}}
        partner = cls.env.company.partner_id.id
        values = {
            'char': "x", 'text': "x", 'boolean': True, 'integer': 1, 'float': 1.5, 'date': '2026-01-01', 'datetime': '2026-01-01 06:00:00', 'selection': 'a',
            'tags': ['a'], 'many2one': partner, 'many2many': [partner]}
        every = cls.env['it.ticket.category'].with_user(cls.manager).create({
            'name': "Walk every type", 'expected_hours': 4, 'checklist_ids': [Command.create({'name': "Walk line", 'is_required': True})],
            'request_fields': [{'name': kind, 'string': f"Walk {kind}", 'type': kind, **options.get(kind, {})} for kind in (*values, 'separator')]})
        cls._log(subject="Walk typed new", category_id=every.id, request_values=values)
        started = cls._log(subject="Walk typed started", category_id=every.id)
        started.sudo().item_ids.with_user(cls.technician).action_tick()
        cls._resolved(subject="Walk typed resolved", category_id=every.id, request_values=values)
        cls.printer = cls.env['it.asset'].create({'name': "Walk printer", 'kind': 'printer', 'category_id': cls.category.id})
        cls.env['it.known.answer'].with_user(cls.technician).create({
            'title': "Walk answer", 'text': "<p>Open the back door.</p>", 'category_ids': [Command.set(cls.category_remote.ids)]})

        cls._make_mails()

    @classmethod
    def _make_mails(cls):
        """One that waits, with a file, one that was dismissed, and one of which a ticket was made."""
        for state in ('waiting', 'dismissed', 'ticket'):
            message = EmailMessage()
            message['From'] = "Stranger <stranger@example.org>"
            values = {
                'message_id': f"<walk-{state}@example.org>", 'subject': f"Walk mail {state}", 'email_from': "Stranger <stranger@example.org>", 'body': "Help",
                'attachments': [('photo.txt', b"photo", {})]}
            mail = cls.env['it.ticket.mail.unrouted']._keep(message, values, 'list', 'stranger').with_user(cls.technician)
            mail.write({'requester_id': cls.user.id, 'category_id': cls.category_remote.id, 'dismiss_reason': "Advertisement"})
            if state == 'ticket':
                mail.action_make_ticket()
            elif state == 'dismissed':
                mail.action_dismiss()

    @classmethod
    def _make_closings(cls):
        """Of the running closing's steps one in each state; a draft, a cancelled and a done closing beside it."""
        steps = iter(cls.closing.step_ids.filtered(lambda step: not step.is_locked and step.kind != 'sql_script'))
        next(steps).with_user(cls.technician).action_start()
        done = next(steps, None)
        if done:
            cls._do(done)
        closings = cls.env['it.closing'].with_user(cls.manager)
        closings.create({'date_end': date(2027, 12, 31)})
        cancelled = closings.create({'date_end': date(2028, 12, 31)})
        cancelled.action_cancel()

    @classmethod
    def _make_improvements(cls):
        """One in each stage; the figure of those that were measured is the tickets of their kind."""
        improvements, category = cls.env['it.improvement'].with_user(cls.technician), cls.env.ref('it_continuity.ticket_category_printer_problem')
        day = cls.env.cr.now().date()
        for ago in (1, 2, 3):
            cls._log(subject="Walk paper", category_id=category.id).sudo().requested_at = cls.env.cr.now() - ago * DAY
        cls.env['it.improvement'].with_user(cls.user).create({'name': "Walk wish"})
        improvements.browse(cls._log(subject="Walk flagged").with_user(cls.technician).action_flag_improvement()['res_id'])
        for stage in ('plan', 'do', 'check', 'act', 'closed', 'dismissed'):
            one = improvements.create({
                'name': f"Walk {stage}", 'category_id': category.id, 'root_cause': "Worn", 'expected_gain': "Less", 'measure': 'tickets', 'target': 1,
                'measure_days': 7, 'date_deadline': day, 'measure_on': day + 9 * DAY, 'known_error': "Walk around it"})
            one.action_take_up()
            if stage == 'dismissed':
                one.with_user(cls.manager).action_dismiss("Not now")
            if stage in ('do', 'check', 'act', 'closed'):
                one.action_begin()
                one.change_made = "Changed"
            if stage in ('check', 'act', 'closed'):
                one.action_changed()
            if stage in ('act', 'closed'):
                one.sudo()._transition({'measure_on': day - 20 * DAY})  # past the guard: eight days cannot be lived through in a test
                one.sudo()._measure_result()
                one.standard = "Done from now on"
            if stage == 'closed':
                one.action_close()

    @classmethod
    def _make_evidence(cls):
        cls.env.cr.flush()
        cls.env['it.seal.event']._cron_seal()
        company = cls.env.company
        first_day = date(2026, 1, 1)
        cls.env['it.evidence.pack'].sudo().create({
            'company_id': company.id, 'first_day': first_day, 'content': b'UEs=', 'filename': "evidence.zip", 'sha256': '0' * 64})
        for number, state in enumerate(('sent', 'nobody', 'failed'), start=1):
            cls.env['it.compliance.mail'].sudo().create({
                'company_id': company.id, 'first_day': date(2026, number, 1), 'state': state, 'note': "No mail server" if state == 'failed' else False})

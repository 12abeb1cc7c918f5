from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import TicketCase


@tagged('post_install', '-at_install')
class TestTicketPrivacy(TicketCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._log(subject="My badge was stolen")
        cls._work_on(cls.ticket)

    def test_other_employee_finds_nothing_by_any_door(self):
        self.other.group_ids = [Command.link(self.env.ref('base.group_allow_export').id)]
        tickets = self.env['it.ticket'].with_user(self.other)
        ticket = self.ticket.with_user(self.other)
        self.assertFalse(tickets.search([('id', '=', ticket.id)]))
        self.assertFalse(tickets.search([('subject', 'ilike', "badge")]))
        self.assertFalse(tickets.search_count([('step_ids.description', 'ilike', "queue")]))
        self.assertFalse(tickets.name_search("badge") + tickets.name_search(self.ticket.name))
        self.assertFalse(tickets._read_group([], ['state'], ['__count']))
        self.assertFalse(tickets.formatted_read_group([], ['subject'], ['__count']))
        self.assertFalse(tickets.web_search_read([], {'subject': {}})['records'])
        for door in (
                lambda: ticket.read(['subject']), lambda: ticket.web_read({'subject': {}}), lambda: ticket.display_name,
                lambda: ticket.export_data(['subject']), lambda: ticket.message_ids.body, lambda: ticket.copy(),
                lambda: ticket.message_post(body=self.ticket.name), lambda: ticket.write({'subject': "x"})):
            with self.assertRaises(AccessError):
                door()

    def test_other_employee_reads_no_step_message_or_file_of_it(self):
        step = self.ticket.sudo().step_ids
        message = self.ticket.with_user(self.technician).message_post(body=self.host.name)
        attachment = self.env['ir.attachment'].with_user(self.technician).create({
            'name': "report.txt", 'raw': b"4711", 'res_model': 'it.ticket', 'res_id': self.ticket.id})
        for record, name in ((step, 'description'), (message, 'body'), (attachment, 'raw')):
            foreign = record.with_user(self.other)
            self.assertFalse(foreign.search([('id', '=', record.id)]))
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                foreign.read([name])
            record.with_user(self.user).read([name])
        self.assertFalse(self.env['it.ticket.step'].with_user(self.other)._read_group([], ['description'], ['__count']))

    def test_no_link_to_a_message_names_its_subject_to_others(self):
        """Every colleague may read notifications, and a link is named in superuser mode."""
        said = self.ticket.with_user(self.technician).message_post(
            body=self.host.name, subject=self.ticket.subject, partner_ids=self.user.partner_id.ids, message_type='comment', subtype_xmlid='mail.mt_comment')
        mail = self.env['mail.mail'].sudo().create({'mail_message_id': said.id, 'email_to': 'x@example.org', 'state': 'sent'})
        told = self.env['mail.notification'].sudo().search([('mail_message_id', '=', said.id), ('res_partner_id', '=', self.user.partner_id.id)])
        told.mail_mail_id = mail
        names = ['mail_message_id', 'mail_mail_id', 'res_partner_id']

        def links(person, domain=()):
            notices = self.env['mail.notification'].with_user(person)
            self.env.invalidate_all()
            domain = [('id', 'in', told.ids), *domain]
            yield notices.search_read(domain, names)
            yield notices.web_search_read(domain, {name: {'fields': {'display_name': {}}} for name in names})['records']
            for name in names[:2]:
                yield notices.formatted_read_group(domain, [name], ['__count'])
                yield [group[name][1] for group in notices.read_group(domain, [name], [name]) if group[name]]

        for links_of, sees in ((self.other, False), (self.user, True), (self.technician, True), (self.auditor, True)):
            for number, link in enumerate(links(links_of)):
                with self.subTest(person=links_of.login, door=number):
                    self.assertTrue(link)
                    self.assertEqual("badge" in str(link), sees)
        for number, link in enumerate(links(self.other, [('mail_message_id.subject', 'ilike', "badge")])):
            with self.subTest(search=number):
                self.assertFalse(link)
        self.assertFalse(list(filter(None, links(self.other, [('mail_message_id', 'ilike', "badge")]))))
        groups = self.env['mail.notification'].with_user(self.other)._read_group([('id', 'in', told.ids)], ['mail_message_id.subject'], ['__count'])
        self.assertEqual(groups, [(False, 1)])
        self.assertEqual(mail.with_user(self.env.ref('base.user_admin')).display_name, said.subject, "administrators read mails")

    def test_who_follows_it_is_shown_to_its_readers_only(self):
        follows = [('res_model', '=', 'it.ticket'), ('res_id', '=', self.ticket.id)]
        self.ticket.sudo().message_subscribe(self.technician.partner_id.ids)
        both = self.env['mail.followers'].sudo().search(follows)
        self.assertEqual(both.partner_id, self.user.partner_id | self.technician.partner_id)
        asset = self.env['it.asset'].sudo().search([], limit=1)
        asset.message_subscribe(self.technician.partner_id.ids)
        theirs = self.env['mail.followers'].with_user(self.other)
        for found in (
                theirs.search(follows), theirs.search_count(follows), theirs._read_group(follows, ['partner_id'], ['__count']),
                theirs.search([('res_model', '=', 'it.ticket'), ('partner_id', '=', self.user.partner_id.id)])):
            self.assertFalse(found)
        for door in (lambda: both.with_user(self.other).read(['res_id']), lambda: both.with_user(self.other).check_access('read')):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                door()
        self.assertTrue(theirs.search([('res_model', '=', asset._name), ('res_id', '=', asset.id)]), "who follows what they may read")
        for person in (self.user, self.technician_2, self.manager, self.auditor):
            with self.subTest(person=person.login):
                self.assertEqual(both.with_user(person).search(follows), both)
                both.with_user(person).check_access('read')
                self.assertEqual(self.ticket.with_user(person).message_follower_ids, both)
        both[:1].copy({'partner_id': self.other.partner_id.id})  # as of somebody who may not read it any more
        self.assertEqual(theirs.search(follows).partner_id, self.other.partner_id)

    def test_windows_of_its_activities_and_followers_are_nobody_elses(self):
        place = {'res_model': 'it.ticket', 'res_ids': str([self.ticket.id])}
        plan = self.env['mail.activity.schedule'].with_user(self.technician).create({
            **place, 'activity_type_id': self.env.ref('mail.mail_activity_data_todo').id, 'summary': "My badge", 'note': "badge"})
        line = self.env['mail.activity.schedule.line'].with_user(self.technician).create({
            'activity_schedule_id': plan.id, 'line_description': "badge"})
        invite = self.env['mail.followers.edit'].with_user(self.technician).create({
            **place, 'partner_ids': self.technician_2.partner_id.ids, 'message': "badge"})
        mail = self.env['mail.compose.message'].with_user(self.technician).create({
            'model': 'it.ticket', 'res_ids': str([self.ticket.id]), 'subject': "badge", 'body': "badge"})
        activity = self.ticket.with_user(self.technician).activity_schedule(
            'mail.mail_activity_data_todo', summary="My badge", user_id=self.technician.id)
        for window, name in ((plan, 'summary'), (line, 'line_description'), (invite, 'message'), (mail, 'body'), (activity, 'summary')):
            theirs, own = window.with_user(self.other), [('id', '=', window.id)]
            self.env.invalidate_all()
            with self.subTest(window=window._name):
                self.assertFalse(theirs.search(own))
                self.assertFalse(theirs._read_group(own, ['create_uid'], ['__count']))
                with self.assertRaises(AccessError):
                    theirs.read([name])
                self.assertIn("badge", window.read([name])[0][name])
        plan.action_schedule_activities()
        invite.edit_followers()
        self.assertIn(self.technician_2.partner_id, self.ticket.sudo().message_partner_ids)

    def test_no_message_names_a_colleague_who_may_not_read_it(self):
        """Whom a message names gets it by mail and reads it, whatever the rules of the ticket say."""
        work, theirs, said = self.ticket.with_user(self.technician), self.other.partner_id.ids, self.ticket.sudo().message_ids
        own = work.message_post(body=self.host.name, message_type='comment', subtype_xmlid='mail.mt_note')
        place = {'model': 'it.ticket', 'res_ids': [self.ticket.id], 'composition_mode': 'comment', 'partner_ids': theirs, 'body': "x", 'subject': "x"}
        messages, followers = self.env['mail.message'].with_user(self.technician), self.env['mail.followers.edit'].with_user(self.technician)
        for number, door in enumerate((
                lambda: self._rpc(self.technician, work, 'message_post', body="x", partner_ids=theirs),
                lambda: work.sudo().message_post(body=self.host.name, partner_ids=theirs),
                lambda: self._rpc(self.technician, work, 'message_notify', body="x", partner_ids=theirs),
                lambda: self.env['mail.thread'].with_user(self.technician).message_notify(body=self.host.name, partner_ids=theirs, model='it.ticket', res_id=self.ticket.id),
                lambda: work._message_update_content(own, body="x", partner_ids=theirs),
                lambda: own.with_user(self.technician).write({'partner_ids': theirs}),
                lambda: messages.create({'model': 'it.ticket', 'res_id': self.ticket.id, 'body': "x", 'partner_ids': theirs}),
                lambda: self.env['mail.compose.message'].with_user(self.technician).create(place)._action_send_mail(),
                lambda: self.env['mail.scheduled.message'].with_user(self.technician).create({
                    'model': 'it.ticket', 'res_id': self.ticket.id, 'body': "x", 'partner_ids': theirs, 'scheduled_date': '2099-01-01',
                    'author_id': self.technician.partner_id.id}),
                lambda: self._rpc(self.technician, self.env['mail.notification'], 'create', [{
                    'mail_message_id': own.id, 'res_partner_id': self.other.partner_id.id, 'notification_type': 'inbox'}]),
                lambda: followers.create({
                    'res_model': 'it.ticket', 'res_ids': str([self.ticket.id]), 'partner_ids': theirs, 'notify': True, 'operation': 'add'}).edit_followers())):
            with self.subTest(door=number), self.assertRaisesRegex(AccessError, "Other may not read"), self.env.cr.savepoint():
                door()
                self.env.flush_all()
            self.env.invalidate_all()
        self.assertEqual(self.ticket.sudo().message_ids - said, own)
        self.assertFalse(self.env['mail.message'].sudo().search([('partner_ids', 'in', theirs), ('model', '=', 'it.ticket')]))
        self.assertFalse(own.with_user(self.other).has_access('read'))
        work.message_post(body=self.host.name, outgoing_email_to='vendor@example.org')  # an address alone is nobody's
        gateway = self.ticket.with_user(self.user).sudo()  # as which the mail of who asked is taken in
        answer = gateway.message_post(body=self.host.name, message_type='email', partner_ids=[*theirs, self.technician.partner_id.id])
        self.assertEqual(answer.partner_ids, self.technician.partner_id, "what a mail names is left out, and the mail is not lost")
        outside = self.env['res.partner'].create({'name': "Vendor", 'email': 'vendor@example.org'})
        employee = self.env['hr.employee'].create({'name': "Other", 'user_id': self.other.id, 'company_id': self.env.company.id})
        self.ticket.sudo().requested_for_id = employee
        for partners in (outside, self.other.partner_id, self.user.partner_id | self.manager.partner_id):
            told = work.message_post(body=self.host.name, partner_ids=partners.ids)
            self.assertEqual(told.partner_ids, partners)

    def test_who_cannot_read_it_any_more_hears_no_more(self):
        """Who has other rights now, and who left the company: Odoo keeps their contact, and with it their mail."""
        self.ticket.sudo().message_subscribe(self.technician_2.partner_id.ids)
        kept = self.technician_2.group_ids
        for change, hears in (
                ({}, True), ({'group_ids': [Command.set(self.env.ref('it_continuity.it_continuity_group_user').ids)]}, False),
                ({'group_ids': [Command.set(kept.ids)]}, True), ({'active': False}, False)):
            with self.subTest(change=change):
                self.technician_2.write(change)
                said = self.ticket.with_user(self.technician).message_post(body=self.host.name, message_type='comment', subtype_xmlid='mail.mt_comment')
                self.assertEqual(self.technician_2.partner_id in said.sudo().notified_partner_ids, hears)
                self.assertTrue(self.technician_2.partner_id in self.ticket.sudo().message_partner_ids and self.technician_2.partner_id.active)
        said = self.ticket.with_user(self.technician).message_post(body=self.host.name, partner_ids=self.env.ref('base.partner_root').ids)
        self.assertEqual(said.partner_ids, self.env.ref('base.partner_root'), "Odoo itself may be named")

    def test_no_activity_goes_to_a_colleague_who_may_not_read_it(self):
        kind = self.env.ref('mail.mail_activity_data_todo')
        values = {
            'res_model_id': self.env['ir.model']._get_id('it.ticket'), 'res_id': self.ticket.id, 'activity_type_id': kind.id, 'summary': "Badge"}
        elsewhere = self._log(self.other, subject="No badge")
        given = self.env['mail.activity'].with_user(self.technician).create({**values, 'user_id': self.technician_2.id})
        theirs = given.create({**values, 'res_id': elsewhere.id, 'user_id': self.other.id})
        for number, door in enumerate((
                lambda: self._rpc(self.technician, given, 'create', [{**values, 'user_id': self.other.id}]),
                lambda: self._rpc(self.technician, given, 'write', {'user_id': self.other.id}),
                lambda: self._rpc(self.technician, theirs, 'write', {'res_id': self.ticket.id}),
                lambda: self.ticket.with_user(self.technician).activity_schedule('mail.mail_activity_data_todo', user_id=self.other.id))):
            with self.subTest(door=number), self.assertRaises(AccessError), self.env.cr.savepoint():
                door()
                self.env.flush_all()
            self.env.invalidate_all()
        self.assertEqual(given.user_id, self.technician_2)
        given.user_id = self.user
        self.assertEqual(given.user_id, self.user, "who asked may read it")

    def test_nobody_gets_a_file_by_saying_in_a_default_that_it_lies_nowhere(self):
        """A command to update in ``default_attachment_ids`` changes what Odoo has in memory of a file, and no right is asked for that."""
        owner = self.env['ir.config_parameter'].search([], limit=1)  # what an employee may not read
        theirs = self.env['ir.attachment'].create({'name': "payroll.txt", 'raw': b"secret", 'res_model': owner._name, 'res_id': owner.id})
        loose = self.env['ir.attachment'].with_user(self.manager).create({'name': "draft.txt", 'raw': b"secret"}).with_env(self.env)
        for file in (theirs, loose):
            maker, where = file.create_uid, file.res_model
            lie = {'res_model': False, 'res_id': False, 'res_field': False, 'create_uid': self.user.id, 'public': False, 'type': 'binary', 'file_size': 1}
            for values in ({}, {'attachment_ids': [Command.link(file.id)]}):
                self.env.flush_all()
                self.env.invalidate_all()
                tickets = self.env['it.ticket'].with_user(self.user).with_context(default_attachment_ids=[Command.update(file.id, lie)])
                with self.subTest(file=file.name, values=values), self.env.cr.savepoint(), self.assertRaises(AccessError):
                    tickets.create({'subject': "Give", 'category_id': self.category_remote.id, **values})
                self.env.invalidate_all()
                self.assertEqual((file.create_uid, file.res_model), (maker, where))
                with self.assertRaises(AccessError):
                    file.with_user(self.user).read(['raw'])
            # as by whatever else lets somebody change what is in memory only
            file.with_user(self.user)._update_cache(lie, validate=False)
            with self.subTest(file=file.name), self.env.cr.savepoint(), self.assertRaises(AccessError):
                self._log(attachment_ids=[Command.link(file.id)])
            self.env.invalidate_all()
            self.assertEqual((file.create_uid, file.res_model), (maker, where))

    def test_display_name_says_the_subject_to_readers_only(self):
        full = f"{self.ticket.name} My badge was stolen"
        for person in (self.user, self.technician, self.manager, self.auditor):
            with self.subTest(person=person.login):
                self.assertEqual(self.ticket.with_user(person).display_name, full)
        # as a link from a record that somebody may read is shown: superuser mode, the same person
        self.assertEqual(self.ticket.with_user(self.other).sudo().display_name, self.ticket.name)
        self.assertEqual(self.ticket.with_user(self.user).sudo().display_name, full)
        company = self.env['res.company'].create({'name': "Second"})
        foreign = self._person('manager', 'foreign')
        foreign.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        self.assertEqual(self.ticket.with_user(foreign).sudo().display_name, self.ticket.name)
        portal = self.env['res.users'].create({
            'name': "P", 'login': 'itc_portal', 'group_ids': [Command.set(self.env.ref('base.group_portal').ids)]})
        self.assertEqual(self.ticket.with_user(portal).sudo().display_name, self.ticket.name)

    def test_a_stored_copy_of_the_name_is_the_number_alone(self):
        activity = self.ticket.with_user(self.technician).activity_schedule(
            'mail.mail_activity_data_todo', user_id=self.technician.id)
        self.assertEqual(activity.res_name, self.ticket.name)

    def test_people_of_the_ticket_and_staff_see_it(self):
        employee = self.env['hr.employee'].create({'name': "Other", 'user_id': self.other.id})
        for_other = self._log(requested_for_id=employee.id)
        logged = self._log(self.technician, requester_id=self.user.id)
        self.assertEqual(for_other.with_user(self.other).subject, "Printer says no")
        self.assertEqual(logged.with_user(self.user).subject, "Printer says no")
        for person in (self.user, self.technician_2, self.manager, self.auditor):
            with self.subTest(person=person.login):
                self.assertEqual(self.ticket.with_user(person).step_ids.description, "Cleared the queue")
        with self.assertRaises(AccessError):
            for_other.with_user(self.other).action_confirm()

    def test_only_readers_can_follow(self):
        outsider = self.env['res.partner'].create({'name': "Outsider", 'email': "outsider@example.com"})
        self.ticket.with_user(self.user).message_subscribe(
            (self.other.partner_id | outsider | self.technician_2.partner_id).ids)
        followers = self.ticket.sudo().message_partner_ids
        self.assertIn(self.technician_2.partner_id, followers)
        self.assertFalse(followers & (self.other.partner_id | outsider))
        with self.assertRaises(AccessError):
            self.env['mail.followers'].with_user(self.user).create({
                'res_model': 'it.ticket', 'res_id': self.ticket.id, 'partner_id': outsider.id})

    def test_assigned_technician_follows(self):
        ticket = self._log()
        ticket.with_user(self.manager).assignee_id = self.technician_2
        self.assertIn(self.technician_2.partner_id, ticket.sudo().message_partner_ids)

    def test_reason_that_somebody_types_is_nobody_elses(self):
        """A window for a reason lies in the database for a while, and could be read, or given another reason, by every employee."""
        values = {'ticket_id': self.ticket.id, 'kind': 'cancel', 'reason': "Suspected of fraud"}
        window = self.env['it.ticket.reason'].with_user(self.manager).create(values)
        theirs = window.with_user(self.other)
        self.assertFalse(theirs.search([('id', '=', window.id)]))
        for door in (lambda: theirs.read(['reason']), lambda: theirs.write({'reason': "x"}), theirs.unlink):
            window.invalidate_recordset()
            with self.assertRaises(AccessError):
                door()

    def test_companies_stay_apart(self):
        company = self.env['res.company'].create({'name': "Second"})
        foreign = self._person('technician', 'foreign')
        foreign.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        theirs = self._log(foreign)
        self.assertEqual(theirs.sudo().company_id, company)
        for person, ticket in ((foreign, self.ticket), (self.manager, theirs), (self.auditor, theirs)):
            with self.subTest(person=person.login):
                self.assertFalse(self.env['it.ticket'].with_user(person).search([('id', '=', ticket.id)]))
                with self.assertRaises(AccessError):
                    ticket.with_user(person).read(['subject'])
        self.assertFalse(self.env['it.ticket.step'].with_user(foreign).search([]))

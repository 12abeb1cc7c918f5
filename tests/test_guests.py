from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, TransactionCase, new_test_user, tagged

from .guest_case import GuestCase
from .tour_case import TourCase

# Whose form we extend, who may make one, what they fill in, and what they change when it is opened again.
MAKERS = (
    ('res.partner', 'base.group_partner_manager', {'name': "Toner shop"}, {'phone': "+251 11 111 1111"}),
    ('product.template', 'product.group_product_manager', {'name': "Toner"}, {'list_price': 12.0}),
    ('product.pricelist', 'product.group_product_manager,product.group_product_pricelist', {'name': "Colleagues"}, {'name': "Staff"}),
    # For a second warehouse Odoo switches a setting on, which only administrators may.
    ('stock.warehouse', 'stock.group_stock_manager,base.group_system', {'name': "Branch in Adama", 'code': "ADM"}, {'name': "Adama"}),
    ('uom.uom', 'product.group_product_manager,uom.group_uom', {'name': "Box of 20"}, {'name': "Box of twenty"}),
    ('resource.calendar.leaves', 'base.group_system', {'name': "Timkat"}, {'name': "Epiphany"}),
)
# Made and saved by tests of their own; what is public of an employee is made by nobody, and settings are one form that stays.
MADE_ELSEWHERE = {'digest.digest', 'hr.employee', 'hr.employee.public', 'maintenance.equipment', 'res.company', 'res.config.settings', 'res.users'}


@tagged('post_install', '-at_install')
class TestGuests(GuestCase, TransactionCase):
    """Somebody without any group of ours opens, makes and saves what they could before we came."""

    def test_they_are_guests(self):
        groups = self.env['res.groups'].search([('privilege_id', '=', self.env.ref('it_continuity.it_continuity_privilege').id)])
        self.assertGreaterEqual(len(groups), 4)
        for name, guest in self.guests.items():
            self.assertFalse(guest.all_group_ids & groups, name)
            with self.assertRaises(AccessError, msg=name):
                self._as(name)['it.asset'].check_access('read')

    def test_every_screen_of_their_menus_opens(self):
        for name in self.guests:
            env = self._as(name)
            actions = self._actions(env)
            self.assertTrue(actions, name)
            for action in actions:
                with self.subTest(guest=name, action=action.xml_id or action.name, model=action.res_model), self.env.cr.savepoint():
                    self._open(env, action)

    def test_every_form_that_we_extend_opens(self):
        """Also the views that no menu of theirs leads to, by the first record that they may read."""
        names = self.env['ir.model.data'].search([('module', '=', 'it_continuity'), ('model', '=', 'ir.ui.view')])
        views = self.env['ir.ui.view'].browse(names.mapped('res_id')).filtered('inherit_id')
        models = {view.model for view in views if view.model and not view.model.startswith('it.')}
        self.assertEqual({model for model, *_rest in MAKERS} | MADE_ELSEWHERE, models, "each of them is also made and saved")
        for name in self.guests:
            for model in sorted(models):
                with self.subTest(guest=name, model=model):
                    env = self._as(name)
                    record = env[model].has_access('read') and env[model].search([], limit=1)
                    if record:
                        try:
                            Form(record)
                        except AccessError:
                            self.assertEqual((model, name), ('hr.employee', 'administrator'), "who is no officer opens no employee, with us or without")
                            with self.assertRaises(AccessError):
                                record.read(['version_id'])
                            continue
                        ours = [field_name for field_name, field in record._fields.items()
                                if field_name.startswith(('it_', 'itc_')) and record._has_field_access(field, 'read')]
                        if ours:  # no names would mean all
                            record.read(ours)

    def test_every_form_that_we_extend_is_made_saved_opened_again_and_changed(self):
        names = self.env['ir.model.data'].search([('module', '=', 'it_continuity'), ('model', '=', 'ir.ui.view')])
        views = self.env['ir.ui.view'].browse(names.mapped('res_id')).filtered(lambda view: view.inherit_id and view.type == 'form')
        for number, (model, groups, made, changed) in enumerate(MAKERS):
            with self.subTest(model=model):
                maker = new_test_user(self.env, login=f'itc_guest_maker_{number}', groups=f'base.group_user,{groups}')
                view = views.filtered(lambda view, model=model: view.model == model).inherit_id
                record = self._fill(Form(self.env[model].with_user(maker), view), made)
                self._fill(Form(record, view), changed)
                self.env.invalidate_all()
                self.assertEqual({name: record[name] for name in made | changed}, made | changed)

    def _fill(self, form, values):
        for name, value in values.items():
            form[name] = value
        return form.save()

    def test_settings(self):
        form = Form(self._as('administrator')['res.config.settings'])
        form.save().execute()

    def test_fields_of_ours_refuse_nobody_what_odoo_reads(self):
        """What every colleague may see of an employee, Odoo reads at once; elsewhere what we add can be read by whoever sees the field."""
        public = list(self.env['hr.employee.public']._fields)
        shared = [name for name in public if name in self.env['hr.employee']._fields]
        other = self.env['hr.employee'].create({'name': "Other"})
        seen = set()
        for name in self.guests:
            env = self._as(name)
            # An administrator who is no officer reads no employee, with us or without.
            for model, names in (('hr.employee.public', public), ('hr.employee', shared))[:1 if name == 'administrator' else 2]:
                with self.subTest(guest=name, model=model):
                    self.assertEqual(len(env[model].browse(other.id).read(names)[0]), len(names))
            for model in self.env.registry:
                added = [field for field in self.env[model]._fields.values() if field._modules and field._modules[0] == 'it_continuity']
                # A figure of the digest refuses who may not know it: so Odoo leaves it out of their mail.
                if model.startswith(('it.', 'digest.')) or not added or self.env[model]._abstract or self.env[model]._transient:
                    continue
                with self.subTest(guest=name, model=model):
                    records = env[model].has_access('read') and env[model].search([], limit=1)
                    names = [field.name for field in added if records and records._has_field_access(field, 'read')]
                    if names:  # no names would mean all
                        records.read(names)
                        seen.add(model)
        self.assertLessEqual({'hr.employee', 'hr.employee.public', 'res.company', 'res.users.settings'}, seen)

    def test_nobody_learns_how_many_tickets_are_about_whom(self):
        other = self.env['hr.employee'].create({'name': "Other"})
        asking = new_test_user(self.env, login='itc_asking', groups='it_continuity.it_continuity_group_user')
        self.env['it.ticket'].with_user(asking).create({
            'subject': "Screen flickers", 'category_id': self.env['it.ticket.category'].search([], limit=1).id, 'requested_for_id': other.id})
        technician = new_test_user(self.env, login='itc_told', groups='it_continuity.it_continuity_group_technician')
        for person, told in ((technician, 1), (self.employee, 0), (asking, 0), (self.guests['hr_officer'], 0)):
            for seen in (self.env['hr.employee.public'].browse(other.id), other):
                with self.subTest(person=person.login, model=seen._name):
                    seen = seen.with_user(person)
                    self.assertEqual((seen.read(['it_ticket_count'])[0]['it_ticket_count'], seen.sudo().it_ticket_count), (told, told))

    def test_equipment(self):
        """An employee opens what they have, its manager makes one; who may read assets sees what depends on it."""
        self.assertEqual(Form(self._as('employee')['maintenance.equipment'].browse(self.equipment.id)).name, "Label printer")
        form = Form(self._as('equipment_manager')['maintenance.equipment'])
        form.name = "Barcode scanner"
        scanner = form.save()
        self.assertTrue(scanner.id)
        form = Form(scanner)
        form.serial_no = "LS-2208"
        form.save()
        scanner.unlink()
        self.equipment.with_user(self.guests['equipment_manager']).unlink()
        self.assertFalse(self.asset.equipment_id, "the asset stays, and says no more where it stands")
        with self.assertRaises(AccessError):
            self.equipment.with_user(self.employee).read(['it_asset_ids'])

    def test_maintenance_request(self):
        form = Form(self._as('employee')['maintenance.request'])
        form.name = "The label printer jams"
        form.equipment_id = self.equipment
        request = form.save()
        request.message_post(body="Since this morning")
        self.assertTrue(request.id)

    def test_company(self):
        form = Form(self._as('administrator')['res.company'])
        form.name = "Branch in Adama"
        company = form.save()
        self.assertTrue(company.itc_tz)
        form = Form(company)
        form.phone = "+251 22 111 1111"
        form.save()

    def test_digest(self):
        form = Form(self._as('administrator')['digest.digest'])
        form.name = "Weekly figures"
        digest = form.save()
        digest.write({'kpi_itc_missed': True, 'kpi_mail_message_total': True, 'user_ids': [Command.link(self.employee.id)]})
        kpis = {kpi['kpi_name'] for kpi in digest._compute_kpis(self.env.company, self.employee)}
        self.assertEqual(kpis, {'kpi_mail_message_total'}, "what the reader may not know is left out, the rest is there")
        digest.sudo().action_send_manual()

    def test_leave_and_public_holiday(self):
        env = self._as('hr_officer')
        form = Form(env['hr.employee'])
        form.name = "Abebe Kebede"
        employee = form.save()
        start = fields.Datetime.now().replace(minute=0, second=0)
        for resource in (employee.resource_id, env['resource.resource']):
            leave = self.env(user=self.guests['administrator'])['resource.calendar.leaves'].create({
                'name': "Timkat", 'date_from': start, 'date_to': fields.Datetime.add(start, hours=9), 'resource_id': resource.id})
            leave.date_to = fields.Datetime.add(start, hours=10)
            leave.unlink()

    def test_files(self):
        for name in self.guests:
            env = self._as(name)
            file = env['ir.attachment'].create({
                'name': "note.txt", 'raw': b"hello", 'res_model': 'res.users', 'res_id': self.guests[name].id})
            file.write({'name': "note2.txt", 'raw': b"hello again"})
            file.unlink()

    def test_purchase_and_stock(self):
        vendor = self.env['res.partner'].create({'name': "Toner shop"})
        product = self.env['product.product'].create({'name': "Toner", 'is_storable': True})
        form = Form(self._as('buyer')['purchase.order'])
        form.partner_id = vendor
        with form.order_line.new() as line:
            line.product_id = product
            line.product_qty = 2
        order = form.save()
        order.button_confirm()
        picking = order.picking_ids.with_user(self.guests['storekeeper'])
        picking.move_ids.quantity = 2
        picking.button_validate()
        self.assertEqual(picking.state, 'done')

    def test_people_who_lost_their_rights(self):
        """Activities, followers and notifications on our records stay behind; whoever has them still opens their day."""
        guest = self.employee
        guest.group_ids = [Command.link(self.env.ref('it_continuity.it_continuity_group_technician').id)]
        ticket = self.env['it.ticket'].with_user(guest).create({
            'subject': "Screen flickers", 'category_id': self.env['it.ticket.category'].search([], limit=1).id})
        ticket.activity_schedule('mail.mail_activity_data_todo', summary="Look at it", user_id=guest.id)
        ticket.message_post(body="Asked", partner_ids=guest.partner_id.ids)
        guest.group_ids = [Command.unlink(self.env.ref('it_continuity.it_continuity_group_technician').id),
                           Command.unlink(self.env.ref('it_continuity.it_continuity_group_user').id)]
        env = self._as('employee')
        self.assertFalse(env['it.ticket'].has_access('read'))
        env['res.users']._get_activity_groups()
        activities = env['mail.activity'].search([('user_id', '=', guest.id)])
        activities.web_read({'display_name': {}, 'res_name': {}, 'summary': {}, 'res_model': {}})
        env['mail.message'].search([('notified_partner_ids' if 'notified_partner_ids' in env['mail.message']._fields else
                                     'partner_ids', 'in', guest.partner_id.ids)]).mapped('subject')

    def test_people_come_and_go(self):
        """Who manages access makes and removes people, departments and employees without knowing of us."""
        form = Form(self._as('administrator')['res.users'])
        form.name, form.login = "New colleague", "new.colleague@example.com"
        user = form.save()
        department = self._as('hr_officer')['hr.department'].create({'name': "Packing"})
        department.unlink()
        user.sudo().unlink()


@tagged('post_install', '-at_install')
class TestGuestsInTheBrowser(GuestCase, TourCase, HttpCase):

    def test_equipment(self):
        """From the menu to New, filled in, saved and opened again; and an employee opens the one they have."""
        def story(phone):
            self._tour('/odoo', 'it_guest_equipment_tour', self.guests['equipment_manager'], phone)
            scanner = self.env['maintenance.equipment'].search([('name', '=', "Barcode scanner")])
            self.assertEqual((len(scanner), scanner.serial_no), (1, "LS-2208"))
            self._tour(f'/odoo/maintenance.equipment/{self.equipment.id}', 'it_guest_equipment_open_tour', self.employee, phone)
        self._at_both_widths(story)

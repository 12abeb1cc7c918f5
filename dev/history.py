# Run inside an Odoo shell by `python3 dev shots`: two months of a plausible past, to have something to look at.
# Nothing of this reaches a database that `python3 dev run` makes.
import zlib
from datetime import timedelta

from odoo.fields import Command, Datetime

technicians = env['res.users'].search([('login', 'in', ('technician', 'technician2'))])
manager, user = (env['res.users'].search([('login', '=', login)]) for login in ('manager', 'user'))
now = Datetime.now()

# === PEOPLE === #
department = env['hr.department'].create({'name': "Information Technology"})
for technician in technicians:
    employee = technician.employee_id or env['hr.employee'].create({'name': technician.name, 'user_id': technician.id})
    employee.department_id = department

# === RUNS === #
tasks = env['it.task'].search([])
env.flush_all()
env.cr.execute("UPDATE it_task SET create_date = %s, start_date = %s, generated_until = NULL", [now - timedelta(days=75), now.date() - timedelta(days=70)])
env.invalidate_all()
tasks._generate_runs()
env.flush_all()
past = env['it.task.run'].search([('deadline_at', '<', now)])
for run in past:
    luck = zlib.crc32(f'{run.task_id.id}-{run.occurrence}'.encode()) % 100
    person = technicians[luck % 2]
    late = 81 <= luck < 90
    done_at = run.due_at + timedelta(minutes=20 + luck) if late else run.due_at - timedelta(minutes=10 + 2 * luck)
    done_at = max(run.open_at, min(done_at, run.deadline_at))
    if luck < 40 and run.task_id.check_template_ids:
        values = {'state': 'auto_verified', 'done_at': done_at}
    elif luck < 90:
        values = {'state': 'done', 'done_at': done_at, 'done_by_id': person.id}
        if luck < 42 and run.task_id.check_template_ids:
            values['override_reason'] = "The check was red while its network switch was replaced; looked at it at the screen."
        if run.needs_verification and luck < 60:
            values.update(state='verified', verified_by_id=manager.id, verified_at=done_at + timedelta(hours=3))
    elif luck < 93:
        values = {'state': 'failed', 'done_by_id': person.id, 'fail_reason': "The backup file was there but could not be read."}
    elif luck < 94:
        values = {'state': 'not_applicable', 'done_by_id': person.id, 'na_reason': "The office was closed."}
    else:
        values = {'state': 'missed'}
    values.update(closed_at=done_at, entered_at=done_at)
    if values.get('done_by_id') and not run.responsible_id:
        values['department_id'] = department.id
    columns = ', '.join(f'{name} = %({name})s' for name in values)
    env.cr.execute(f'UPDATE it_task_run SET {columns} WHERE id = %(id)s', {**values, 'id': run.id})
env.invalidate_all()
# Written past the guards, so the log has to be told; else it would rightly call them inserted.
past._note_for_seal(dict.fromkeys(past.ids, 'pending'))

# === OUTAGES AND EXCUSES === #
missed = past.filtered(lambda run: run.state == 'missed').sorted('due_at')
for number, run in enumerate(missed[-6::2]):
    outage = env(user=technicians[0])['it.outage'].create({
        'kind': ('power', 'network', 'power')[number], 'start_at': run.open_at, 'end_at': run.due_at + timedelta(hours=2),
        'cause': ("Cable in the street cut by roadworks.", "The provider's line was down.", "Substation switched off.")[number]})
    run.with_user(technicians[0]).action_ask_excuse(f'outage:{outage.id}', "The whole office stood still.")
    if number < 2:
        run.excuse_ids.with_user(manager).action_grant("Was there.")
env(user=technicians[1])['it.outage'].create({
    'kind': 'maintenance', 'start_at': now + timedelta(days=3), 'end_at': now + timedelta(days=3, hours=2), 'cause': "New battery for the UPS."})

# === TICKETS === #
categories = {category.code: category for category in env['it.ticket.category'].search([])}
subjects = [
    "New colleague in Marketing needs an account", "Printer in the corridor is out of toner", "Price list of the new branch",
    "Format the payment request report", "Salesperson Abebe in SO Engine", "ID card for the new driver"]
for number, subject in enumerate(subjects):
    ticket = env(user=user)['it.ticket'].create({
        'subject': subject, 'category_id': list(categories.values())[number % len(categories)].id})
    work = ticket.with_user(technicians[0])
    if number > 0:
        work.action_start()
    if number > 2:
        work.write({'step_ids': [Command.create({'description': "Looked into it with the colleague and made the change."})]})
        work.action_resolve()
    if number > 4:
        ticket.with_user(user).action_confirm()

# === CLOSING === #
closing = env(user=manager)['it.closing'].create({'date_end': now.date().replace(month=12, day=31)})
closing.action_open()
env.cr.commit()

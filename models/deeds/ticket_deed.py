import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import clean_context

from .base import DEED

DONE = {'create': 'created', 'change': 'changed', 'reset': 'reset', 'archive': 'archived', 'badge': 'printed'}
BADGE = 'hr.hr_employee_print_badge'


class ItTicketDeed(models.TransientModel):
    """The window of a ticket's button: it shows what will change, does it as the person who presses, and tells the ticket.

    What is shown is worked out anew each time from the request and the records; it is done only if it is still what was shown.
    """
    _name = 'it.ticket.deed'
    _description = "What a Ticket's Button Does"
    _inherit = ['it.asking.mixin']

    ticket_id = fields.Many2one('it.ticket', required=True, readonly=True, ondelete='cascade')
    key = fields.Char("What to do", required=True, readonly=True)
    target_id = fields.Integer("Record to change", readonly=True, help="When it is not the one that the request names.")
    seen = fields.Text(readonly=True, help="What was shown, to tell whether it is still so.")
    is_done = fields.Boolean(readonly=True)
    note = fields.Text("What was done", help="Becomes a step of the ticket.")
    target_text = fields.Char("What it is done with", compute='_compute_plan', help="The record that changes; of an account its login too.")
    lines_html = fields.Html("What changes", compute='_compute_plan', sanitize=False)
    problem_text = fields.Text("What is missing", compute='_compute_plan')
    refusal_text = fields.Text("What you may not do", compute='_compute_plan')
    note_text = fields.Text("Good to know", compute='_compute_plan')
    why_text = fields.Text("Why it is done by hand", compute='_compute_plan')
    guide_html = fields.Html("How it is done", compute='_compute_plan', sanitize=False)
    double_text = fields.Char("There already", compute='_compute_plan')
    can_apply = fields.Boolean(compute='_compute_plan', help="It can be done in one step, and the reader may.")
    can_open_form = fields.Boolean(compute='_compute_plan', help="Odoo's own form can be opened for it, and the reader may save it.")
    can_change_double = fields.Boolean(compute='_compute_plan', help="What is there already can be changed instead.")

    # === COMPUTE METHODS === #

    @api.depends('ticket_id', 'key', 'target_id')
    @api.depends_context('uid', 'lang')
    def _compute_plan(self):
        for window in self:
            plan = window._plan()
            window.why_text = plan.why
            window.guide_html = bool(plan.why) and window._render('ticket_deed_guide', ticket=window.ticket_id)
            window.target_text = window._target_words(plan)
            window.lines_html = bool(plan.lines) and window._render('ticket_deed_lines', lines=plan.lines)
            window.problem_text = "\n".join(plan.problems)
            window.refusal_text = "\n".join(plan.refusals)
            window.note_text = "\n".join(plan.notes)
            window.can_apply = plan.is_possible
            window.can_open_form = bool(plan.deed) and plan.deed.has_form and not plan.why and not plan.refusals and (
                plan.deed.way == 'create' or plan.deed.way == 'change' and bool(plan.record))
            window.can_change_double = bool(plan.deed and plan.deed.instead and plan.double)
            window.double_text = plan.double.display_name if plan.double else False

    # === ACTION METHODS === #

    def action_apply(self):
        """Do what was shown, as the person who presses, and note it on the ticket.

        :raises UserError: it was done already, the ticket is closed, something stands against it, or it is not what was shown any more
        """
        self._check_open()
        plan = self._plan()
        if not plan.is_possible:
            raise UserError("\n".join([*plan.problems, *plan.refusals]) or plan.why)
        if self.seen != self._print(plan):
            raise UserError(self.env._(
                "The request or the record is no longer what was shown here. Close this window and press the ticket's button again."))
        self.is_done = True
        record, action = getattr(self, f'_do_{plan.deed.way}')(plan)
        self._tell(plan, record, plan.lines)
        return action or {'type': 'ir.actions.act_window_close'}

    def action_open_form(self):
        """Open Odoo's own form, filled in from the request; saving it links the record to the ticket."""
        self._check_open()
        plan = self._plan()
        if not self.can_open_form:
            raise UserError("\n".join(plan.refusals) or self.env._("There is no form for this."))
        values = {} if plan.record else {f'default_{name}': value for name, value in {**self._company_values(plan), **plan.values}.items()}
        return {
            'type': 'ir.actions.act_window',
            'name': self.env['it.deed.plan']._get_labels()[self.key],
            'res_model': plan.deed.model,
            'res_id': plan.record.id,
            'views': [(False, 'form')],
            'target': 'new',
            'context': {**values, DEED: self.id},
        }

    def action_change_double(self):
        """Show what would change in what is there already, instead of making it again."""
        self._check_open()
        plan = self._plan()
        if not self.can_change_double:
            raise UserError(self.env._("Nothing like it is there."))
        return self._open(self.ticket_id, plan.deed.instead, plan.double)

    def action_note(self):
        """Record as a step what was done by hand."""
        self._check_open()
        if not (self.note or '').strip():
            raise UserError(self.env._("Say in “What was done” what was done."))
        self.is_done = True
        self.env['it.ticket.step'].create({'ticket_id': self.ticket_id.id, 'description': self.note.strip()})
        return {'type': 'ir.actions.act_window_close'}

    # === WAYS === #

    def _do_create(self, plan):
        return self._target_model(plan).create(plan.values), None

    def _do_change(self, plan):
        plan.record.write(plan.values)
        return plan.record, None

    def _do_reset(self, plan):
        plan.record.action_reset_password()
        return plan.record, None

    def _do_archive(self, plan):
        plan.record.action_archive()
        return plan.record, None

    def _do_badge(self, plan):
        if plan.values:
            plan.record.generate_random_barcode()
        return plan.record, {**self.env.ref(BADGE).report_action(plan.record, config=False), 'close_on_report_download': True}

    def _target_model(self, plan):
        return self.env[plan.deed.model].with_company(self.ticket_id.company_id)

    def _company_values(self, plan):
        """Return the company of what is made in Odoo's form: the ticket's, as in one step, whichever company the person works in now.

        What Odoo shares among all companies by itself, such as contacts and items, stays shared.
        """
        model = self._target_model(plan)
        company_id = 'company_id' in model._fields and model.default_get(['company_id']).get('company_id')
        return {'company_id': company_id} if company_id else {}

    # === THE FORM === #

    @api.model
    def _of_form(self, record):
        """Return the window that opened the form in which a record is saved, empty if it is none of this person's, or another record."""
        number = self.env.context.get(DEED)
        window = self.browse(number if type(number) is int else 0).exists()
        if not window or not window.has_access('write') or window.is_done:
            return self.browse()
        plan = window._plan()
        fits = window.can_open_form and record._name == plan.deed.model and record == plan.record
        return window if fits else self.browse()

    def _look(self, record, vals):
        """Return what the fields of a record hold that are about to be written, for ``_take_saved``."""
        self._check_open()
        return self.env['it.deed.words']._look(record, vals, self._get_readers())

    def _get_readers(self):
        """Return who reads the step beside those who work on tickets: who asked, and for whom."""
        ticket_sudo = self.ticket_id.sudo()  # that somebody has an account is no secret of who works on requests
        return (ticket_sudo.requester_id | ticket_sudo.requested_for_id.user_id).sudo(False)

    def _take_saved(self, record, before):
        """Note on the ticket that its record was saved in Odoo's form.

        :param before: what the fields that were saved held, as ``_look`` returned it
        """
        env = self.env(context=clean_context(self.env.context))  # what the form was filled in with fills nothing of ours
        window, record = self.with_env(env), record.with_env(env)
        plan, words = window._plan(), env['it.deed.words']
        window.is_done = True
        if plan.deed.way == 'create':
            names = {**dict.fromkeys(plan.deed.required), **plan.deed.asked}
            usual = window._target_model(plan).default_get([name for name in before if name not in names])  # what every new one has says nothing
            names |= {name: None for name in before if record._fields[name].convert_to_write(record[name], record) != usual.get(name)}
            lines = words._made(record, names, window._get_readers())
        else:
            lines = words._changes(record, before, window._get_readers())
        window._tell(plan, record, lines)

    # === BUSINESS METHODS === #

    @api.model
    def _open(self, ticket, key, target=None):
        """Return the window for one deed of a ticket.

        :param target: the record to change, if not the one that the request names
        """
        window = self.create({'ticket_id': ticket.id, 'key': key, 'target_id': target.id if target else 0})
        window.seen = window._print(window._plan())
        return {
            'type': 'ir.actions.act_window',
            'name': window.why_text and self.env._("How it is done") or self.env['it.deed.plan']._get_labels()[key],
            'res_model': self._name,
            'res_id': window.id,
            'views': [(False, 'form')],
            'target': 'new',
        }

    def _plan(self):
        """Return the plan of this one window, as it is now."""
        self.ensure_one()
        plans = self.env['it.deed.plan']
        deed = plans._get_deeds().get(self.key)
        target = None
        if deed and self.target_id and plans._is_there(deed.model):
            target = self.env[deed.model].browse(self.target_id).exists()
        return plans._plan(self.ticket_id, self.key, target)

    @api.model
    def _target_words(self, plan):
        """Return what the record is called that would be changed, so that nobody takes it for another one; False if something is made."""
        record = plan.record
        return bool(record) and (f'{record.name} ({record.login})' if record._name == 'res.users' else record.display_name)

    @api.model
    def _print(self, plan):
        """Return a plan as text, to compare what was shown with what would be done."""
        return json.dumps([plan.key, plan.record.ids if plan.record else [], plan.values, [vars(line) for line in plan.lines]], default=str)

    def _render(self, template, **values):
        return self.env['ir.qweb']._render(f'it_continuity.{template}', values)

    def _tell(self, plan, record, lines):
        """Note on the ticket what was done with a record: the link, and a step with the fields."""
        what = self._get_done(plan)
        kind, name = self.env['it.deed.plan']._kind(record._name), record.display_name
        head = {
            'created': self.env._("Created in Odoo: %(kind)s “%(name)s”", kind=kind, name=name),
            'changed': self.env._("Changed in Odoo: %(kind)s “%(name)s”", kind=kind, name=name),
            'reset': self.env._("Odoo sent “%(name)s” a mail to set a new password", name=name),
            'archived': self.env._("Closed the account “%(name)s”", name=name),
            'printed': self.env._("Made the badge of “%(name)s”", name=name),
        }[what]
        self.ticket_id._note_deed(record, what, "\n".join([head, *(self._line_words(line) for line in lines)]))

    def _get_done(self, plan):
        """Return what the list of records says of it. Extended by rooms above for their own deeds."""
        return DONE[plan.deed.way]

    def _line_words(self, line):
        """Return one line of a step, which whoever asked reads too: what only some may read is not in it."""
        if line.is_private:
            return self.env._("%(label)s: changed", label=line.label) if line.before != line.after or not line.after else self.env._(
                "%(label)s: as before", label=line.label)
        if not line.before:
            return f"{line.label}: {line.after}"
        return f"{line.label}: {line.before} → {line.after or '–'}"

    # === CHECKS === #

    def _check_open(self):
        """:raises UserError: it was done already, or the ticket is not worked on any more"""
        self.ensure_one()
        self.check_access('write')
        self.lock_for_update()
        if self.is_done:
            raise UserError(self.env._("This was done already. Close the window."))
        self.ticket_id._check_deed()
        if self.key not in self.ticket_id._offered_deeds():
            raise AccessError(self.env._("This is not what the ticket asks for."))

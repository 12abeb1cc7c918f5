from runpy import run_path

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import file_path

from ..deeds.deed_case import DeedCase


@tagged('post_install', '-at_install')
class TestImprovementDeed(DeedCase):
    """A colleague's idea becomes an improvement by the ticket's button."""

    def test_idea_becomes_an_improvement_of_the_one_who_had_it(self):
        ticket = self._ask('improvement_idea', benefit="Two hours a week")
        window = self._press(ticket, self.technician)
        form = Form(window)
        self.assertTrue(form.can_apply)
        self.assertIn("Two hours a week", form.lines_html)
        self.assertFalse(form.can_open_form)
        self._rpc(self.technician, window, 'action_apply')
        improvement = self.env['it.improvement'].search([('ticket_ids', 'in', ticket.ids)])
        self.assertEqual((improvement.name, improvement.suggested_by_id, improvement.expected_gain), (ticket.subject, self.user, "Two hours a week"))
        self.assertTrue(improvement.with_user(self.user).name, "who had the idea sees what becomes of it")
        self.assertEqual((ticket.record_ids.res_model, ticket.record_ids.res_id), ('it.improvement', improvement.id))
        again = self._press(ticket, self.technician)
        self.assertIn(improvement.number, again.problem_text)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            again.action_apply()
        self.assertEqual(ticket.with_user(self.technician).action_flag_improvement()['res_id'], improvement.id, "flagged besides it is the same")

    def test_ideas_that_are_flagged_are_one_each_and_of_those_who_had_them(self):
        """Also where the first was dismissed, and where they are about the same system, or something that repeats names them."""
        improvements = self.env['it.improvement']
        mine = self._ask('improvement_idea', benefit="Two hours a week")
        theirs = self._log(
            requester=self.other, subject="Blinds", category_id=mine.category_id.id, asset_id=mine.asset_id.id).with_env(self.env)
        repeated = improvements.sudo()._draft(mine.company_id, {'name': "Reopened", 'pattern': 'reopened', 'pattern_key': 'reopened:ideas'}, 'software')
        repeated._link(mine | theirs)
        made = improvements
        for ticket, person in ((mine, self.user), (theirs, self.other)):
            action = self._rpc(self.technician, ticket, 'action_flag_improvement')
            one = improvements.browse(action['res_id'])
            self.assertEqual((one.suggested_by_id, one.source, one.ticket_ids, one.name), (person, 'person', ticket, ticket.subject))
            self.assertEqual(improvements.with_user(person).search([('id', 'in', (one | repeated | made).ids)]), one, "each sees the own")
            self.assertEqual(self._rpc(self.technician, ticket, 'action_flag_improvement')['res_id'], one.id, "flagged twice it is the same")
            self.assertIn(one.number, self._press(ticket, self.technician).problem_text)
            one.with_user(self.manager).action_dismiss("Not now")
            made |= one
        self.assertEqual((len(made), made[0].expected_gain), (2, "Two hours a week"))

    def test_upgrade_names_the_right_button_where_nobody_changed_the_words(self):
        kind = self.env.ref('it_continuity.ticket_category_improvement_idea')
        now = kind.instructions
        self.assertIn(f"“{self.env['it.deed.plan']._get_labels()['improvement_create']}”", now)
        before = now.replace("Make it an improvement", "Flag for improvement")
        self.assertNotEqual(now, before)
        for words, after in ((before, now), (now, now), ("<p>Flag for improvement.</p>", "<p>Flag for improvement.</p>"), (False, False)):
            kind.instructions = words
            self._upgrade()
            self.assertEqual(kind.instructions, after)
        kind.unlink()
        self._upgrade()

    def _upgrade(self):
        self.env.flush_all()
        run_path(file_path('it_continuity/migrations/19.0.1.10.0/post-ideas.py'))['migrate'](self.env.cr, '19.0.1.9.0')
        self.env.invalidate_all()

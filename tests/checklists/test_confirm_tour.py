from odoo.tests import new_test_user, tagged

from .run_tour_case import RunTourCase


@tagged('post_install', '-at_install')
class TestConfirmTour(RunTourCase):
    """A manager looks at what one person alone said; a colleague takes over what was given."""

    def setUp(self):
        super().setUp()
        self.env['it.task.run'].sudo().search([('waits_for_second', '=', True)]).write({'state': 'pending', 'needs_confirmation': False})

    def _alone(self):
        """Return a run that was entered late as done in time, and one that does not apply as its responsible says."""
        late, skip = self._run('late'), self._run('skip')
        self._age(late, 'missed', open=9, due=3, deadline=1, closed=1)
        late.with_user(self.technician).action_done(done_at=late.open_at, late_reason="no power")
        skip.with_user(self.technician).action_not_applicable("The office is closed")
        return late | skip

    def test_manager_confirms_many_at_once_on_today(self):
        self._at_both_widths(self._confirmed)

    def _confirmed(self, phone):
        runs = self._alone()
        self._today('it_confirm_tour', self.manager, phone)
        self.assertEqual(runs.mapped('state'), ['verified', 'not_applicable'])
        self.assertEqual(runs.verified_by_id, self.manager)
        self.assertFalse(any(runs.mapped('waits_for_second')))

    def test_manager_sends_many_back_from_the_list(self):
        runs = self._alone()
        self._tour('/odoo/it-to-verify', 'it_confirm_list_tour', self.manager)
        self.assertEqual(set(runs.mapped('reject_reason')), {"It was open"})

    def test_colleague_accepts_what_was_given(self):
        self._at_both_widths(self._accepted)

    def _accepted(self, phone):
        giver = new_test_user(self.env, login='itc_tour_giver', name="Tour Giver", groups='it_continuity.it_continuity_group_technician')
        run = self._run('given', user_id=giver.id)
        run.with_user(giver).responsible_id = self.technician
        self._today('it_accept_tour', self.technician, phone)
        self.assertEqual((run.is_unaccepted, run._who_answers()), (False, self.technician))

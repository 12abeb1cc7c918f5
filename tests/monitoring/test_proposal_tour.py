from odoo.tests import tagged

from ..tour_case import TourCase
from .proposal_case import BACKUPS, RDP, WEB, ProposalCase


@tagged('post_install', '-at_install')
class TestProposalTour(ProposalCase, TourCase):
    """Who adds checks ticks what a host found instead of typing settings, at a desk and on a phone."""

    def setUp(self):
        super().setUp()
        self.agent.confirmed_at = self.env.cr.now()
        self._tell(WEB, BACKUPS, RDP)

    def _added(self):
        return (self.agent.check_ids - self.checks).mapped('name')

    def test_a_manager_unticks_one_and_adds_the_others(self):
        def story(phone):
            self._tour('/odoo/it-hosts', 'it_proposal_accept_tour', self.manager, phone)
            self.assertEqual((self._added(), self._open()), (["Odoo answers"], ['backups:22', 'rdp:33']))
        self._at_both_widths(story)

    def test_a_technician_adds_too(self):
        def story(phone):
            self._tour('/odoo/it-hosts', 'it_proposal_accept_tour', self.technician, phone)
            self.assertEqual(self._added(), ["Odoo answers"])
        self._at_both_widths(story)

    def test_a_technician_dismisses_what_needs_no_check(self):
        def story(phone):
            self._tour('/odoo/it-hosts', 'it_proposal_dismiss_tour', self.technician, phone)
            self.assertEqual((self._added(), self._state('rdp:33'), self._open()), ([], 'dismissed', ['backups:22', 'odoo:11']))
        self._at_both_widths(story)

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .walk.world import WorldCase


@tagged('post_install', '-at_install')
class TestCompanyRules(WorldCase):
    """Whatever belongs to a company is out of sight for the managers and auditors of another one, model by model."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['it.reminder'].create({
            'user_id': cls.technician.id, 'date': '2026-11-23', 'kind': 'due', 'company_id': cls.env.company.id})
        cls.elsewhere = cls.env['res.company'].create({'name': "Elsewhere", 'itc_tz': 'UTC'})
        cls.strangers = [
            new_test_user(
                cls.env, login=f'itc_stranger_{group}', groups=f'it_continuity.it_continuity_group_{group}',
                company_id=cls.elsewhere.id, company_ids=[Command.set(cls.elsewhere.ids)])
            for group in ('manager', 'auditor', 'technician', 'user')]

    def _models(self):
        """Return the stored models of ours that know a company and have a record of this one in the world."""
        return [
            name for name, model in sorted(self.env.registry.items())
            if name.startswith('it.') and model._auto and not model._abstract and not model._transient and 'company_id' in model._fields
            and model._fields['company_id']._description_searchable]

    def test_another_companys_people_see_nothing(self):
        own = [('company_id', '=', self.env.company.id)]
        seen = set()
        for name in self._models():
            if not self.env[name].sudo().with_context(active_test=False).search_count(own, limit=1):
                continue
            seen.add(name)
            for stranger in self.strangers:
                records = self.env[name].with_user(stranger).with_context(active_test=False, allowed_company_ids=self.elsewhere.ids)
                if records.has_access('read'):
                    with self.subTest(model=name, stranger=stranger.login):
                        self.assertFalse(records.search_count(own, limit=1))
        self.assertLessEqual({
            'it.agent', 'it.check', 'it.closing', 'it.closing.step', 'it.deputy', 'it.evidence.pack', 'it.notification', 'it.notification.channel',
            'it.outage', 'it.reminder', 'it.rota',
            'it.access.change', 'it.ticket.record', 'it.run.excuse', 'it.seal.event', 'it.task', 'it.task.run', 'it.task.run.item', 'it.ticket', 'it.ticket.step'}, seen)

from datetime import date

from ..common import ItcCase

SCRIPT = b"UPDATE account_move SET closed = TRUE WHERE date < '2027-01-01';\n"


class ClosingCase(ItcCase):
    """A running closing made from the seeded template, and short words for working on its steps."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager_2 = cls._person('manager', 'manager_2')
        cls.closing = cls.env['it.closing'].with_user(cls.manager).create({'date_end': date(2026, 12, 31)})
        cls.closing.action_open()

    @classmethod
    def _step(cls, key):
        name = cls.env.ref(f'it_continuity.closing_template_step_{key}').name
        return cls.closing.step_ids.filtered(lambda step: step.name == name)

    @classmethod
    def _attach(cls, step, content=SCRIPT, person=None):
        person = person or cls.technician
        step.with_user(person).script_id = cls.env['ir.attachment'].with_user(person).create({
            'name': "closing.sql", 'raw': content, 'res_model': 'it.closing.step', 'res_id': step.id})

    @classmethod
    def _do(cls, step, person=None):
        step = step.with_user(person or cls.technician)
        step.evidence = "12 rows, totals equal"
        step.action_done()

    @classmethod
    def _prove(cls, key):
        """Do and verify a step and all that comes before it."""
        step = cls._step(key)
        for before in step.depends_on_ids | step.twin_id:
            if before.state != 'verified':
                cls._prove_step(before)
        cls._prove_step(step)
        return step

    @classmethod
    def _prove_step(cls, step):
        for before in step.depends_on_ids | step.twin_id:
            if before.state != 'verified':
                cls._prove_step(before)
        if step.kind == 'sql_script':
            cls._attach(step)
        cls._do(step)
        step.with_user(cls.manager).action_verify()

    def _rewrite(self, attachment, content):
        """Change a file's bytes as only who owns the database can."""
        other = self.env['ir.attachment'].create({'name': "other.sql", 'raw': content})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = %s, db_datas = %s WHERE id = %s",
            (other.store_fname or None, None if other.store_fname else content, attachment.id))
        self.env.invalidate_all()

    def assertLocked(self, step, reason):
        step = step.with_user(self.technician)
        self.assertTrue(step.is_locked)
        self.assertIn(reason, step.lock_reason)
        for action in (step.action_start, step.action_done):
            with self.assertRaisesRegex(Exception, "locked"):
                action()

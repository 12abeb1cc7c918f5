import sys
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import file_path

from .common import ChecklistCase

ROOT = Path(file_path('it_continuity/__init__.py')).parent


@tagged('post_install', '-at_install')
class TestOneClick(ChecklistCase):
    """How many of our files somebody crosses who follows one click on “Done”, and how often from one to the other.

    Each function of ours counts as it is called. Left out is what Odoo asks the guard of each field that it reads: it tells no story.
    """

    @contextmanager
    def _crossed(self):
        """Yield a list that the block fills with the file and the name of each function of ours that is called."""
        calls = []

        def note(frame, event, _arg):
            code = frame.f_code
            path = Path(code.co_filename)
            if event == 'call' and path.is_relative_to(ROOT) and 'tests' not in path.parts and '_has_field_access' not in (
                    code.co_name, frame.f_back.f_code.co_name):
                calls.append((str(path.relative_to(ROOT)), code.co_qualname))

        sys.setprofile(note)
        try:
            yield calls
        finally:
            sys.setprofile(None)

    @contextmanager
    def _writes(self, model, name):
        """Yield how often each override of ``write`` that we have in a model's chain runs with a field's value in the block."""
        counts = {}

        def counted(override, write):
            def count(records, vals):
                counts[override] += bool(records) and name in vals
                return write(records, vals)
            return count

        with ExitStack() as stack:
            for override in type(self.env[model]).mro():
                if override.__module__.startswith('odoo.addons.it_continuity.') and 'write' in vars(override):
                    counts[override] = 0
                    stack.enter_context(patch.object(override, 'write', counted(override, override.write)))
            yield counts

    def assertCrosses(self, calls, files, switches):
        """Hold what was crossed against what was reached: more has to be worth it."""
        told = [file for file, _name in calls]
        crossed, switched = len(set(told)), sum(one != other for one, other in pairwise(told))
        path = "\n".join(f'{file}: {name}' for file, name in calls)
        self.assertTrue(calls)
        self.assertLessEqual(crossed, files, path)
        self.assertLessEqual(switched, switches, path)

    def test_a_step_and_the_click_that_asks_for_it_are_told_in_few_files(self):
        warm, step, click = (self._run(code).with_user(self.technician) for code in ('warm', 'step', 'click'))
        warm.action_do()
        (step | click).mapped('health')  # the screen has shown what the checks say
        self.env.flush_all()
        with self._crossed() as calls:
            step.action_done()
        self.assertCrosses(calls, 6, 14)
        with self._crossed() as calls:
            click.action_do()
        self.assertCrosses(calls, 13, 39)
        self.assertEqual([run.state for run in (step, click)], ['done', 'done'])

    def test_each_override_of_write_runs_once_for_one_write(self):
        """A step, which has been checked, goes past the guard: past what the run and the guard ask of who writes by hand."""
        run = self._run('chain').with_user(self.technician)
        for name, act, guarding in (
                ('responsible_id', lambda: run.write({'responsible_id': self.technician_2.id}), 1),
                ('responsible_id', run.with_user(self.technician_2).action_accept, 1),
                ('state', run.action_done, 0),
                ('state', run.action_undo, 0)):
            with self.subTest(name=name, act=act), self._writes('it.task.run', name) as counts:
                act()
            self.assertEqual(
                {override.__name__: count for override, count in counts.items()},
                {**dict.fromkeys(('ItTaskRun', 'ItGuardedMixin'), guarding), **dict.fromkeys(('ItThreadMixin', 'ItDerivedMixin', 'ItSealedMixin'), 1)})
        self.assertEqual((run.state, run.responsible_id), ('pending', self.technician_2))

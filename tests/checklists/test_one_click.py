import sys
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

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
        self.assertCrosses(calls, 12, 27)
        with self._crossed() as calls:
            click.action_do()
        self.assertCrosses(calls, 17, 55)
        self.assertEqual([run.state for run in (step, click)], ['done', 'done'])

from odoo import models


class ItTaskRun(models.Model):
    """Many runs at once, where nothing has to be looked at one by one."""
    _inherit = 'it.task.run'

    # === ACTION METHODS === #

    def action_all_fine(self):
        """Mark those of these runs as done that ask for no evidence and meet no objection; leave the rest and name it.

        :raises AccessError: the person may not work on these runs
        :return: a notice of how many were done and which were left, with the offer to take all of them back
        """
        self._check_worker()
        fine = self.filtered(lambda run: run._is_fine_unseen())
        fine.action_done()
        left = self - fine
        return self._notice(
            left and self.env._("Left for you: %(names)s", names=", ".join(left.mapped('task_name'))) or '',
            undo=fine.filtered('can_undo'), title=self.env._("%(count)s done", count=len(fine)), is_sticky=bool(left),
            kind='warning' if left else 'success')

    def _is_fine_unseen(self):
        """Tell whether this one run may be done without a look: open, no required item of a person, nothing bad or red."""
        return self.is_open and not self.asks_evidence and not self._done_objections()

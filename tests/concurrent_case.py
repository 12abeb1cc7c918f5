import threading

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase


class ConcurrentCase(TransactionCase):
    """Two workers with transactions of their own, as two cron processes have; what they commit, the test itself removes."""

    def _both_at_once(self, work):
        """Let two workers begin ``work(env)`` in the same moment, each in a thread and transaction of its own, and commit.

        The registry is locked by the tests' own thread, so that each commits by itself.
        """
        errors, barrier = [], threading.Barrier(2)

        def run(env):
            try:
                barrier.wait(timeout=30)
                work(env)
                env.flush_all()
                env.cr.connection.commit()
            except Exception as error:  # noqa: BLE001  a thread's failure has to reach the test
                errors.append(error)

        with self.registry.cursor() as first, self.registry.cursor() as second:
            workers = [threading.Thread(target=run, args=(api.Environment(cr, SUPERUSER_ID, {}),)) for cr in (first, second)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join(timeout=60)
        self.assertFalse(errors)

import logging

import psycopg2

from odoo import api, models

_logger = logging.getLogger(__name__)


class ItJudge(models.AbstractModel):
    _inherit = 'it.judge'

    # === BUSINESS METHODS === #

    @api.model
    def _after_pass(self, judged):  # returns nothing  # pylint: disable=missing-return
        """Open, join and close alerts in the pass that showed what is bad, and queue their first messages with it."""
        super()._after_pass(judged)
        try:
            with self.env.cr.savepoint():
                self.env['it.alert.watch']._follow(is_behind=bool(judged.left))
        except psycopg2.OperationalError:
            raise  # another transaction's doing: the whole pass is done again
        except Exception:
            self.env.invalidate_all()
            _logger.exception("Alerts could not follow what was judged")

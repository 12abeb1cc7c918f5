from odoo import api, models
from odoo.exceptions import AccessError


class RatingRating(models.Model):
    """How it was for who asked: Odoo lets every employee write any rating, and keep the name of what it is about where all read it."""
    _inherit = 'rating.rating'

    # === COMPUTE METHODS === #

    @api.depends('res_model', 'res_id')
    def _compute_res_name(self):
        """Store a ticket's number only, see ``MailActivity``."""
        on_tickets = self.filtered(lambda rating: rating.res_model == 'it.ticket' and rating.res_id)
        for rating in on_tickets:
            rating.res_name = self.env['it.ticket'].sudo().browse(rating.res_id).name  # a number is no secret
        return super(RatingRating, self - on_tickets)._compute_res_name()

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        ratings._check_no_ticket()
        return ratings

    def write(self, vals):
        self._check_no_ticket()
        result = super().write(vals)
        self._check_no_ticket()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_no_ticket(self):
        self._check_no_ticket()

    # === CHECKS === #

    def _check_no_ticket(self):
        """:raises AccessError: a person writes or deletes the rating of a ticket, by whatever door"""
        if not self.env.su and any(rating.res_model == 'it.ticket' for rating in self.sudo()):
            raise AccessError(self.env._("How a ticket was is said by the colleague who asked, on the ticket, and stays as it was said."))

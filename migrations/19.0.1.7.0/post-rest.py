from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Give waiting requests the checklist of their kind, mails that wait the ticket that they name, and a kind its icon.

    The upgrade to 19.0.1.6.0 brought checklists for tickets that were logged from then on. What somebody works on already is theirs to finish as
    they began it.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    env['it.ticket'].search([('state', '=', 'new'), ('item_ids', '=', False), ('category_id.checklist_ids', '!=', False)])._take_checklist()
    idea = env.ref('it_continuity.ticket_category_improvement_idea', raise_if_not_found=False)
    if idea and idea.icon == 'fa-question-circle':  # what a kind without one of its own has
        idea.icon = 'fa-lightbulb-o'
    cr.execute("""
        UPDATE it_ticket_mail_unrouted mail SET onto_id = about_id
         WHERE state = 'waiting' AND onto_id IS NULL AND EXISTS (
            SELECT FROM it_ticket ticket WHERE ticket.id = mail.about_id AND ticket.company_id = mail.company_id
               AND ticket.state IN ('new', 'in_progress', 'resolved'))""")
    env['it.ticket.mail.unrouted'].invalidate_model(['onto_id'])
    env['it.ticket.mail.unrouted']._call_safely()

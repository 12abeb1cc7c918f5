from odoo import SUPERUSER_ID, api

REQUESTS = (
    'account_access', 'contact', 'salesperson_so_engine', 'sellable_item', 'sales_location_pricelist', 'unit_of_measure', 'company_branch', 'id_card',
    'purchase_payment_request', 'inventory_purchase')
SUPPLIES = ('printer_ink', 'toner_stock')


def migrate(cr, version):
    """Say of the handbook's kinds of requests which are wishes and which supplies, let its task count improvements and the digest tell of them.

    They are the users' by now, so the data files do not reach them.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    for nature, codes in (('request', REQUESTS), ('supply', SUPPLIES)):
        for code in codes:
            category = env.ref(f'it_continuity.ticket_category_{code}', raise_if_not_found=False)
            if category:
                category.nature = nature
    task = env.ref('it_continuity.task_office_improvements', raise_if_not_found=False)
    if task:
        task.counts_improvements = True
    digest = env.ref('digest.digest_digest_default', raise_if_not_found=False)
    if digest and digest.kpi_itc_open_tickets:
        digest.kpi_itc_improvements = True

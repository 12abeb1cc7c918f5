from odoo import SUPERUSER_ID


def changer(fact):
    """Return the person who changed a record last after it was made; nobody when none did, or software alone.

    A fact is worth as much as its author's word, so whoever decides by it is told who that is.
    """
    if not fact.write_date or fact.write_date <= fact.create_date:
        return fact.write_uid.browse()
    return fact.write_uid.filtered(lambda user: user.id != SUPERUSER_ID and not user.share)


def frozen_change(fact):
    """Return who changed a record last and when as plain data, None where nobody did."""
    person = changer(fact)
    return {
        'changed_by': person.id or None, 'changed_by_login': person.login or '',
        'changed_at': fact.write_date.isoformat(timespec='seconds') if person else None,
    }

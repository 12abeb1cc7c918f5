"""The one clock: every moment that the software writes or decides by comes from here. It stands still within a transaction."""
from ...lib import local_time


def now(env):
    """Return the transaction's time, UTC without a zone, in whole seconds as Odoo stores and shows it."""
    return exact(env).replace(microsecond=0)


def exact(env):
    """Return the transaction's time to the microsecond: for what is measured, and for order within a second."""
    return env.cr.now()


def today(env, company):
    """Return the date that the company's clock shows."""
    return local_time.local_date(exact(env), company.itc_tz or 'UTC')

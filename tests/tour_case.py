import time
from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user

from .tour_browser import TourBrowser

DESKTOP, PHONE = '1366x768', '375x740'
DAY_S, LAST_S = 86_400, 300


def left_of_the_day(at):
    """Return how many seconds to wait so that a class of tests does not begin on one day and end on the next, by UTC: mostly none.

    :param at: seconds since 1970
    """
    left = DAY_S - at % DAY_S
    return left + 1 if left <= LAST_S else 0


class TourCase(HttpCase):
    """A browser in the hands of a named person, at a desk or on a phone."""

    @classmethod
    def setUpClass(cls):
        # The server's clock stands still in a test and the browser's does not: what is planned for today would be yesterday's there.
        time.sleep(left_of_the_day(time.time()))
        super().setUpClass()
        cls.startClassPatcher(patch('odoo.tests.common.ChromeBrowser', TourBrowser))

    @classmethod
    def _tour_people(cls, *groups):
        """Return a person of each of our groups, named after it."""
        return (
            new_test_user(cls.env, login=f'itc_tour_{group}', name=f"Tour {group.capitalize()}", groups=f'it_continuity.it_continuity_group_{group}')
            for group in groups)

    def _tour(self, path, tour, user, phone=False, **options):
        """Walk a registered tour as ``user``, in a window of a phone's width when ``phone``; what it changed is read anew afterwards.

        :param user: who is logged in already; nobody when empty
        """
        self.browser_size = PHONE if phone else DESKTOP
        self.touch_enabled = phone
        self.start_tour(path, tour, login=user.login or None, **options)
        self.env.invalidate_all()

    def _at_both_widths(self, story):
        """Let the same story happen at a desk and on a phone, each taken back afterwards.

        :param story: called with ``phone``, False and then True
        """
        for phone in (False, True):
            with self.subTest(phone=phone), self.env.cr.savepoint() as savepoint:
                story(phone)
                self.env.flush_all()
                savepoint.rollback()
                self.env.invalidate_all()

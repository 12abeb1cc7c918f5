import json
import logging
import os
import re
import time
from functools import partial

from odoo.fields import Domain

from .walk_case import ODOOS_ENTRIES, WalkCase

_logger = logging.getLogger(__name__)

# Auditors and guests find the same forms with fewer buttons.
ACTING = ('colleague', 'technician', 'manager')


class WalkerCase(WalkCase):
    """What is done on a screen: open its views, make a record, press what is offered."""

    def assertWalks(self, person, role, phone, **options):
        found = self._walk(person, role, phone, **options)
        if found:
            self.fail(f"{len(found)} findings\n" + '\n'.join(map(str, found)))

    def _walk(self, person, role, phone, only=None, press=True, make=True):
        """Walk every screen of ``person``; return what is wrong and is no exception.

        :param only: an expression that the titles of the screens fit, to walk a part; else ``ITC_WALK_ONLY`` of the environment says so
        """
        start = time.monotonic()
        only = only or os.environ.get('ITC_WALK_ONLY')
        with self._walking(person, role, phone) as browser:
            with self._alone():
                known = self._screens()
            screens = [screen for screen in known if not only or re.search(only, screen.title)]
            # Others may have none of a part; who decides sees every screen.
            self.assertTrue(screens or role != 'manager', f"no screen fits {only!r} of {', '.join(sorted(screen.title for screen in known))}")
            for screen in screens:
                self.screen = screen.title
                self.count['screens'] += 1
                self._walk_screen(browser, screen, phone, press, make)
        self._report(start)
        self.walked.add(self._testMethodName)
        return self._unexpected()

    def _report(self, start):
        took = time.monotonic() - start
        words = ', '.join(f'{number} {name}' for name, number in sorted(self.count.items()))
        parts = ', '.join(f'{name} {seconds:.0f} s' for name, seconds in self.seconds.most_common())
        _logger.info("walk: %s on %s, %s: %s in %.0f s (%s)", self.role, self.width, self.world, words, took, parts)

    def _walk_screen(self, browser, screen, phone, press, make):
        if screen.kind != 'ir.actions.act_window':
            self._walk_other(browser, screen, press)
            return
        if screen.is_dialog:
            self._walk_dialog(browser, screen)
            return
        with self._alone():
            records = self._records(screen)
        to_press, views = {}, self._views(screen)
        for view in views:
            if view != 'form' or len(screen.views) == 1:
                to_press[view] = self._walk_view(browser, screen, view, press and bool(records), make)
        if 'form' in views:
            for state, record in self._worth_opening(screen, records):
                self._walk_form(browser, screen, state, record, press)
        for view, buttons in to_press.items():
            self._press_list(browser, screen, view, *buttons)

    def _walk_view(self, browser, screen, view, press, make):
        """Open one view, make a record by its New; return what is to press: the rows' buttons, the selection's, the menu's entries."""
        rows, selection, entries = (), (), ()
        can_create = False
        with self._step(f'open {view}'):
            self._show(screen, view)
            self.count['views'] += 1
            self._look()
            self._axe(view)
            if view not in ('list', 'kanban'):
                return (), (), ()
            can_create = make and browser.call('canCreate')
        if press:
            with self._step(f'buttons of {view}'):
                self._show(screen, view)
                rows = browser.call('buttons', 'row')
                if view == 'list' and browser.call('selectFirst'):
                    selection = browser.call('buttons', 'selection')
                    entries = browser.call('menu')
                    browser.call('selectFirst', False)
        if can_create:
            with self._step(f'new in {view}'):
                self._show(screen, view)
                self._make(browser, screen, view)
        return rows, selection, entries

    def _show(self, screen, view='', record=None):
        """Open a view of the screen, unless it stands there as it was opened."""
        wanted = (screen.action_id, view, record)
        left, self.left = self.left, None
        if self.shown != wanted and not (left == wanted and self.browser_.call('renew')):
            options = {'viewType': view} if view else {}
            if record:
                options['props'] = {'resId': record}
            self.browser_.call('open', screen.action_id, options)
        self.shown = wanted

    def _views(self, screen):
        """Return the views that are opened: all; on a phone of who only looks, of each model once its form, or what stands first where it has none."""
        if self.width == 'desktop' or self.role in ACTING:
            return screen.views
        if screen.model in self.looked_at:
            return ()
        self.looked_at.add(screen.model)
        return ('form',) if 'form' in screen.views else screen.views[:1]

    def _worth_opening(self, screen, records):
        """Return (state, id) of the records whose form is opened: each state at a desk by those who act; else one, and those whose buttons asked something."""
        if self.width == 'desktop' and self.role in ACTING:
            return list(records.items())
        asked = {state for model, _group, _key, state in self.asking if model == screen.model}
        return [(state, record) for place, (state, record) in enumerate(records.items()) if not place or self.width == 'phone' and state in asked]

    def _walk_other(self, browser, screen, press):
        """A client action: look at it, press each of its buttons."""
        keys = ()
        with self._step('open'):
            self._show(screen)
            self.count['views'] += 1
            self._look()
            if screen.kind != 'ir.actions.client':
                return
            self._axe('client')
            if not browser.evaluate('[...document.querySelectorAll(".o_action_manager h1")].some((one) => one.innerText.trim())'):
                self._find('axe', "page-has-heading-one: no h1")
            keys = browser.call('buttons', 'client')
        for key in keys if press else ():
            self._press(screen, '', 'client', key, partial(self._show, screen))

    def _walk_dialog(self, browser, screen):
        for name, act in (('cancel', 'cancel'), ('confirm', 'confirm')):
            with self._step(f'{name} dialog'), self._taken_back():
                self._show(screen)
                self.count['views'] += 1
                self._look()
                self._axe('dialog')
                if browser.call('hasDialog'):
                    browser.call(act, timeout=90)
                    self.count['pressed'] += 1
                    self._look()

    def _walk_form(self, browser, screen, state, record, press):
        show = partial(self._show, screen, 'form', record)
        keys = entries = ()
        with self._step(f'open form {state}'):
            show()
            self.count['views'] += 1
            self._look()
            self._axe('form')
            if press:
                # The menu first: on a phone what is unfolded is a sheet over it.
                entries = browser.call('menu')
                browser.call('unfold')
                keys = browser.call('buttons', 'form')
                if self.width == 'phone':
                    # There the menu is a sheet that takes its time to leave.
                    self.shown = None
        for key in keys:
            self._press(screen, state, 'form', key, show)
        for words in entries:
            self._press_entry(screen, state, words, show)

    # === PRESSING === #

    def _press(self, screen, state, group, key, show):
        """Press one button and answer what it asks; on a phone, say no to it."""
        known = (screen.model, group, key, state)
        if not self._is_to_press(known):
            return
        browser = self.browser_
        with self._step(f'press {key} {state}'), self._taken_back():
            show()
            if group == 'form':
                browser.call('unfold')
            if group == 'selection':
                browser.call('selectFirst')
            if not browser.call('press', group, key, timeout=90):
                self._find('step', "the button is gone when the screen is opened again")
                return
            self.count['pressed'] += 1
            self._answer(known)

    def _press_entry(self, screen, state, words, show):
        known = (screen.model, 'menu', words, '' if words in ('Duplicate', 'Archive', 'Delete') else state)
        if words.startswith(ODOOS_ENTRIES) or not self._is_to_press(known):
            return
        with self._step(f'press ⚙ {words} {state}'), self._taken_back():
            show()
            instead = self.browser_.call('pressMenu', words)
            if instead:
                self._find('step', f"the entry is gone when the screen is opened again: {instead}")
                return
            self.count['pressed'] += 1
            self._answer(known)

    def _is_to_press(self, known):
        """Tell whether this role did not press this yet: at a desk each button once, on a phone those that asked something, to say no."""
        if self.width == 'phone' and self.asking and known not in self.asking:
            return False
        mark = (self.width, self.role, known)  # what one role may, another one may be offered and refused
        if mark in self.pressed:
            return False
        self.pressed.add(mark)
        return True

    def _answer(self, known):
        self._look()
        browser = self.browser_
        for _number in range(3):
            if not browser.call('hasDialog'):
                return
            self.count['dialogs'] += 1
            self.asking.add(known)
            title = browser.call('dialogTitle')
            self.step = f'{self.step} › {title}'
            self._axe(title)
            if self.width == 'phone':
                browser.call('cancel')
                self._look()
            else:
                browser.call('confirm', timeout=90)
                self._look()

    def _press_list(self, browser, screen, view, rows, selection, entries):
        show = partial(self._show, screen, view)
        for key in rows:
            self._press(screen, view, 'row', key, show)
        for key in selection:
            self._press(screen, view, 'selection', key, show)
        for words in entries:
            self._press_entry(screen, view, words, lambda: (show(), browser.call('selectFirst')))

    # === MAKING === #

    def _make(self, browser, screen, view):
        """New → what is asked for → Save → it is in the database → it is found in the list and shows the same."""
        with self._taken_back():
            browser.call('pressNew')
            if view == 'kanban' and 'list' in screen.views and not browser.evaluate('!!document.querySelector(".o_kanban_quick_create")'):
                return
            self.count['forms'] += 1
            self._look()
            self._axe(f'new in {view}')
            self._try_to_make(browser, screen)

    def _try_to_make(self, browser, screen):
        self.step = 'new › fill in'
        self.lacking.clear()
        filled = browser.call('fill')
        self._look()
        if self.lacking:
            self.count['not made, nothing to choose'] += 1
            return
        if self.width == 'desktop':
            self._check_searches(browser.call('emptySearches') + browser.call('emptyLineSearches'))
        self.step = 'new › save'
        saved = browser.call('save')
        self._look()
        if not saved['ok']:
            kind = 'hidden' if saved['missing'] else 'unsaved'
            self._find(kind, f"not saved after {json.dumps(filled)}: {json.dumps(saved)}")
            return
        self.count['saved'] += 1
        if saved.get('quick'):
            return
        self.step = 'new › reopen'
        with self._alone():
            if not self.env[saved['model']].browse(saved['resId']).exists():
                self._find('unsaved', f"{saved['model']} {saved['resId']} is not in the database")
                return
        names = [name for name, words in filled.items() if words]
        before = browser.call('shown', names)
        if saved['model'] != screen.model or 'form' not in screen.views:
            return
        self.shown = None  # another list stands there from here on
        browser.call('open', {
            'type': 'ir.actions.act_window', 'name': screen.name, 'res_model': screen.model, 'views': [[False, 'list'], [False, 'form']],
            'domain': [['id', '=', saved['resId']]]}, {})
        if browser.call('rows') != 1:
            self._find('unsaved', "the saved record is not in the list")
            return
        browser.call('clickRow')
        self._look()
        after = browser.call('shown', names)
        if before != after:
            self._find('unsaved', f"reopened it shows {json.dumps(after)}, saved was {json.dumps(before)}")

    def _check_searches(self, searches):
        """A field that finds nothing is a fault when the person can read what would fit, were the empty fields not asked."""
        with self._alone():
            env = self.env(user=self.person)
            for search in searches:
                model = search['model']
                relaxed = relax(search['domain'])
                if env[model].has_access('read') and env[model].search_count(Domain(relaxed), limit=1):
                    self._find('nothing found', f"“{search['label']}” ({search['name']}) finds no {model} by {search['domain']}")


def relax(domain):
    """Return a domain without what compares with an empty value: that part only says that another field is not filled in yet."""
    return [
        ('id', '!=', 0) if isinstance(leaf, (list, tuple)) and is_of_empty(leaf) else tuple(leaf) if isinstance(leaf, list) else leaf
        for leaf in domain
    ]


def is_of_empty(leaf):
    value = leaf[2]
    return value is False or value is None or (isinstance(value, list) and not any(value))

import logging
import os
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from odoo.fields import Domain
from odoo.tests.common import _registry_test_lock
from odoo.tools.safe_eval import safe_eval

from odoo.addons.bus.models.bus import BusBus
from odoo.addons.bus.websocket import CloseCode, WebsocketConnectionHandler, _kick_all

from .browser import WalkBrowser, WalkError
from .exceptions import EXCEPTIONS, ODOOS_OWN
from .screens import ACTION_FIELDS, screens
from .world import WorldCase

_logger = logging.getLogger(__name__)

SIZES = {False: '1366x768', True: '375x740'}
OUR_MODELS = 'it.'
# Entries of the cog and Actions menus that write nothing of ours and leave the page, or need what the walk has no hand for.
ODOOS_ENTRIES = ('Export', 'Import records', 'Add Properties', 'Insert in spreadsheet', 'Print')


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: who saw it in which width and world, on which screen, at which step."""
    role: str
    width: str
    world: str
    screen: str
    step: str
    kind: str
    text: str

    def __str__(self):
        return f"{self.role} · {self.width} · {self.world} · {self.screen} · {self.step}: {self.kind}: {self.text}"


class WalkCase(WorldCase):
    """Walks the product in one browser a person and width; each step that writes is taken back before the next one."""

    world = 'data'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What one walk did, the later ones of the class need not do again.
        cls.judged, cls.pressed, cls.asking = set(), set(), set()
        cls.walked, cls.fitted = set(), set()

    def setUp(self):
        super().setUp()
        self.findings = []
        self.seen = set()
        # Models that somebody who only looks has seen on a phone.
        self.looked_at = set()
        # Models of which a required field asks for a record and none is there: no fault of the field.
        self.lacking = set()
        self.count = Counter()
        self.seconds = Counter()
        # What stands in the browser as it was opened: (action, view, record).
        self.shown = None
        # The same of what stood there when the last step that writes began, all of which was taken back.
        self.left = None
        path = os.environ.get('ITC_AXE_CORE')
        self.axe = Path(path).read_text(encoding='utf-8') if path else None

    # === THE BROWSER === #

    @contextmanager
    def _walking(self, person, role, phone):
        """Have a browser in which ``person`` is logged in, and let go of the lock on the database meanwhile."""
        self.role, self.width, self.person = role, 'phone' if phone else 'desktop', person
        self.screen, self.step = 'log in', 'open'
        self.browser_size, self.touch_enabled = SIZES[phone], phone
        browser = self.browser_ = WalkBrowser(self, self.axe)
        with self.allow_requests(browser=browser), ExitStack() as atexit:
            atexit.callback(self._wait_remaining_requests)
            atexit.callback(_kick_all, CloseCode.KILL_NOW)
            atexit.enter_context(patch.object(WebsocketConnectionHandler, 'websocket_allowed', return_value=True))
            send = BusBus._sendone

            def send_at_once(bus, target, notification_type, message):
                send(bus, target, notification_type, message)
                bus.env.cr.precommit.run()

            atexit.enter_context(patch.object(BusBus, '_sendone', send_at_once))
            with self._alone():
                self.authenticate(person.login, person.login, browser=browser)
                self.cr.flush()
                self.cr.clear()
            atexit.callback(browser.stop)
            browser.navigate_to(f'{self.base_url()}/odoo/action-{self._start_action()}', wait_stop=True)
            self.assertTrue(browser._wait_ready('itcWalk.ready()'), "the web client did not start")
            browser.call('idle')
            browser.take_said()
            yield browser

    def _start_action(self):
        return 'mail.action_discuss'

    @contextmanager
    def _alone(self):
        """Hold the lock on the database: no request runs, and ours sees what they wrote."""
        if not _registry_test_lock.acquire(timeout=60):
            raise WalkError("a request does not end")
        try:
            self.env.invalidate_all(flush=False)
            yield
            self.env.flush_all()
        finally:
            _registry_test_lock.release()

    @contextmanager
    def _taken_back(self):
        """Take back whatever the block makes the server write."""
        with self._alone():
            savepoint = self.env.cr.savepoint(flush=False)
        cleared = set()
        registry = type(self.registry)
        clear = registry.clear_cache
        try:
            with patch.object(registry, 'clear_cache', lambda own, *names: cleared.update(names or ('default',)) or clear(own, *names)):
                yield
                self.browser_.call('drop', 60)
        finally:
            self.shown, self.left = None, self.shown
            with self._alone():
                savepoint.close(rollback=True)
                self.env.cr.clear()
                if cleared:
                    self.registry.clear_cache(*cleared)

    # === WHAT IS FOUND === #

    def _find(self, kind, text, step=None):
        finding = Finding(self.role, self.width, self.world, self.screen, step or self.step, kind, ' '.join(str(text).split())[:600])
        if finding not in self.findings:
            self.findings.append(finding)
            _logger.info("walk finding: %s", finding)

    def _find_once(self, kind, mark, text):
        """Note what stands in many places at the first of them."""
        if (kind, mark) not in self.seen:
            self.seen.add((kind, mark))
            self._find(kind, text)

    def _look(self):
        """Note all that is wrong with what is shown now, and what went wrong since the last look."""
        for one in self.browser_.call('look'):
            if one['kind'] == 'overflow' and self.width != 'phone':
                continue
            if one.get('model') and not self._is_any(one['model']):
                self.lacking.add(one['model'])
                continue
            self._find(one['kind'], one['text'])
        for kind, words in self.browser_.take_said():
            self._find('console', f'{kind}: {words}')

    def _is_any(self, model):
        """Tell whether the person can find any record of ``model`` at all."""
        with self._alone():
            records = self.env(user=self.person)[model]
            return records.has_access('read') and bool(records.search_count([], limit=1))

    def _axe(self, what):
        """Let axe judge what is shown, once a width, whoever sees it first."""
        mark = (self.width, self.screen, what)
        if not self.axe or mark in self.judged:
            return
        self.judged.add(mark)
        start = time.monotonic()
        self.count['axe'] += 1
        for one in self.browser_.call('axe', [[rule, selector] for rule, selector, _reason in ODOOS_OWN]):
            self._find_once('axe', (one['rule'], one['path']), f"{one['rule']}: {one['path']} ({one['why']}) {one['html']}")
        self.seconds['axe'] += time.monotonic() - start

    @contextmanager
    def _step(self, name):
        """Take one step; what the page cannot do, or raises, is a finding."""
        self.step = name
        _logger.info("walk step: %s · %s", self.screen, name)
        start = time.monotonic()
        try:
            yield
        except (WalkError, TimeoutError) as error:
            self._find('step', error)
            self.shown = None
        finally:
            self.seconds[name.split(' ')[0]] += time.monotonic() - start

    def _unexpected(self):
        self.fitted.update(one for one in EXCEPTIONS if any(map(one.fits, self.findings)))
        return [finding for finding in self.findings if not any(one.fits(finding) for one in EXCEPTIONS)]

    # === WHAT THERE IS === #

    def _screens(self):
        """Return the screens that this person can open, as the product itself knows them."""
        env = self.env(user=self.person)
        ours = self.env['ir.model.data'].sudo().search_read([
            ('module', '=', 'it_continuity'), ('model', 'in', list(ACTION_FIELDS))], ['model', 'res_id'])
        in_menu = self._menu_actions(env)
        extended = self._extended_models()
        rows = {}
        for kind in ('ir.actions.client', 'ir.actions.act_window', 'ir.actions.server'):
            ids = {row['res_id'] for row in ours if row['model'] == kind}
            ids |= {action_id for menu_kind, action_id in in_menu if menu_kind == kind}
            actions = self.env[kind].sudo().browse(sorted(ids)).exists()
            rows[kind] = actions.read(ACTION_FIELDS[kind])
            if kind == 'ir.actions.client':
                # A client action says nothing of rights: who finds it in a menu may open it.
                rows[kind] = [row for row in rows[kind] if (kind, row['id']) in in_menu and row['id'] in {one['res_id'] for one in ours if one['model'] == kind}]
            elif kind == 'ir.actions.server':
                rows[kind] = [row for row in rows[kind] if (kind, row['id']) in in_menu and row['id'] in {one['res_id'] for one in ours if one['model'] == kind}]
        found = []
        for screen in screens(rows, in_menu):
            if screen.kind == 'ir.actions.act_window':
                if screen.model not in env or not env[screen.model].has_access('read'):
                    continue
                if not screen.model.startswith(OUR_MODELS) and (self.role != 'guest' or screen.model not in extended):
                    continue
            found.append(screen)
        return found

    def _menu_actions(self, env):
        """Return (kind, id) of each action in the menus that can be reached; a menu whose parent is hidden is not."""
        menus = env['ir.ui.menu'].load_menus(False)
        found, todo = set(), list(menus['root']['children'])
        while todo:
            menu = menus[todo.pop()]
            todo += menu['children']
            if menu.get('action_model'):
                found.add((menu['action_model'], menu['action_id']))
        return found

    def _extended_models(self):
        """Return the models of other apps whose fields or views we add to."""
        data = self.env['ir.model.data'].sudo()
        views = self.env['ir.ui.view'].sudo().browse(
            data.search([('module', '=', 'it_continuity'), ('model', '=', 'ir.ui.view')]).mapped('res_id')).exists()
        found = self.env['ir.model.fields'].sudo().browse(
            data.search([('module', '=', 'it_continuity'), ('model', '=', 'ir.model.fields')]).mapped('res_id')).exists()
        # Odoo notes these two for who adds no more than a method, too.
        found = found.filtered(lambda one: one.name not in ('id', 'display_name'))
        return {name for name in [*views.mapped('model'), *found.mapped('model')] if name and not name.startswith(OUR_MODELS)}

    def _records(self, screen):
        """Return {state: id} of one record of the screen in each state that its model knows; one in all when it knows none."""
        known = {'uid': self.person.id, 'context_today': lambda: None, 'allowed_company_ids': self.env.company.ids}
        model = self.env(user=self.person)[screen.model].with_context(**safe_eval(screen.context.strip() or '{}', known))
        domain = Domain(safe_eval(screen.domain.strip() or '[]', known))
        field = model._fields.get('state')
        if not field or field.type != 'selection' or not field.store:
            found = model.search(domain, limit=1)
            return {'': found.id} if found else {}
        states = [value for value, _label in field._description_selection(model.env)]
        return {state: found.id for state in states if (found := model.search(domain & Domain('state', '=', state), limit=1))}

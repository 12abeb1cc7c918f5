from odoo.tests import tagged

from .walker import WalkerCase

# The first search is answered after longer than a person waits for a list, and the list of the second one is closed by a scroll once.
SLOW = """
    (() => {
        const { send } = XMLHttpRequest.prototype;
        Object.assign(itcWalk, { late: 0, closed: 0 });
        XMLHttpRequest.prototype.send = function (body) {
            if (!/name_search$/.test(this.itcUrl) || itcWalk.late) {
                return send.call(this, body);
            }
            itcWalk.late += 1;
            itcWalk.sleep(5500).then(() => send.call(this, body));
        };
        new MutationObserver(() => {
            if (itcWalk.late && !itcWalk.closed && document.querySelector(".o-autocomplete--dropdown-item:not(:has(.o_loading))")) {
                itcWalk.closed += 1;
                document.dispatchEvent(new Event("scroll"));
            }
        }).observe(document, { childList: true, subtree: true });
    })()
"""

FORM = """
    <data>
        <field name="name" position="attributes"><attribute name="invisible">1</attribute></field>
        <field name="location" position="attributes"><attribute name="widget">no_such_widget</attribute></field>
        <field name="role_id" position="attributes"><attribute name="domain">[('id', '=', department_id)]</attribute></field>
        <sheet position="inside">
            <div class="o_itc_planted" style="color: #bbb; background: #fff;">Pale words</div>
            <div style="width: 900px; height: 2px;"/>
            <button name="%(broken)d" type="action" string="Broken"/>
            <button name="%(refusing)d" type="action" string="Refusing"/>
        </sheet>
    </data>
"""

# What comes late: the last of some frames, and what is told when the screen has drawn.
LATE = """
    (() => {
        window.planted = [];
        const node = document.createElement("div");
        document.body.append(node);
        new ResizeObserver(() => window.planted.push("size")).observe(node);
        const after = (frames) => requestAnimationFrame(() => (frames ? after(frames - 1) : window.planted.push("frames")));
        after(3);
        fetch("http://elsewhere.example/").catch(() => null);
    })()
"""


@tagged('post_install', '-at_install', 'itc_walk')
class TestWalkGate(WalkerCase):
    """A fault of each kind is planted in one form: a walk that does not see it proves nothing of the other forms."""

    world = 'planted'

    @classmethod
    def _make_world(cls):
        """Only the one form is walked, of assets that are there anyway, and each of its searches but the planted one finds something."""
        cls.env['maintenance.equipment'].create({'name': "Found"})

    def setUp(self):
        super().setUp()
        model = self.env['ir.model']._get('it.asset')
        broken, refusing = self.env['ir.actions.server'].create([
            {'name': name, 'model_id': model.id, 'state': 'code', 'code': code}
            for name, code in (("Broken", "1 / 0"), ("Refusing", "raise UserError('Not like this')"))])
        self.env['ir.ui.view'].create({
            'name': 'planted', 'model': 'it.asset', 'inherit_id': self.env.ref('it_continuity.it_asset_view_form').id,
            'arch': FORM % {'broken': broken.id, 'refusing': refusing.id}})

    def _found(self, phone, **options):
        return {(one.kind, part) for one in self._walk(self.manager, 'manager', phone, only='it-assets', **options)
                for part in ('', 'ZeroDivisionError', 'Not like this', 'no_such_widget', 'role_id', '"name"', 'color-contrast') if part in one.text}

    def test_what_answers_late_or_closes_again_is_not_taken_for_nothing(self):
        with self._walking(self.manager, 'manager', phone=False) as browser:
            browser.call('open', 'it_continuity.it_asset_action', {'viewType': 'form'})
            browser.evaluate(SLOW)
            filled = browser.call('fill')
            trouble = browser.call('look')
            searches = browser.call('emptySearches')
            late, closed = browser.evaluate('[itcWalk.late, itcWalk.closed]')
            browser.call('drop')
        self.assertTrue(filled['category_id'], trouble)
        self.assertEqual({search['name'] for search in searches}, {'role_id'}, "and that one really finds nothing")
        self.assertEqual((late, closed), (1, 1), "both were planted")

    def test_a_sheet_that_was_unfolded_on_a_phone_hides_no_menu(self):
        with self._walking(self.manager, 'manager', phone=True) as browser:
            asset = self.env['it.asset'].search([('depends_on_ids', '!=', False)], limit=1)
            browser.call('open', 'it_continuity.it_asset_action', {'viewType': 'form', 'props': {'resId': asset.id}})
            browser.call('unfold')
            sheet = '!!document.querySelector(".o_bottom_sheet")'
            self.assertTrue(browser.evaluate(sheet))
            browser.call('drop')
            self.assertFalse(browser.evaluate(sheet))
            self.assertEqual(browser.call('pressMenu', 'Archive'), '')
            self.assertTrue(browser.call('hasDialog'))
            browser.call('drop')

    def test_each_fault_is_seen_at_a_desk(self):
        found = self._found(phone=False)
        self.assertIn(('request', 'ZeroDivisionError'), found)
        self.assertIn(('refusal', 'Not like this'), found)
        self.assertIn(('console', 'no_such_widget'), found)
        self.assertIn(('nothing found', 'role_id'), found)
        self.assertIn(('hidden', '"name"'), found)
        if self.axe:
            self.assertIn(('axe', 'color-contrast'), found)

    def test_a_wide_page_is_seen_on_a_phone(self):
        self.assertIn(('overflow', ''), self._found(phone=True, press=False, make=False))

    def test_what_comes_late_and_what_asks_elsewhere_is_seen(self):
        with self._walking(self.manager, 'manager', phone=False) as browser:
            browser.evaluate(LATE)
            browser.call('idle')
            self.assertCountEqual(browser.evaluate('window.planted'), ['size', 'frames'])
            self._look()
        self.assertIn(('request', 'another host is asked: http://elsewhere.example/'), [(one.kind, one.text) for one in self.findings])

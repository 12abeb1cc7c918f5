import json
from datetime import date, timedelta

from lxml import html

from odoo.tests import tagged

from ..checklists.common import ChecklistCase
from ..tour_case import DESKTOP, TourCase
from .backup_case import BACKUP, NOW, BackupCase, told

EVIL = '<img src=x onerror=window.itcOwned=1>&amp;"\''
FILE, FOLDER, COPIES, HOST = f'{EVIL}_2026-11-27.zip', f'/srv/{EVIL}/backups', f'/mnt/{EVIL}/copies', f'srv-{EVIL}'
NOTE = f"No light {EVIL}"
# Whatever a page makes of a name: an element, or an attribute that runs.
LOOK = """
(async () => {
    const wait = async (selector) => { for (let n = 0; n < 300; n++) { const found = document.querySelector(selector); if (found) { return found; } await new Promise(
        (done) => setTimeout(done, 100)); } throw new Error("never came: " + selector); };
    const root = await wait(%(selector)s);
    for (let n = 0; n < 100 && !root.textContent.includes(%(words)s); n++) { await new Promise((done) => setTimeout(done, 100)); }
    if (!root.textContent.includes(%(words)s)) { throw new Error("not told as it is: " + root.textContent); }
    if (window.itcOwned || document.querySelector("img[src='x'], [onerror*=itcOwned]")) { throw new Error("a name was taken for markup"); }
    console.log("test successful");
})();
"""


@tagged('post_install', '-at_install')
class TestBackupMarkup(BackupCase, ChecklistCase, TourCase):
    """Names of files, folders and hosts are anybody's words: they are text in each screen, mail, page and proof, and nothing but that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['it.backup.set'].search([('id', '!=', cls.set.id)]).active = False
        cls.env['it.task'].search([('copies_offline', '=', True)]).active = False
        cls.host.name = HOST
        cls.set.asset_id = cls.host
        cls.made.folder, cls.copied.folder = FOLDER, COPIES
        third = cls.env['it.asset'].create({'name': f'third-{EVIL}', 'kind': 'host', 'category_id': cls.category.id})
        agent = cls._host(third.name, third)[1]
        cls.env['it.check.kind'].create({'agent_id': agent.id, **BACKUP})
        cls.cloud, cls.third = cls._place(cls.agent, '/mega', 'mega'), cls._place(agent, COPIES, 'copy')
        cls.env.cr.execute("UPDATE it_backup_place SET create_date = %s WHERE set_id = %s", [NOW - timedelta(days=40), cls.set.id])
        (cls.made | cls.copied).check_id.settings_accepted_at = NOW - timedelta(days=40)

    def setUp(self):
        super().setUp()
        self._clock(NOW)
        self.file = told(FILE, detail=EVIL, content={'database': EVIL, 'mega_why': EVIL, 'mega': 'missing'})
        self._tell(self.made, self.file)
        self._tell(self.cloud)
        self._tell(self.third)
        self._tell(self.copied, self.file._replace(sha256='b' * 64))

    def assertText(self, markup, *words):
        """The names stand there as they are, in text or as an attribute's value, and no element or attribute was made of them."""
        tree = html.fromstring(f'<div>{markup}</div>')
        self.assertFalse(tree.xpath("//img[@src='x'] | //*[contains(@onerror, 'itcOwned')]"), markup)
        said = ' '.join([tree.text_content(), *tree.xpath('//@title'), *tree.xpath('//@aria-label')])
        for one in words:
            self.assertIn(one, ' '.join(said.split()))

    def _copying(self):
        """Let a run ask for its copies, since a person says that there is no internet."""
        task = self._task('offline', schedule_kind='on_demand', due_time=24, copies_offline=True)
        self.env['it.internet.say'].with_user(self.technician).create({'until': NOW + timedelta(hours=4), 'note': NOTE}).action_say()
        return task.run_ids

    def test_a_name_is_text_on_the_board_in_the_form_and_in_its_log(self):
        self.assertIn(f"what lies at srv-other: {COPIES} has other bytes than {FILE}", self.set.reason)
        self.assertText(self.set.strip, FILE, COPIES)
        self.made.folder = f'{FOLDER}/2'
        self.made.machine_id = self.host
        logged = self.set.message_ids.mapped('body')
        self.assertText(''.join(logged), f'{FOLDER}/2', HOST)

    def test_a_name_is_text_in_what_proves_a_run_and_in_what_asks_for_copies(self):
        run = self._copying()
        self.assertIn(FILE, run.with_user(self.technician).get_items()[0]['copies'][0]['file'])
        self.assertText(''.join(run.message_ids.mapped('body')), NOTE)
        self.technician.email = 'technician@example.com'
        reminders = self.env['it.reminder']
        reminders._remind('due', self.env.company, reminders._due_by_person(self.env.company))
        mails = self.env['mail.mail'].search([('model', '=', 'it.reminder')])
        self.assertTrue(any(run.task_id.name in mail.body_html for mail in mails))
        for mail in mails:
            self.assertText(mail.body_html)
        for place in (self.copied, self.third):
            self._tell(place, self.file)
        self.assertRunState(run, 'auto_verified')
        self.assertText(run.check_evidence, FILE, HOST, NOTE)

    def test_a_name_is_text_on_the_page_of_the_month(self):
        self.env['it.backup.storage']._keep()
        self.env['it.restore.drill'].with_user(self.technician).action_draw()
        drill = self.set.env['it.restore.drill'].search([])
        drill.with_user(self.technician).write({'where_to': HOST, 'minutes': 5, 'found': EVIL})
        drill.with_user(self.technician).action_done()
        self.set.name = f"Set {EVIL}"
        window = self.env['it.compliance.print'].with_user(self.manager).create({'month': '11', 'year': 2026})
        page = window.env['ir.actions.report']._render_qweb_html('it_continuity.compliance_monthly', window.ids)[0]
        self.assertText(page.decode(), FILE, FOLDER, COPIES, HOST, f"Set {EVIL}")
        day = self.env['it.backup.day']._row(self.env['it.backup.facts']._of(self.set)[self.set.id], date(2026, 11, 27))
        self.assertEqual(day['file_name'], FILE)

    def test_a_browser_shows_names_as_they_are(self):
        run, [file] = self._copying(), self.set.file_ids
        self.browser_size = DESKTOP
        for path, selector, words in (
                ('/odoo/it-backups', '.o_kanban_record', FOLDER), (f'/odoo/it-backups/{self.set.id}', '.o_form_view', HOST),
                (f'/odoo/it-backup-files/{file.id}', '.o_form_view', FOLDER), (f'/odoo/it.task.run/{run.id}', '.o_itc_copies', FILE)):
            with self.subTest(path=path):
                self.browser_js(path, LOOK % {'selector': json.dumps(selector), 'words': json.dumps(words)}, login=self.technician.login)

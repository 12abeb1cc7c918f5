from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged, users

from .agent_case import AgentCase

LIMIT = {'metric': 'free_pct', 'item': '*', 'op': '<', 'warning': 15, 'critical': 5}


class _Refused:
    def __init__(self, case, said):
        self.case, self.raises, self.savepoint = case, case.assertRaisesRegex(ValidationError, said), None

    def __enter__(self):
        self.savepoint = self.case.env.cr.savepoint()
        self.savepoint.__enter__()
        self.raises.__enter__()

    def __exit__(self, *error):
        try:
            return self.raises.__exit__(*error)
        finally:
            self.savepoint.close(rollback=True)
            self.case.env.cr.clear()


@tagged('post_install', '-at_install')
class TestCheckInputs(AgentCase):
    """What the inputs of a check's form are made of, and what they may send."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = cls._check(cls.agent, "Port", kind='tcp', settings={'port': 22})
        cls.template = cls.env['it.check.template'].create({'name': "Own port", 'kind': 'tcp', 'settings': {'port': 22}})

    def _forget(self, kind, name):
        """Let the agents be older ones that do not know a setting."""
        for known in self.env['it.check.kind'].sudo().search([('kind', '=', kind)]):
            known.settings = [one for one in known.settings if one['name'] != name]

    def assertRefused(self, said):
        """Like assertRaisesRegex, and what was written before the refusal is taken back."""
        return _Refused(self, said)

    def test_inputs_are_made_of_what_the_agent_published(self):
        told = self.port.with_user(self.technician).published
        self.assertEqual([(one['name'], one['type'], one['unit'], one['required']) for one in told['settings']], [
            ('port', 'int', '', True), ('host', 'str', '', False), ('timeout_s', 'float', 's', False), ('deep', 'bool', '', False)])
        self.assertEqual(told['metrics'], [{'name': 'up', 'unit': '', 'help': "Answers."}])
        self.assertEqual(self.checks[0].published['limits'][0]['warning'], 15)
        with Form(self.env['it.check'].with_user(self.technician), view='it_continuity.it_check_view_form') as form:
            self.assertFalse(form.published)
            form.agent_id = self.agent
            form.kind_id = self.agent.kind_ids.filtered(lambda kind: kind.kind == 'tcp')
            self.assertEqual(form.published, told)
            form.name, form.settings = "Port", {'port': 23}
        self.assertEqual((form.record.settings, form.record.settings_text), ({'port': 23}, "port = 23"))

    def test_template_is_told_the_newest_word_on_its_kind(self):
        newer = self.other_agent.kind_ids.filtered(lambda kind: kind.kind == 'tcp')
        newer.settings = [*newer.settings, {'name': 'via', 'type': 'str', 'default': None, 'required': False, 'help': "Way."}]
        newer.flush_recordset()
        self.env.cr.execute("UPDATE it_check_kind SET write_date = write_date - interval '1 day' WHERE id <> %s AND kind = 'tcp'", [newer.id])
        self.env.invalidate_all()
        self.assertIn('via', [one['name'] for one in self.template.published['settings']])
        self.assertFalse(self.env.ref('it_continuity.check_template_disk').copy({'code': 'x', 'kind': 'unheard_of'}).published)

    @users('itc_manager')
    def test_what_the_inputs_hold_is_refused_by_name_in_a_check_and_in_a_template(self):
        for record in (self.port, self.template):
            for settings, said in (
                ({'port': "abc"}, "“abc” does not do for the setting “port”: it has to be a whole number"), ({'port': 22.5}, "22.5.*port"),
                ({'port': 22, 'deep': "yes"}, "“yes”.*“deep”.*true or false"), ({'port': 22, 'host': ["a"]}, "“host”.*text"),
                ({'port': 22, 'prot': 1}, "no setting “prot”. It has: host, port"), ({'port': 22, 'host': "a\nb"}, "line break"), (["port"], "object of names"),
            ):
                with self.subTest(record=record._name, settings=settings), self.assertRefused(said):
                    record.with_env(self.env).settings = settings
            for limits, said in (
                ([{**LIMIT, 'metric': 'up'}, {**LIMIT, 'metric': 'up', 'warning': "15 %"}], "Limit 2 .up.: “15 %” does not do for “Warning”"),
                ([{**LIMIT, 'metric': 'up', 'recover_critical': "x"}], "“Critical is over”"), ([{**LIMIT, 'metric': 'up', 'op': '='}], "below .* or above"),
                ([{**LIMIT, 'metric': ''}], "does not measure"), ([{**LIMIT, 'metric': None}], "Limit 1: choose what is measured"), (["up > 1 / 2"], "list of limits"), ({'up': 1}, "list of limits"),
                ([{**LIMIT, 'metric': 'up', 'item': "a\nb"}], "one line"), ([{**LIMIT, 'metric': 'up', 'recover_warning': 1}], "good side"), ([LIMIT], "does not measure “free_pct”. It measures: up"),
            ):
                with self.subTest(record=record._name, limits=limits), self.assertRefused(said):
                    record.with_env(self.env).limits = limits
        with self.assertRefused("“port” is required"):
            self.port.with_env(self.env).settings = {'host': "a"}
        self.template.with_env(self.env).settings = {'host': "a"}  # the port is the site's
        self.assertEqual((self.port.settings, self.template.settings), ({'port': 22}, {'host': "a"}))

    @users('itc_manager')
    def test_template_of_a_kind_that_nobody_published_is_judged_by_no_one(self):
        template = self.env['it.check.template'].create({'name': "Queue", 'kind': 'unheard_of', 'settings': {'queue': "office"}, 'limits': [LIMIT]})
        self.assertFalse(template.published)
        for kind, said in (('tcp', "does not measure “free_pct”|has no setting “queue”"), ('disk', "has no setting “queue”. It has: include")):
            with self.assertRefused(said):
                template.kind = kind

    @users('itc_manager')
    def test_setting_that_the_agent_does_not_know_any_more_is_kept_until_somebody_changes_it(self):
        self.port.settings = {'port': 22, 'deep': True}
        self.template.settings = {'port': 22, 'deep': True}
        self._forget('tcp', 'deep')
        for record in (self.port.with_env(self.env), self.template.with_env(self.env)):
            with self.subTest(record=record._name):
                record.settings = {'port': 23, 'deep': True}
                record.settings_text = "port = 24\ndeep = true"
                self.assertEqual(record.settings, {'port': 24, 'deep': True})
                for settings in ({'port': 24, 'deep': False}, {'port': 24, 'deep': True, 'host_name': "a"}):
                    with self.assertRefused("has no setting"):
                        record.settings = settings
                record.limits = [{**LIMIT, 'metric': 'up'}]
                record.settings = {'port': 24}
                with self.assertRefused("has no setting “deep”"):
                    record.with_context(itc_settings_before={record.id: {'deep': True}}).settings = {'port': 24, 'deep': True}
        with self.assertRefused("has no setting “deep”"):
            self.env['it.check'].with_context(itc_settings_before={False: {'deep': True}}).create({
                'name': "New", 'agent_id': self.agent.id, 'kind': 'tcp', 'settings': {'port': 1, 'deep': True}})

    @users('itc_manager')
    def test_lines_beside_the_values_they_stand_for_change_no_type(self):
        """A form sends both: the inputs' values, and the lines that follow from them."""
        self.port.settings = {'port': 22, 'deep': True}
        self._forget('tcp', 'deep')
        self.port.settings = {'port': 22, 'deep': True}
        precise = [{**LIMIT, 'metric': 'up', 'warning': 99.9999999, 'critical': None}]
        port = self.port.with_env(self.env)
        port.write({'settings': {'port': 25, 'deep': True}, 'settings_text': "port = 25\ndeep = true", 'limits': precise, 'limits_text': "up < 100 / -"})
        self.assertEqual((port.settings, port.limits), ({'port': 25, 'deep': True}, precise))
        port.write({'settings': {'port': 25, 'deep': True}, 'settings_text': "port = 26\ndeep = true"})
        self.assertEqual(port.settings['port'], 26, "lines that say something else were typed last")
        with self.assertRefused("“abc”"):
            port.write({'settings': {'port': "abc"}, 'settings_text': "port = abc"})
        made = self.env['it.check.template'].create({'name': "T", 'kind': 'unheard_of', 'settings': {'n': "5"}, 'settings_text': "n = 5"})
        self.assertEqual(made.settings, {'n': "5"})

    def test_lines_are_read_for_the_inputs_and_a_bad_one_is_named(self):
        for user, model, agent in ((self.technician, 'it.check', self.agent.id), (self.manager, 'it.check.template', False)):
            read = self.env[model].with_user(user).read_lines
            self.assertEqual(read('tcp', agent, "port = 22\nhost = 7", "up < 1 / -"), {
                'settings': {'port': 22, 'host': "7"}, 'limits': [{'metric': 'up', 'item': '*', 'op': '<', 'warning': 1, 'critical': None}]})
            for texts, said in ((("port = x", ""), "The line “port = x”"), (("", "up about 5"), "The line “up about 5”")):
                with self.subTest(model=model, texts=texts), self.assertRefused(said):
                    read('tcp', agent, *texts)

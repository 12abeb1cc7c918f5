"""Who counts in a sentence says how it reads of one: no “1 days”."""
import ast
import re
from xml.etree import ElementTree

import paths

NOUNS = (
    'days|hours|minutes|seconds|weeks|months|years|runs(?! here|$)|tasks|checks|events|records|seals|lines|users|assets|tickets|steps|times|files|hosts|'
    'services|processes|rows|jobs|shares|samples|bytes|values|volumes|tables|units|standbys|printers|programs|folders|tries|names|places|copies')
VERBS = 'has|holds|is|are|of|does|do|takes|tells|says|gives|knows|keeps|its|the|no|in|at|or|and|to'
# A number, at most one word that says which, and what is counted; the most that is allowed, and what is more than something, is more than one.
COUNTED = re.compile(rf'(?<!more than )(?:%s|%\((?!most\))\w+\)s) (?:(?!(?:{VERBS})\b)[a-z-]+ )?(?:{NOUNS})\b')
AGENT = paths.REPO / 'agent' / 'itc_agent'
# The words for codes, of which lib chooses that of one or of many: tests/checklists/test_schedule_words.py reads each sentence of one.
CHOSEN_BY_LIB = 'schedule_words.py'

VALUES = ('t-out', 't-esc', 't-field')
# “1.0 hours” is right of one.
DECIMALS = re.compile(r"'digits': \[\d+, [1-9]")
INLINE = {'t', 'b', 'strong', 'i', 'em', 'span', 'a', 'small', 'field', 'code'}
ASKS_FOR_ONE = re.compile(r"[!=]==? ?'?1\b")


def unguarded(source):
    """Return the sentences with a counted noun in whose function nothing is compared with one; what goes to the log is not read by people."""
    found = []
    for function in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)):
        if any(isinstance(node, ast.Compare) and is_one(node) for node in ast.walk(function)):
            continue
        logged = {id(part) for node in ast.walk(function) if is_logged(node) for part in ast.walk(node)}
        logged |= {id(part) for node in ast.walk(function) if isinstance(node, ast.Call) and counts_a_constant(node) for part in node.args}
        found += [text for node in ast.walk(function) if id(node) not in logged and COUNTED.search(text := sentence(node))]
    return found


def sentence(node):
    """Return a text as it stands in the program, with %s for each value in it; a constant of the program is known to be more than one."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ''
    if isinstance(node, ast.JoinedStr):
        return ''.join(part.value if isinstance(part, ast.Constant) else '2' if is_constant(part.value) else '%s' for part in node.values)
    return ''


def is_constant(value):
    return isinstance(value, ast.Name) and value.id.isupper()


def counts_a_constant(call):
    return any(is_constant(value) for value in (*call.args, *(keyword.value for keyword in call.keywords)))


def is_one(comparison):
    return any(
        isinstance(how, (ast.Eq, ast.NotEq)) and isinstance(side, ast.Constant) and side.value == 1
        for how, side in zip(comparison.ops, comparison.comparators, strict=True))


def is_logged(node):
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith('_logger.')


def unguarded_xml(source):
    """Return the sentences of templates and views with a counted noun whose words no condition chooses by comparing with one."""
    return [found[0] for found in COUNTED.finditer(words_of(ElementTree.fromstring(source)))]


def words_of(node):
    """Return what a node shows, with %s for each value in it; without what is shown of one alone, or never of one."""
    if node.tag == 'field' and node.get('name') and not len(node) and not (node.text or '').strip():
        return '1.0' if DECIMALS.search(node.get('options', '')) else '%s'
    shown = ' %s ' if any(name in node.attrib for name in VALUES) else node.text or ''
    chosen = False
    for child in node:
        if isinstance(child.tag, str):
            begins, goes_on = 't-if' in child.attrib, any(name in child.attrib for name in ('t-elif', 't-else'))
            condition = ' '.join(child.get(name, '') for name in ('t-if', 't-elif', 'invisible'))
            is_own = 'invisible' in child.attrib and bool(ASKS_FOR_ONE.search(condition))
            chosen = bool(ASKS_FOR_ONE.search(condition)) or (goes_on and chosen) if begins or goes_on else False
            inner = '' if chosen or is_own else words_of(child)
            shown += inner if child.tag in INLINE else f' | {inner} | '
        shown += child.tail or ''
    return re.sub(r'\s+', ' ', shown)


def test_it_finds_what_it_is_there_for():
    assert unguarded('def a(self):\n    return self.env._("The requester has %(days)s days.", days=1)\n')
    assert not unguarded('def a(self):\n    return "One day." if self.days == 1 else self.env._("%(days)s days.", days=2)\n')
    assert not unguarded('def a(self):\n    _logger.info("%s tasks", 1)\n')
    assert unguarded('def a(names):\n    return f"{len(names)} services match"\n')
    assert unguarded('def a(names):\n    return f"of {len(names)} automatic services, none failed"\n')
    assert not unguarded('def a(names):\n    return f"{counted(len(names), \'service\')} failed of {MOST} services"\n')
    assert unguarded('def a(names):\n    return f"{len(names)} services" if len(names) > 1 else ""\n')
    assert not unguarded('def a(name):\n    return f"{name} has lines"\n')


def test_it_finds_what_it_is_there_for_in_templates_too():
    for planted in ('<div>in <field name="files"/> files</div>', '<p><b><t t-out="n"/></b> open tasks</p>', '<p><span t-field="o.n"/> minutes</p>',
                    '<p><t t-if="n"><t t-out="n"/> files</t></p>', '<p><t t-if="n == 1">one</t></p><p t-if="m"><t t-out="m"/> files</p>',
                    '<p><t t-out="n"/> <t t-if="n > 1">files</t></p>', '<p><field name="n"/><span invisible="not n"> files</span></p>'):
        assert unguarded_xml(f'<odoo>{planted}</odoo>'), planted
    for right in ('<p><field name="n" options="{\'digits\': [8, 1]}"/> hours</p>', '<p t-if="n == 1">one file</p><p t-else=""><t t-out="n"/> files</p>', '<p><field name="n"/><span invisible="n == 1"> files</span></p>',
                  '<p t-if="n == 1">one</p><p t-elif="n"><b><t t-out="n"/> files</b></p>', '<p><t t-out="n"/></p><p>files</p>',
                  "<div t-if=\"record.n.value != '1'\">Took <field name='n'/> minutes</div>"):
        assert not unguarded_xml(f'<odoo>{right}</odoo>'), right


def test_every_template_and_view_that_counts_knows_one():
    folders = ('views', 'report', 'wizard', 'data', 'static/src')
    sources = [file for folder in folders for file in sorted((paths.REPO / folder).rglob('*.xml'))]
    assert len(sources) > 100
    assert not {file.name: found for file in sources if (found := unguarded_xml(file.read_bytes()))}


def test_every_sentence_that_counts_knows_one():
    sources = [
        file for folder in ('models', 'report', 'wizard', 'controllers', 'lib') for file in sorted((paths.REPO / folder).rglob('*.py'))
        if file.parent.name != 'tests' and file.name != CHOSEN_BY_LIB]
    assert len(sources) > 50
    agents = sorted(AGENT.rglob('*.py'))
    assert len(agents) > 50
    assert not {file.name: found for file in (*sources, *agents) if (found := unguarded(file.read_text(encoding='utf-8')))}

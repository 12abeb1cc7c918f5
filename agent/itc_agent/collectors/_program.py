"""Which part of a command line is the program, and which are its arguments. Pure.

``tail -f odoo.log``, ``vim odoo.conf`` and ``sh -c 'check odoo'`` name Odoo and are not Odoo. What runs is the executable; of an interpreter it
is the script, module or jar, with the options before it. A program that writes a title over its command line (``postgres: odoo prod idle``) is
what stands before the colon: the rest names its users and clients as often as itself.
"""
from __future__ import annotations

import ntpath
import posixpath
import re

# For each interpreter: options after which code or a command follows instead of a program; options that name the program; options with a value.
_SHELL = (r'-[a-zA-Z]*c', None, r'[-+][oO]|--rcfile|--init-file')
INTERPRETERS = {
    r'(python|pypy)[\d.]*w?|pyw?': (r'-[a-zA-Z]*c.*', r'-[a-zA-Z]*m', r'-[WX]|--check-hash-based-pycs'),
    r'javaw?': (None, r'-jar|-m|--module', r'-cp|-classpath|--class-path|-p|--module-path|--upgrade-module-path|--add-(modules|opens|exports|reads)'
                                           r'|--limit-modules|--patch-module|--enable-native-access|-d|--describe-module|--source'),
    r'node(js)?|bun|deno': (r'-e|-p|-pe|--eval|--print', None, r'-r|--require|--import|--loader|-C|--conditions'),
    r'perl[\d.]*|ruby[\d.]*|lua[\d.]*': (r'-[a-zA-Z]*[eE].*', None, r'-[rIl]'),
    r'php[\d.]*(-cgi)?': (r'-[rBRE].*', r'-[fF]', r'-[cdzSt]'),
    r'dotnet|mono[\d.]*|wine(64)?': (None, r'exec', r'--project|--fx-version|--depsfile|--runtimeconfig|--additionalprobingpath'),
    r'-?(ba|da|z|k|mk|a|fi|c|tc)?sh': _SHELL,
    r'cmd': (r'/[ckCK].*', None, None),
    r'powershell|pwsh': ('(?i:-(c|enc|ec|encodedcommand|command))', '(?i:-(f|file))', '(?i:-(executionpolicy|ep|ex|version|windowstyle|w))'),
    r'[wc]script': (None, None, None),
}
SHELLS = (r'-?(ba|da|z|k|mk|a|fi|c|tc)?sh|cmd|powershell|pwsh|busybox'
          r'|sudo|su|doas|env|time|timeout|nohup|setsid|nice|ionice|chrt|taskset|watch|script|strace|ssh')

# A pattern takes far longer over a long text; the main class after a class path of any length is still found.
MAX_WORD, MAX_REST = 1000, 4096


def base(path: str) -> str:
    """Return the last part of a path of either system, without ``.exe``.

    >>> base('/usr/bin/python3'), base(r'C:\\App\\Loj.exe'), base('-bash')
    ('python3', 'Loj', '-bash')
    """
    name = ntpath.basename(path) if re.match(r'[A-Za-z]:|\\\\', path) else posixpath.basename(path)
    return name[:-4] if name.lower().endswith('.exe') else name


def interpreter(argv) -> tuple | None:
    """Return the options of the interpreter that a command line starts, None when it starts none."""
    name = base(argv[0]).lower() if argv else ''
    return next((options for pattern, options in INTERPRETERS.items() if re.fullmatch(pattern, name)), None)


def head_length(argv) -> int:
    """Return how many words of a command line are the program.

    >>> [head_length(line.split()) for line in ('tail -f odoo.log', 'python3 -u /usr/bin/odoo-bin -d prod', 'java -cp x -jar Loj.jar -a')]
    [1, 3, 5]
    >>> head_length(['java', '@options.txt', '-jar', 'Loj.jar', '-a'])
    4
    >>> head_length(['sh', '-c', 'tail odoo.log']), head_length(['postgres:', '15/main:', 'walwriter']), head_length([])
    (2, 1, 0)
    """
    options = interpreter(argv)
    if options is None:
        return min(1, len(argv))
    code, program, valued = (re.compile(one or '(?!)') for one in options)
    # Java takes more options out of a file that is named with an @.
    signs = ('-', '+', '@') if is_java(argv[0]) else ('-', '+')
    index = 1
    while index < len(argv):
        word = argv[index]
        if program.fullmatch(word):
            return min(index + 2, len(argv))
        if code.fullmatch(word):
            return index + 1
        if not word.startswith(signs) or word == '-':
            return index + 1
        index += 2 if valued.fullmatch(word) else 1
    return len(argv)


def split(argv) -> tuple[str, str, str]:
    """Return a command line as text: the program, the rest, and the program once more with its own name made unreadable.

    What is found with that name made unreadable has nothing to do with the program (``.*odoo`` in ``tail odoo.log``). Code is no name.

    >>> split(['tail', '-f', 'odoo.log']), split(['python3', '-m', 'odoo', '-x'])
    (('tail', ' -f odoo.log', 'qqqq'), ('python3 -m odoo', ' -x', 'python3 -m qqqq'))
    >>> split(['sshd: odoo@pts/0', '', ''])
    ('sshd:', ' odoo@pts/0', 'qqqq:')
    """
    if is_title(argv):
        argv = ' '.join(argv).split()
    length = head_length(argv)
    argv = [word[:MAX_WORD] for word in argv]
    head = argv[:length]
    blurred = list(head)
    if head and interpreter(argv) is None:
        blurred[0] = blur(head[0])
    elif length > 1 and not is_code(argv):
        blurred[-1] = blur(head[-1])
    return ' '.join(head), ''.join(f' {word}' for word in argv[length:])[:MAX_REST], ' '.join(blurred)


def blur(word: str) -> str:
    """Return a word of the same shape that says nothing.

    >>> blur('Loj-2.jar')
    'Qqq-0.qqq'
    """
    return ''.join('0' if sign.isdigit() else 'Q' if sign.isupper() else 'q' if sign.isalpha() else sign for sign in word)


def is_title(argv) -> bool:
    """Tell whether a program has written a title over its command line.

    >>> is_title(['postgres: odoo prod [local] idle', '']), is_title(['titel:', '60']), is_title(['/opt/odoo', 'x:']), is_title([])
    (True, True, False, False)
    """
    return bool(argv) and argv[0].partition(' ')[0].endswith(':')


def names(name: str | None, argv, exe: str = '') -> list[str]:
    """Return what a process can be called: by the system, by its executable, by its first word, and by its script, module or jar.

    >>> names('java', ['/usr/bin/java', '-jar', '/opt/Loj.jar', '-x'])
    ['java', 'Loj.jar']
    """
    found = [name, base(exe.removesuffix(' (deleted)'))]
    length = head_length(argv)
    if argv and not is_title(argv):
        found.append(base(argv[0]))
        if interpreter(argv) and length > 1 and not is_code(argv):
            found.append(base(argv[length - 1]))
    return list(dict.fromkeys(one for one in found if one))


def is_code(argv) -> bool:
    """Tell whether an interpreter was started with code instead of a program (``python -c``), or with options only."""
    length = head_length(argv)
    named = length > 2 and re.fullmatch(interpreter(argv)[1] or '(?!)', argv[length - 2])
    return not named and argv[length - 1].startswith(('-', '+', '@', '/c', '/k', '/C', '/K'))


def is_java(name: str) -> bool:
    return re.fullmatch('javaw?', base(name).lower()) is not None


def java_program(argv) -> str:
    """Return the jar or main class that a command line of Java runs, empty when it does not tell (``java -version``, all in an ``@`` file).

    >>> java_program(['java', '-cp', 'Loj.jar', 'com.loj.Main', '-jar', 'x']), java_program(['javaw', '-Xmx1g', '-jar', 'lib\\\\Loj.jar'])
    ('com.loj.Main', 'Loj.jar')
    >>> java_program(['java', '--module=loj/com.loj.Main']), java_program(['java', '@all.txt']), java_program(['java', '-jar'])
    ('com.loj.Main', '', '')
    """
    head = ['java', *argv[1:]][:head_length(['java', *argv[1:]])]
    module = next((word for word in head if word.startswith('--module=')), '')
    word = module.partition('=')[2] or head[-1]
    is_named = len(head) > 1 and not word.startswith(('-', '@'))
    return re.split(r'[\\/]', word)[-1] if is_named else ''


def hides_program(argv) -> bool:
    """Tell whether a command line of Java takes options from an ``@`` file and names no jar itself: the jar may be in there.

    >>> hides_program(['java', '@all.txt', 'x']), hides_program(['java', '@options.txt', '-jar', 'Loj.jar']), hides_program(['java', 'Main', '@x'])
    (True, False, False)
    """
    head = argv[1:head_length(['java', *argv[1:]])]
    return any(word.startswith('@') for word in head) and not any(word in ('-jar', '-m') or re.match('--module(=|$)', word) for word in head)


def is_caller(argv) -> bool:
    """Tell whether a process from which the agent descends is there only to call it: a shell, sudo, or one that names the agent."""
    return bool(argv) and (re.fullmatch(SHELLS, base(argv[0]).lower()) is not None or re.search('itc[-_]agent', ' '.join(argv)) is not None)

import subprocess
import sys

import pytest

import paths

VERBS = ('run', 'test', 'shell', 'update', 'shots', 'bench', 'lint', 'package', 'i18n', 'reset')


def call(*arguments):
    return subprocess.run([sys.executable, paths.REPO / 'dev', *arguments], capture_output=True, text=True, check=False, timeout=30)


@pytest.mark.parametrize('verb', VERBS)
def test_each_verb_tells_what_it_takes_and_does_nothing_else(verb):
    done = call(verb, '--help')
    assert done.returncode == 0
    assert done.stdout.startswith(f'usage: python3 dev {verb}')


@pytest.mark.parametrize('verb', VERBS)
def test_what_a_verb_does_not_know_it_refuses(verb):
    done = call(verb, '--no-such-thing')
    assert done.returncode == 2
    assert 'unrecognized arguments: --no-such-thing' in done.stderr

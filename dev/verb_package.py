"""`python3 dev package`: make the archive that a company installs, `build/it_continuity-<version>.zip`.

It is what is committed, without what `.gitattributes` leaves out, in one folder `it_continuity/`.
"""
import ast
import subprocess

import paths
from say import Trouble, line

NAME = 'it_continuity'
FOLDER = paths.REPO / 'build'


def main(_arguments):
    if git('status', '--porcelain').strip():
        line('  ! what is not committed is not in it')
    line(f'  {make(FOLDER)}')


def make(folder):
    """Make the archive of the last commit in a folder and return its path. :raises Trouble: this is no checkout of git's"""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f'{NAME}-{version()}.zip'
    git('archive', '--format=zip', f'--prefix={NAME}/', f'--output={target}', 'HEAD')
    return target


def version():
    """Return the version in the manifest of the last commit."""
    return ast.literal_eval(git('show', 'HEAD:__manifest__.py'))['version']


def git(*arguments):
    """Run git on our checkout and return what it says."""
    try:
        answer = subprocess.run(['git', *arguments], cwd=paths.REPO, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Trouble('git is missing: apt-get install git') from None
    if answer.returncode:
        raise Trouble(f'git {arguments[0]} failed: {answer.stderr.strip()}')
    return answer.stdout

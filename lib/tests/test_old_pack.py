"""A pack that version 1 of the log made: seals of then are checked by what stands here now."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from lib import seal_story, sealing

PACK = Path(__file__).parent / 'data' / 'pack_v1.zip'
VERIFIER = Path(__file__).parents[1] / 'seal_verifier.py'


def chain():
    with zipfile.ZipFile(PACK) as pack:
        return json.loads(pack.read('chain.json'))


def test_its_chain_is_sound_for_the_verifier_of_today(tmp_path):
    with zipfile.ZipFile(PACK) as pack:
        pack.extractall(tmp_path)
    for program in (tmp_path / 'verify.py', VERIFIER):
        done = subprocess.run([sys.executable, '-I', program, tmp_path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / 'chain.json').write_bytes((tmp_path / 'chain.json').read_bytes().replace(b'0 bytes', b'9 bytes'))
    done = subprocess.run([sys.executable, '-I', VERIFIER, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and 'it.task.run' in done.stdout + done.stderr


def test_its_links_fit_the_seals_of_today():
    told = chain()
    walk = sealing.Walk(told['company'])
    for seq, model, res_id, content, prev, digest in told['events']:
        walk.show(sealing.Link(seq, model, res_id, content, prev, digest))
    assert walk.findings() == [] and walk.last.hash == told['head']['hash']


def test_its_events_are_told_in_words():
    stories = [seal_story.read(event[3]) for event in chain()['events'] if event[1] == 'it.task.run']
    codes = [deed.code for story in stories for deed in story.deeds]
    assert all(stories) and {'done', 'verified', 'failed', 'missed', 'excuse_asked', 'excuse_granted'} <= set(codes)

"""What the log of evidence costs: closing 300 runs with it and without, and walking the whole chain of five years.

A walk is measured by the event: twice the events may take twice the time.
"""
import json
import time
from unittest.mock import patch

from pairing import compare
from psycopg2.extras import execute_values
from world import environment

RUNS, EVENTS = 300, 550_000
COMMENT = "x" * 900  # a run's content is about a kilobyte


def measure(database, rounds, tiny=False):
    with environment(database) as env:
        return [closing(env, rounds, 10 if tiny else RUNS), walking(env, rounds, 2_000 if tiny else EVENTS)]


def closing(env, rounds, count):
    from make_runs import make_tasks
    tasks = make_tasks(env, count)
    now = env.cr.now()
    runs = tasks.run_ids.sorted('open_at').filtered(lambda run: run.open_at <= now)[:count]
    if len(runs) < count:
        raise RuntimeError(f'{len(runs)} of {count} runs are open')
    env.cr.flush()

    def close():
        with env.cr.savepoint(flush=False) as savepoint:
            env.invalidate_all()
            start = time.perf_counter()
            runs.action_done(note="fine")
            env.cr.flush()
            env['it.seal.event']._seal_waiting(env.company.id)
            seconds = time.perf_counter() - start
            savepoint.rollback()
        env.cr.clear()
        return seconds

    def close_unsealed():
        with patch.object(type(env['it.task.run']), '_note_for_seal', lambda _runs, _before: None):
            return close()

    return compare(
        f'{count} runs closed and sealed', close_unsealed, close, goal=1.5, at_least=False, unit='s', rounds=rounds,
        note='anchor: the same runs closed without the log')


def walking(env, rounds, count):
    from odoo.addons.it_continuity.lib import sealing
    company = env['res.company'].create({'name': "Long history"})
    env.flush_all()
    head = sealing.Head(company.id, 0, sealing.GENESIS)
    for first in range(1, count + 1, 5000):
        contents = [('it.task.run', 10**6 + n, json.dumps({'record': {'note': COMMENT, 'n': n}})) for n in range(first, min(first + 5000, count + 1))]
        links = sealing.extend(head, contents)
        execute_values(
            env.cr._obj, 'INSERT INTO it_seal_event (company_id, seq, model, res_id, at, content, prev_hash, hash) VALUES %s', [
                (company.id, link.seq, link.model, link.res_id, env.cr.now(), link.content, link.prev, link.hash) for link in links],
            page_size=1000)
        head = sealing.Head(company.id, links[-1].seq, links[-1].hash)
    env.cr.execute("ANALYZE it_seal_event")

    def walk(after):
        start = time.perf_counter()
        walk = sealing.Walk(company.id, heads[after])
        for link in env['it.seal.event']._links(company.id, after):
            walk.show(link)
        if walk.findings() or walk.last != head:
            raise RuntimeError(f'the chain is broken: {walk.findings()[:3]}')
        return time.perf_counter() - start

    half = count // 2
    [[middle]] = env.execute_query(_hash_of(company, half))
    heads = {0: None, half: sealing.Head(company.id, half, middle)}
    return compare(
        f'{count:,} events walked', lambda: walk(half), lambda: walk(0), goal=2.2, at_least=False, unit='s', rounds=min(rounds, 3),
        note='anchor: the later half of them, so 2 is linear; the first walk finds colder pages')


def _hash_of(company, seq):
    from odoo.tools import SQL
    return SQL("SELECT hash FROM it_seal_event WHERE company_id = %s AND seq = %s", company.id, seq)

"""Asks PostgreSQL a few questions, in a process of its own: a server that stops answering holds a C call for ever, and only a kill ends that.

Reads from its input ``{"connect": {…}, "seconds": 8.0, "queries": {"name": "SELECT …"}}`` and writes one of::

    {"missing": "words"}                          psycopg2 is not here
    {"refused": "words"}                          no connection came about
    {"rows": {"name": [[…], …]}, "failed": {"name": ["42501", "words"]}}

One connection, read only, each question a transaction of its own: a watcher must not hold up what cleans the tables.
"""
import json
import sys
import time


def words(error) -> str:
    """Return what the server or its library said, in one line. Before it knows who asks, a server speaks the encoding of its system."""
    text = error.object.decode('cp1252', 'replace') if isinstance(error, UnicodeDecodeError) else str(error)
    return ' '.join(text.split())[:300] or type(error).__name__


def ask(connection, queries, end, errors) -> dict:
    """Return rows and failures of all questions; what comes after ``end`` is not asked."""
    rows, failed = {}, {}
    for name, statement in queries.items():
        rest_ms = int((end - time.monotonic()) * 1000)
        if rest_ms < 50:
            failed[name] = ['57014', "no time was left for it"]
            continue
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET statement_timeout = {rest_ms}")
                cursor.execute(statement)
                rows[name] = cursor.fetchall()
        except (errors, ValueError) as error:
            failed[name] = [getattr(error, 'pgcode', None) or '', words(error)]
    return {'rows': rows, 'failed': failed}


def answer(job) -> dict:
    end = time.monotonic() + job['seconds']
    try:
        import psycopg2
    except ImportError as error:
        return {'missing': words(error)}
    more = {}
    if psycopg2.extensions.libpq_version() >= 160000:
        # Whoever answers at that address must not get the password itself.
        more['require_auth'] = '!password'
    try:
        connection = psycopg2.connect(
            **{'application_name': 'itc-agent', 'connect_timeout': max(2, int(job['seconds'])), **more, **job['connect']},
            options='-c default_transaction_read_only=on -c lock_timeout=1000')
    except (psycopg2.Error, ValueError) as error:
        return {'refused': words(error)}
    connection.autocommit = True
    return ask(connection, job['queries'], end, psycopg2.Error)


if __name__ == '__main__':
    sys.stdout.write(json.dumps(answer(json.load(sys.stdin)), default=float))

"""A process of its own, as a worker of Odoo is: for each line that it reads it forks senders, says which, and how each ended.

A line is how many, and the ids of the channels whose mails they send; nobody else's mail is touched.
Run by `test_outbox_killed`, with the options of Odoo as arguments. Only the forks work on the database; each opens its own connections.
"""
import os
import signal
import sys


def main(arguments):
    from odoo.modules.registry import Registry
    from odoo.sql_db import close_all
    from odoo.tools import config

    config.parse_config(arguments, setup_logging=False)
    registry = Registry(config['db_name'][0])
    close_all()
    say('ready')
    for line in sys.stdin:
        count, *channel_ids = map(int, line.split())
        pids = [fork(registry, channel_ids) for _ in range(count)]
        say(*pids)
        say(*(how_it_ended(pid) for pid in pids))


def fork(registry, channel_ids):
    pid = os.fork()
    if not pid:
        send(registry, channel_ids)
        os._exit(0)
    return pid


def how_it_ended(pid):
    status = os.waitpid(pid, 0)[1]
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return 'killed' if killed else f'ended:{os.waitstatus_to_exitcode(status)}'


def say(*words):
    sys.stdout.write(' '.join(map(str, words)) + '\n')
    sys.stdout.flush()


def send(registry, channel_ids):
    from odoo import SUPERUSER_ID, api

    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env['it.outbox']._send_due()
        mails = env['it.notification'].search([('state', '=', 'sending'), ('channel_id', 'in', channel_ids)]).mail_mail_id
        if mails:  # without any, Odoo would send all that there are
            env['mail.mail'].process_email_queue(mails.ids)


if __name__ == '__main__':
    main(sys.argv[1:])

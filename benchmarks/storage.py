"""Bytes a stored sample, indexes included, against a row a sample in the columns of Zabbix' `history` table (itemid, clock, value, ns).

Half a day of 60 metrics from 20 hosts, fed in arrival order: constants, slow gauges, noisy percentages.
"""
from pairing import Ratio
from world import environment

FILL_CYCLES = """
INSERT INTO it_sample_cycle (seq, ts, measured_at, digest, agent_id, stream_id, shape_id, values, states)
SELECT minute, moment, moment, (random() * 9e18)::bigint, host, host, host,
       (SELECT array_agg(sample.value ORDER BY metric)
          FROM (SELECT metric, {value} AS value FROM generate_series(1, 60) metric) sample),
       repeat('0', 120)::varbit
  FROM generate_series(1, %(minutes)s) minute
 CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE 'UTC') - ((%(minutes)s - minute) * interval '1 minute') AS moment) time
 CROSS JOIN generate_series(1, 20) host
"""
VALUE = """CASE metric %% 3 WHEN 0 THEN 100 WHEN 1 THEN 50 + round((10 * sin(minute / 200.0 + metric))::numeric, 1)
           ELSE round((random() * 100)::numeric, 2) END::real"""
FILL_ROWS = """
CREATE TABLE bench_history (itemid bigint NOT NULL, clock integer NOT NULL, value double precision NOT NULL, ns integer NOT NULL);
CREATE INDEX bench_history_1 ON bench_history (itemid, clock);
INSERT INTO bench_history
SELECT host * 100 + metric, minute * 60, {value}, (random() * 999999999)::int
  FROM generate_series(1, %(minutes)s) minute CROSS JOIN generate_series(1, 20) host CROSS JOIN generate_series(1, 60) metric
"""
SIZE = """
SELECT sum(pg_total_relation_size(oid)) FROM pg_class
 WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'it_sample_cycle'::regclass)
"""


def measure(database, rounds, tiny=False):
    minutes = 60 if tiny else 720
    samples = minutes * 20 * 60
    with environment(database) as env:
        empty = size(env, SIZE)
        env.cr.execute(FILL_CYCLES.format(value=VALUE), {'minutes': minutes})
        ours = (size(env, SIZE) - empty) / samples
        env.cr.execute(FILL_ROWS.format(value=VALUE), {'minutes': minutes})
        rows = size(env, "SELECT pg_total_relation_size('bench_history')") / samples
    ratio = ours / rows
    return [Ratio(
        'bytes a stored sample', '≤ 0.1', ratio, ratio, ratio, 1, 0, ours, rows, 'B', ratio <= 0.1,
        "anchor: a row a sample in the columns of Zabbix' history; elsewhere 7.0 B was reached against 103 B")]


def size(env, statement):
    env.cr.execute(statement)
    return float(env.cr.fetchone()[0])

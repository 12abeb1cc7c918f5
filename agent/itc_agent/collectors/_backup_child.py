"""Hashes one backup and reads it to its end, then ends: a program of its own, of low priority, because it takes hours and what it reads can be anything.

Reads one JSON object, see :class:`_backup_work.Job`. Writes one: ``key`` (of what was read), ``sha256``, ``code`` ('' when it is readable), ``detail``,
``format``, ``content``, ``hashed`` (bytes read for the hash by this one), ``stalled`` when a disk gave nothing any more. Meanwhile it keeps how far it is in
the file ``progress``, from where the next one goes on when this one is ended, and gives a sign of life now and then: an empty line of complaint.
"""
import base64
import contextlib
import hashlib
import json
import os
import sys
import threading
import time

MAX_MEMORY, LEAST_MEMORY, FOR_THE_AGENT = 512 * 2 ** 20, 96 * 2 ** 20, 96 * 2 ** 20
BLOCK = 2 ** 20
KEEP_EVERY_S = 2.0
# A file as large as this is not worth its place in the system's memory: other programs would lose theirs.
UNCACHED_BYTES = 512 * 2 ** 20
STALLED_S, SIGN_S = 600.0, 30.0


def main() -> None:
    job = json.load(sys.stdin.buffer)
    limit_memory()
    sys.path.insert(0, job['packages'])
    from itc_agent import discovery_child
    discovery_child.step_back()
    threading.Thread(target=discovery_child.end_with_the_agent, args=(os.getppid(),), daemon=True).start()
    threading.Thread(target=give_signs, daemon=True).start()
    json.dump(look(job), sys.stdout)


def give_signs() -> None:
    while True:
        os.write(2, b'\n')
        time.sleep(SIGN_S)


def limit_memory() -> None:
    """Let memory end here before it ends for the service: systemd would stop all of it, the agent too. On Windows who starts this one sees to it."""
    if sys.platform == 'win32':
        return
    import resource
    most = MAX_MEMORY
    try:
        with open('/proc/self/cgroup', encoding='ascii') as file:
            group = next(line.rstrip().partition('::')[2] for line in file if line.startswith('0::'))
        with open(f'/sys/fs/cgroup{group}/memory.max', encoding='ascii') as file:
            most = min(most, max(int(file.read()) - FOR_THE_AGENT, LEAST_MEMORY))
    except (OSError, ValueError, StopIteration):  # nobody sets one  # pylint: disable=except-pass
        pass
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def look(job: dict) -> dict:
    """Return what came of one backup."""
    from itc_agent.collectors import _backup_list
    from itc_agent.collectors._backup_read import Fault, Pace, Said
    said, answer, counted = Said(''), {'key': job['key'], 'sha256': job['sha256'], 'code': '', 'detail': ''}, Pace(job['rate'])
    try:
        with watched(counted):
            key = key_now(job, _backup_list)
            if key == job['key'] and not answer['sha256']:
                answer['sha256'] = hash_folder(job, counted) if job['is_folder'] else hash_file(job['path'], Progress(job), counted)
        if key == job['key']:
            try:
                read(job, said)
            except Fault as error:
                answer |= {'code': error.code, 'detail': error.detail}
            with watched(counted):
                key = key_now(job, _backup_list)
        if key != job['key']:
            # Whatever was found is of something that is no more.
            answer |= {'code': 'growing', 'detail': "it was changed while it was read", 'key': key}
    except Fault as error:
        answer |= {'code': error.code, 'detail': error.detail}
    except MemoryError:
        answer |= {'code': 'too_large', 'detail': "it takes too much memory to read"}
    except PermissionError as error:
        answer |= {'code': 'no_permission', 'detail': error.strerror or "it may not be read"}
    except OSError as error:
        answer |= {'code': 'io_error', 'detail': error.strerror or str(error)}
    return {**answer, 'format': said.format, 'content': said.content, 'hashed': counted.done}


def key_now(job: dict, lists) -> str:
    """Return the key of what lies there now."""
    folder, name = os.path.split(job['path'])
    if job['is_folder']:
        return lists.measure(folder, name, False, lists.Listing()).key
    return lists.look_at(folder, name, False).key


# === HASH === #

class Progress:
    """How far a hash is, on disk. Of a folder: what came of the files that are done, and how far the one at hand is.

    :param rows: path, size and SHA-256 of the files of a folder that are done
    :param path: of the one at hand, '' of what is no folder
    """

    def __init__(self, job: dict):
        self._file, self._key, self._at, self._pause = job['progress'], job['key'], time.monotonic(), KEEP_EVERY_S
        self.rows, self.path, self._before = [], '', 0

    def recall(self) -> tuple:
        """Return how many bytes of the file at hand are hashed and the state of the hash; 0 and None when nothing that can be relied on is kept."""
        kept = self._read()
        return (kept['done'], base64.b64decode(kept['state'])) if kept and kept['path'] == self.path else (0, None)

    def recall_rows(self) -> list:
        """Go on with the files of a folder that are done; return their rows."""
        kept = self._read()
        self.rows = kept['rows'] if kept else []
        self._before = sum(row[1] for row in self.rows)
        return list(self.rows)

    def _read(self) -> dict | None:
        try:
            with open(self._file, encoding='ascii') as file:
                kept = json.load(file)
            if kept['key'] == self._key and kept.pop('check') == self._check(kept):
                return kept
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # nothing is kept, or half of it: begin anew  # pylint: disable=except-pass
            pass
        return None

    def finish(self, row: list) -> None:
        """Note that the file at hand is done."""
        self.rows.append(row)
        self._before += row[1]
        self.path = ''
        self.keep(0, None)

    def keep(self, done: int, state: bytes | None, *, now: bool = False) -> None:
        """Keep how far the hash is, at most every ``KEEP_EVERY_S``; less often where that takes long. ``now`` is for what is no folder."""
        began = time.monotonic()
        if began - self._at < self._pause and not (now and not self.path):
            return
        kept = {'key': self._key, 'hashed': self._before + done, 'done': done, 'state': base64.b64encode(state or b'').decode(), 'path': self.path,
                'rows': self.rows}
        kept['check'] = self._check(kept)
        try:
            with open(self._file + '.new', 'w', encoding='ascii') as file:
                json.dump(kept, file)
            os.replace(self._file + '.new', self._file)
        except OSError:  # a full disk, or somebody reads it on Windows: the hash goes on all the same  # pylint: disable=except-pass
            pass
        self._at = time.monotonic()
        self._pause = max(KEEP_EVERY_S, 20 * (self._at - began))

    @staticmethod
    def _check(kept: dict) -> str:
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def hash_file(path: str, progress, pace) -> str:
    """Return the SHA-256 of a file, going on from where an earlier one was ended.

    :param progress: :class:`Progress`
    :param pace: counts what is read, and holds it back
    """
    from itc_agent.collectors import _backup_hash
    from itc_agent.collectors._open_file import open_shared
    done, state = progress.recall()
    digest, is_resumed = _backup_hash.begin(state)
    done = done if is_resumed else 0
    block, forgotten = bytearray(BLOCK), done
    with open_shared(path) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(done)
        while count := file.readinto(block):
            digest.update(block, count)
            done += count
            pace.note(count)
            progress.keep(done, digest.state())
            if size >= UNCACHED_BYTES and done - forgotten >= 64 * BLOCK and hasattr(os, 'posix_fadvise'):
                os.posix_fadvise(file.fileno(), forgotten, done - forgotten, os.POSIX_FADV_DONTNEED)
                forgotten = done
    progress.keep(done, digest.state(), now=True)
    return digest.hexdigest()


def hash_folder(job: dict, pace) -> str:
    """Return the SHA-256 of the list of a folder's files, each with its size and SHA-256; what an earlier one has done is not done again."""
    progress = Progress(job)
    done = {row[0]: row for row in progress.recall_rows()}
    for path, status in files_of(job['path']):
        name = path.replace(os.sep, '/')
        if name not in done:
            progress.path = name
            progress.finish([name, status.st_size, hash_file(os.path.join(job['path'], path), progress, pace)])
    text = json.dumps(sorted(progress.rows), separators=(',', ':'), ensure_ascii=False)
    return hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()


def files_of(folder: str) -> list:
    """Return ``(path below, status)`` of the files in a folder. :raises OSError: some cannot be looked at"""
    from itc_agent.collectors._backup_list import walk

    def refused(_below, error):
        raise error

    return sorted(walk(folder, refused))


# === READ === #

def read(job: dict, said) -> None:
    """Read a backup to its end. :raises Fault: it is not readable"""
    from itc_agent.collectors import _backup_formats
    from itc_agent.collectors._backup_read import Pace
    pace = Pace(job['rate'], limit_s=job['limit_s'])
    with watched(pace):
        if job['is_folder']:
            files = [(path.replace(os.sep, '/'), status.st_size) for path, status in files_of(job['path'])]
            _backup_formats.read_folder(job['path'], files, job['format'], job['database'], pace, said, job['limit_s'])
        else:
            _backup_formats.read_file(job['path'], job['format'], job['database'], pace, said, job['limit_s'])


@contextlib.contextmanager
def watched(pace):
    """Let the block read, and end, saying so, when a disk gives nothing for long."""
    over = threading.Event()
    threading.Thread(target=end_when_stalled, args=(pace, over), daemon=True).start()
    try:
        yield
    finally:
        over.set()


def end_when_stalled(pace, over) -> None:
    done = -1
    while pace.done != done or pace.is_outside:
        done = pace.done
        if over.wait(STALLED_S):
            return
    os.write(1, json.dumps({
        'code': 'too_slow', 'detail': f"its disk gave nothing for {STALLED_S:.0f} s", 'stalled': True, 'key': None, 'sha256': None, 'format': '',
        'content': {}}).encode())
    os._exit(0)


if __name__ == '__main__':
    main()

"""Usage: python3 celery_jobs.py PORT [SECONDS]   (with the packages celery and redis installed)

A worker process of its own does plain, delayed, failing and grouped jobs, whose
results are read back. With SECONDS jobs are added for so long. What is not
known to have been added is added again, so a job may run twice; none may be lost.
"""
import os
import signal
import subprocess
import sys
import time

import redis
from celery import Celery, chord, group

port = int(os.environ.get("SMOKE_PORT") or sys.argv[1])
url = f"redis://127.0.0.1:{port}"
app = Celery("celery_jobs", broker=url + "/0", backend=url + "/1")
app.conf.update(
    task_acks_late=True,  # a job that its worker lost comes back
    broker_transport_options={"visibility_timeout": 5},
    broker_connection_retry=True,
    worker_hijack_root_logger=False,
)


@app.task
def add(a, b):
    return a + b


@app.task
def total(numbers):
    return sum(numbers)


@app.task(bind=True, max_retries=3)
def flaky(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0.1)
    return self.request.retries


@app.task
def once(i):
    # A set, so that a job done twice counts once.
    for _ in range(100):
        try:
            redis.Redis(port=port, db=2).sadd("done", i)
            return
        except redis.RedisError as e:
            if not passing(e):
                raise
            time.sleep(0.05)


def passing(e):
    """Errors that README documents for the time in which a leader is lost."""
    return isinstance(e, redis.ConnectionError) or str(e).startswith(("UNCERTAIN", "MASTERDOWN", "LOADING"))


def enqueue(task, *args):
    while True:
        try:
            return task.delay(*args)
        except Exception as e:  # kombu wraps redis-py's
            if not passing(getattr(e, "__cause__", None) or e) and not passing(e):
                raise
            time.sleep(0.05)


def main():
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    redis.Redis(port=port).flushall()
    worker = subprocess.Popen(
        ["/usr/bin/python3", "-m", "celery", "-A", "celery_jobs", "worker", "-c", "2", "-l", "WARNING", "--without-mingle"],
        cwd=os.path.dirname(os.path.abspath(__file__)),
        env={**os.environ, "SMOKE_PORT": str(port), "C_FORCE_ROOT": "1", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        work(seconds)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)


def work(seconds):
    assert add.delay(2, 3).get(timeout=30) == 5
    began = time.time()
    assert add.apply_async((1, 1), countdown=1).get(timeout=30) == 2
    assert time.time() - began >= 0.9, "a delayed job came early"
    assert flaky.delay().get(timeout=30) == 2
    assert group(add.s(i, i) for i in range(20))().get(timeout=30) == [2 * i for i in range(20)]
    assert chord((add.s(i, i) for i in range(20)), total.s())().get(timeout=30) == 380
    added, end = 50, time.time() + seconds
    for i in range(added):
        enqueue(once, i)
    while time.time() < end:
        enqueue(once, added)
        added += 1
    done, end, n = redis.Redis(port=port, db=2), time.time() + 40, 0
    while n < added and time.time() < end:
        time.sleep(0.05)
        n = done.scard("done")
    assert n == added, f"{n} of {added} jobs are done"


if __name__ == "__main__":
    main()
    print("celery: ok")

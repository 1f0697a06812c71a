"""Usage: python3 redis_py.py PORT   (with the package redis installed)"""
import sys

import redis

c = redis.Redis(port=int(sys.argv[1]))
c.flushdb()
assert c.set("a", "1", ex=60) is True
assert c.get("a") == b"1"
assert c.delete("a", "b") == 1
assert c.get("a") is None

keys = {b"key:%d" % i for i in range(500)}
with c.pipeline(transaction=False) as p:
    for k in keys:
        p.set(k, "x")
    assert p.execute() == [True] * len(keys)
assert set(c.scan_iter(match="key:*", count=50)) == keys

with c.pipeline() as p:
    p.watch("n")
    assert p.get("n") is None
    p.multi()
    p.incr("n").incr("n")
    assert p.execute() == [1, 2]
    p.watch("n")
    c.set("n", 9)
    p.multi()
    p.incr("n")
    try:
        p.execute()
        raise SystemExit("a watched key changed, and EXEC ran")
    except redis.WatchError:
        pass
assert c.get("n") == b"9"
print("redis-py: ok")

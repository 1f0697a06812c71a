<?php
// Usage: php phpredis.php PORT   (with the extension redis)
//
// Calls, transactions, publish and subscribe, and PHP's sessions with locks.
function check(string $what, mixed $got, mixed $want): void
{
    if ($got !== $want) {
        fwrite(STDERR, "$what: got " . var_export($got, true) . ', want ' . var_export($want, true) . "\n");
        exit(1);
    }
}

$port = (int) $argv[1];
if (($argv[2] ?? '') === 'session') { // one request: counts in its session, slowly
    ini_set('session.save_handler', 'redis');
    ini_set('session.save_path', "tcp://127.0.0.1:$port");
    ini_set('redis.session.locking_enabled', '1');
    ini_set('redis.session.lock_retries', '-1');
    ini_set('redis.session.lock_wait_time', '2000');
    ini_set('session.use_strict_mode', '0');
    session_id('fox');
    session_start();
    $n = $_SESSION['n'] ?? 0;
    usleep(10000);
    $_SESSION['n'] = $n + 1;
    session_write_close();
    exit(0);
}

$r = new Redis();
$r->connect('127.0.0.1', $port);
$r->flushDB();
check('set', $r->set('a', '1', ['nx', 'ex' => 60]), true);
check('set again', $r->set('a', '2', ['nx', 'ex' => 60]), false);
check('ttl', $r->ttl('a') > 50, true);
check('multi', $r->multi()->incr('n')->incr('n')->exec(), [1, 2]);
$r->watch('n');
$other = new Redis();
$other->connect('127.0.0.1', $port);
$other->set('n', 9);
check('watch', $r->multi()->incr('n')->exec(), false);
check('pipeline', count($r->pipeline()->hSet('h', 'a', '1')->hGetAll('h')->zAdd('z', 1.5, 'm')->exec()), 3);
check('hash', $r->hGetAll('h'), ['a' => '1']);
check('zset', $r->zRange('z', 0, -1, true), ['m' => 1.5]);
check('script', $r->eval("return {redis.call('GET', KEYS[1]), ARGV[1]}", ['n', 'x'], 1), ['9', 'x']);
$r->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
for ($i = 0; $i < 200; $i++) {
    $r->set("key:$i", $i);
}
for ($found = [], $it = null; $keys = $r->scan($it, 'key:*');) {
    $found += array_flip($keys);
}
check('scan', count($found), 200);
$id = $r->xAdd('s', '*', ['f' => 'v']);
$r->xGroup('CREATE', 's', 'g', '0');
check('stream', $r->xReadGroup('g', 'me', ['s' => '>']), ['s' => [$id => ['f' => 'v']]]);
check('ack', $r->xAck('s', 'g', [$id]), 1);
$r->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP);
$r->set('object', ['deep' => [1, 2.5, null]]);
check('serialized', $r->get('object'), ['deep' => [1, 2.5, null]]);

// Ten requests at once with one session: its lock lets one in at a time.
for ($i = 0, $requests = []; $i < 10; $i++) {
    $requests[] = proc_open([PHP_BINARY, __FILE__, (string) $port, 'session'], [], $pipes);
}
foreach ($requests as $p) {
    check('exit', proc_close($p), 0);
}
$other->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_NONE);
check('session', $other->get('PHPREDIS_SESSION:fox'), 'n|i:10;');
echo "phpredis: ok\n";

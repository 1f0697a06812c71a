package load

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/laurocaetano/foxtail/bench/wire"
)

// A Command appends one request. It is called from one goroutine, which owns rnd.
type Command func(buf []byte, rnd *rand.Rand) []byte

// KeySize is the length of every key, as redis-benchmark makes them.
const KeySize = 16

// AppendKey appends the argument "key:000000000123".
func AppendKey(buf []byte, n uint64) []byte {
	buf = wire.Bulk(buf, KeySize)
	buf = append(buf, "key:000000000000\r\n"...)
	for i := len(buf) - 3; n > 0; i-- {
		buf[i] = byte('0' + n%10)
		n /= 10
	}
	return buf
}

// Value is an argument of size bytes.
func Value(size int) []byte {
	buf := append(wire.Bulk(nil, size), strings.Repeat("x", size)...)
	return append(buf, "\r\n"...)
}

// Set overwrites a random one of keys keys.
func Set(keys, size int) Command {
	head, value := append(wire.Array(nil, 3), "$3\r\nSET\r\n"...), Value(size)
	return func(buf []byte, rnd *rand.Rand) []byte {
		return append(AppendKey(append(buf, head...), rnd.Uint64N(uint64(keys))), value...)
	}
}

// Get reads a random one of keys keys.
func Get(keys int) Command {
	head := append(wire.Array(nil, 2), "$3\r\nGET\r\n"...)
	return func(buf []byte, rnd *rand.Rand) []byte {
		return AppendKey(append(buf, head...), rnd.Uint64N(uint64(keys)))
	}
}

// Fixed is always the same request.
func Fixed(args ...string) Command {
	request := wire.Append(nil, args...)
	return func(buf []byte, _ *rand.Rand) []byte { return append(buf, request...) }
}

// randomArg stands in a list of arguments for a random number, as redis-benchmark's
// __rand_int__ does.
const randomArg = "__rand_int__"

// tests are those of redis-benchmark, by its names.
var tests = map[string]string{
	"set": "SET key:__rand_int__ VALUE", "get": "GET key:__rand_int__", "incr": "INCR counter:__rand_int__",
	"lpush": "LPUSH mylist VALUE", "rpush": "RPUSH mylist VALUE", "lpop": "LPOP mylist", "rpop": "RPOP mylist", "lrange_100": "LRANGE mylist 0 99",
	"sadd": "SADD myset element:__rand_int__", "spop": "SPOP myset", "hset": "HSET myhash element:__rand_int__ VALUE",
	"zadd": "ZADD myzset __rand_int__ element:__rand_int__", "zpopmin": "ZPOPMIN myzset",
	"mset": "MSET" + strings.Repeat(" key:__rand_int__ VALUE", 10),
}

// arguments are those of a test, with values of size bytes.
func arguments(test string, size int) []string {
	args := strings.Fields(tests[test])
	for i, a := range args {
		if a == "VALUE" {
			args[i] = strings.Repeat("x", size)
		}
	}
	return args
}

// Test is a test of redis-benchmark.
func Test(name string, keys, size int) Command {
	switch name {
	case "get":
		return Get(keys)
	case "set":
		return Set(keys, size)
	}
	args := arguments(name, size)
	return func(buf []byte, rnd *rand.Rand) []byte {
		buf = wire.Array(buf, len(args))
		for _, a := range args {
			if head, ok := strings.CutSuffix(a, randomArg); ok {
				n := strconv.Itoa(1e12 + rnd.IntN(keys))[1:]
				buf = append(append(append(wire.Bulk(buf, len(head)+len(n)), head...), n...), "\r\n"...)
				continue
			}
			buf = append(append(wire.Bulk(buf, len(a)), a...), "\r\n"...)
		}
		return buf
	}
}

package config

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// checkSave reads pairs of seconds and changes, as in `save 900 1`.
func checkPercentiles(v string) (string, error) {
	words := strings.Fields(v)
	for i, w := range words {
		f, err := strconv.ParseFloat(w, 64)
		if err != nil || !(f >= 0 && f <= 100) {
			return "", errors.New("latency-tracking-info-percentiles should contain between 0.0 and 100.0")
		}
		words[i] = strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strings.Join(words, " "), nil
}

func checkSave(v string) (string, error) {
	w := strings.Fields(v)
	if len(w)%2 != 0 {
		return "", errors.New("Invalid save parameters")
	}
	for i := 0; i < len(w); i += 2 {
		seconds, err1 := strconv.ParseInt(w[i], 10, 64)
		changes, err2 := strconv.ParseInt(w[i+1], 10, 64)
		if err1 != nil || err2 != nil || seconds < 1 || changes < 0 {
			return "", errors.New("Invalid save parameters")
		}
	}
	return strings.Join(w, " "), nil
}

// bufferClasses are the classes of client-output-buffer-limit, in the order in
// which CONFIG GET shows them.
var bufferClasses = []string{"normal", "slave", "pubsub"}

const defaultBufferLimits = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"

// checkBufferLimits reads quadruples of class, hard limit, soft limit and soft
// seconds. A class not named keeps its default.
func checkBufferLimits(v string) (string, error) {
	limits := map[string]string{}
	set := func(w []string) error {
		class := strings.ToLower(w[0])
		if class == "replica" {
			class = "slave"
		}
		if !slices.Contains(bufferClasses, class) {
			return errors.New("Invalid client class specified in buffer limit configuration.")
		}
		hard, err1 := parseBytes(w[1])
		soft, err2 := parseBytes(w[2])
		seconds, err3 := strconv.ParseInt(w[3], 10, 64)
		if err1 != nil || err2 != nil || err3 != nil || seconds < 0 {
			return errors.New("Error in hard, soft or soft_seconds setting in buffer limit configuration.")
		}
		limits[class] = fmt.Sprintf("%s %d %d %d", class, hard, soft, seconds)
		return nil
	}
	for _, text := range []string{defaultBufferLimits, v} {
		w := strings.Fields(text)
		if len(w)%4 != 0 {
			return "", errors.New("Wrong number of arguments in buffer limit configuration.")
		}
		for ; len(w) > 0; w = w[4:] {
			if err := set(w[:4]); err != nil {
				return "", err
			}
		}
	}
	out := make([]string, 0, len(bufferClasses))
	for _, class := range bufferClasses {
		out = append(out, limits[class])
	}
	return strings.Join(out, " "), nil
}

// checkNotify reads the classes of notify-keyspace-events and returns them as
// Redis shows them: "A" stands for "g$lshzxetd".
func checkNotify(v string) (string, error) {
	const all, rest = "g$lshzxetd", "KEmn"
	set := map[rune]bool{}
	for _, c := range v {
		switch {
		case c == 'A':
			for _, a := range all {
				set[a] = true
			}
		case strings.ContainsRune(all+rest, c):
			set[c] = true
		default:
			return "", errors.New("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
		}
	}
	out, every := "", true
	for _, a := range all {
		every = every && set[a]
		if set[a] {
			out += string(a)
		}
	}
	if every {
		out = "A"
	}
	for _, r := range rest {
		if set[r] {
			out += string(r)
		}
	}
	return out, nil
}

// checkUnset takes nothing: to ignore what was meant to protect would be worse.
func checkUnset(reason string) func(string) (string, error) {
	return func(v string) (string, error) {
		if v != "" {
			return "", errors.New(reason)
		}
		return v, nil
	}
}

// checkHostPort reads HOST:PORT, or nothing.
func checkHostPort(v string) (string, error) {
	if v == "" {
		return v, nil
	}
	host, port, err := net.SplitHostPort(v)
	if err != nil {
		return "", errors.New("argument must be HOST:PORT")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || host == "" {
		return "", errors.New("argument must be HOST:PORT, with a port between 1 and 65535")
	}
	return v, nil
}

// checkClusterEnabled: Redis Cluster's protocol is not spoken; saying so beats
// a client that finds out.
func checkClusterEnabled(v string) (string, error) {
	if v == "yes" {
		return "", errors.New("the Redis Cluster protocol is not supported: use --join to add nodes, and any node takes any command")
	}
	return v, nil
}

var evictionPolicies = []string{"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"}

// checkPolicy: a database that promises to lose nothing does not evict.
func checkPolicy(v string) (string, error) {
	if v != "noeviction" {
		return "", errors.New("keys are never evicted: only noeviction is supported")
	}
	return v, nil
}

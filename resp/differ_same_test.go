package resp

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What may differ between the replies of Foxtail and redis-server 7.0.15. All
// else is compared byte for byte.
const (
	sorted  = iota + 1 // elements in the order of a hash table
	pairs              // the same, in groups of two
	scanned            // the same, behind a cursor
	scannedPairs
	shape  // elements chosen by chance: only how many, and of what kind
	near   // a time that passes, or an absolute one made of it
	number // doubles: 7.2 shows the shortest digits that read back as the number
	idle   // XPENDING: how long an entry has been idle
	rough  // a distance: its last bits are those of a sine in one library or another
	deep   // as sorted, at every level
	places // as sorted, with distances and coordinates
)

var rules = map[string]int{
	"keys": sorted, "smembers": sorted, "sinter": sorted, "sunion": sorted, "sdiff": sorted, "spop": sorted, "function|list": deep,
	"pubsub|channels": sorted,
	"hkeys":           sorted, "hvals": sorted, "hgetall": pairs,
	"scan": scanned, "sscan": scanned, "hscan": scannedPairs, "zscan": scannedPairs,
	"srandmember": shape, "hrandfield": shape, "zrandmember": shape,
	"ttl": near, "pttl": near, "expiretime": near, "pexpiretime": near,
	"xpending":  idle,
	"geosearch": places, "georadius": places, "georadius_ro": places, "georadiusbymember": places, "georadiusbymember_ro": places,
	"zincrby": number, "zscore": number, "zmscore": number, "zadd": number, "zrange": number, "zrevrange": number, "zrangebyscore": number,
	"zrevrangebyscore": number, "zpopmin": number, "zpopmax": number, "zmpop": number, "bzmpop": number, "bzpopmin": number, "bzpopmax": number,
	"zunion": number, "zinter": number, "zdiff": number, "geodist": number, "geopos": number,
}

// negativeNaN: the sign of what is not a number is the processor's in C; here it
// is always "-nan". (MessagePack has the length in front.)
var negativeNaN = strings.NewReplacer("\xa4-nan", "\xa3nan", "-nan", "nan")

// address is where Lua keeps a value; ours counts.
var address = regexp.MustCompile(`(table|function): 0x[0-9a-f]{12}`)

// reworded are errors that 7.2 words differently, and what it says instead.
var reworded = []struct{ old, new *regexp.Regexp }{
	{regexp.MustCompile("^ERR Unbalanced XREAD list"), regexp.MustCompile("^ERR Unbalanced 'xread(group)?' list")},
	{regexp.MustCompile("^ERR timeout is negative"), regexp.MustCompile("^ERR timeout is out of range")},
}

// reply is a parsed reply.
type reply struct {
	kind byte
	text string
	sub  []reply
}

// parseReply parses a whole reply and returns what follows it.
func parseReply(s string) (reply, string) {
	line, rest, _ := strings.Cut(s, "\r\n")
	if line == "" {
		return reply{}, ""
	}
	v := reply{kind: line[0], text: line[1:]}
	n, _ := strconv.Atoi(v.text)
	switch v.kind {
	case '$', '=':
		if n >= 0 && n+2 <= len(rest) {
			v.text, rest = rest[:n], rest[n+2:]
		} else {
			v.kind = '_'
		}
	case '%':
		n *= 2
		fallthrough
	case '*', '~', '>':
		v.text = ""
		for range n {
			var e reply
			e, rest = parseReply(rest)
			v.sub = append(v.sub, e)
		}
	}
	return v, rest
}

// canonical renders a reply with what may differ taken out.
func (v reply) canonical(rule int) string {
	if v.sub == nil {
		switch {
		case rule == near && v.kind == ':' && len(v.text) > 2:
			return ":a time"
		case rule == shape && (v.kind == '$' || v.kind == ','):
			return "a value"
		case (rule == number || rule == rough) && (v.kind == '$' || v.kind == ','):
			if f, err := strconv.ParseFloat(v.text, 64); err == nil && !math.IsNaN(f) {
				digits := 17
				if rule == rough {
					digits = 12
				}
				return string(v.kind) + strconv.FormatFloat(f, 'g', digits, 64)
			}
		}
		return string(v.kind) + strconv.Quote(negativeNaN.Replace(v.text))
	}
	group, inner := 0, rule
	switch rule {
	case sorted, pairs:
		group, inner = rule, number
	case deep:
		group = sorted
	case places:
		group, inner = sorted, rough
	case scanned, scannedPairs:
		inner = rule - scanned + sorted
	case idle:
		if len(v.sub) == 4 && v.sub[0].kind == '$' && v.sub[2].kind == ':' {
			v.sub[2].text = "idle"
		}
	}
	if v.kind == '%' && group == sorted {
		group = pairs
	}
	parts := make([]string, len(v.sub))
	for i, e := range v.sub {
		parts[i] = e.canonical(inner)
	}
	if group > 0 {
		parts = slices.Collect(func(yield func(string) bool) {
			for g := range slices.Chunk(parts, group) {
				if !yield(strings.Join(g, " ")) {
					return
				}
			}
		})
		slices.Sort(parts)
	}
	return string(v.kind) + "[" + strings.Join(parts, " ") + "]"
}

// commandName is how rules name a command.
func commandName(words []string) string {
	name := strings.ToLower(words[0])
	if len(words) > 1 && (name == "object" || name == "pubsub" || name == "function") {
		name += "|" + strings.ToLower(words[1])
	}
	return name
}

// sameReply compares the answers to a command; queued are the commands of the
// transaction that it ends.
func sameReply(words []string, queued [][]string, got, want string) bool {
	if got == want {
		return true
	}
	got, want = address.ReplaceAllString(got, "$1: an address"), address.ReplaceAllString(want, "$1: an address")
	if got == want {
		return true
	}
	if strings.HasSuffix(strings.ToLower(words[0]), "unsubscribe") { // of all, in the order of a hash table
		return slices.Equal(unsubscribed(got), unsubscribed(want))
	}
	g, gotRest := parseReply(got)
	w, wantRest := parseReply(want)
	if gotRest != "" || wantRest != "" {
		return slices.Equal(pushes(got), pushes(want))
	}
	if strings.EqualFold(words[0], "exec") && g.kind == '*' && w.kind == '*' {
		if len(g.sub) != len(queued) || len(w.sub) != len(queued) {
			return false
		}
		for i := range queued {
			if !same(queued[i], g.sub[i], w.sub[i]) {
				return false
			}
		}
		return true
	}
	return same(words, g, w)
}

// unsubscribed are the channels that a client left, in order, then how many
// remained each time.
func unsubscribed(s string) (channels []string) {
	var counts []string
	for s != "" {
		var v reply
		if v, s = parseReply(s); len(v.sub) != 3 {
			return []string{s}
		}
		channels, counts = append(channels, v.sub[0].canonical(0)+v.sub[1].canonical(0)), append(counts, v.sub[2].canonical(0))
	}
	slices.Sort(channels)
	return append(channels, counts...)
}

// pushes are what a client received beside or instead of one answer, in an order
// that does not depend on that of the patterns that a channel matches.
func pushes(s string) (all []string) {
	for s != "" {
		var v reply
		v, s = parseReply(s)
		all = append(all, v.canonical(0))
	}
	slices.Sort(all)
	return all
}

func same(words []string, g, w reply) bool {
	rule := rules[commandName(words)]
	if rule == number && len(words) > 1 && strings.HasPrefix(strings.TrimPrefix(words[1], "copy of "), "g") {
		rule = rough
	}
	return g.reword(w).canonical(rule) == w.canonical(rule)
}

// reword is the reply with the words of 7.0 where they may differ.
func (v reply) reword(w reply) reply {
	for _, r := range reworded {
		if w.kind == '-' && v.kind == '-' && r.old.MatchString(w.text) && r.new.MatchString(v.text) {
			return w
		}
	}
	if len(v.sub) == len(w.sub) {
		for i := range v.sub {
			v.sub[i] = v.sub[i].reword(w.sub[i])
		}
	}
	return v
}

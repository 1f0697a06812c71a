package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Kind is how a directive's value is read.
type Kind uint8

const (
	String Kind = iota
	Bool        // yes | no
	Int
	Bytes // a memory value: 100, 10kb, 64mb, 1gb
	Octal
	Enum
	Words // several words, kept as one string
)

// Property says how a directive may be changed and shown.
type Property uint8

const (
	Immutable Property = 1 << iota // only at the start
	Protected                      // CONFIG SET only with enable-protected-configs
	Secret                         // not written to the log
	Repeated                       // each line of a file adds words
	Inert                          // stored and shown; means nothing here
)

// Directive is one row of the table.
type Directive struct {
	Name     string
	Alias    string
	Kind     Kind
	Default  string
	Min, Max int64 // of Int, Bytes and Octal; both 0: not below 0
	Values   []string
	Is       Property
	// Check refines the value of a String or Words; nil takes any.
	Check func(v string) (string, error)
}

func (d *Directive) is(p Property) bool { return d.Is&p != 0 }

// parse returns the canonical form of v, which CONFIG GET shows.
func (d *Directive) parse(v string) (string, error) {
	switch d.Kind {
	case Bool:
		if v = strings.ToLower(v); v != "yes" && v != "no" {
			return "", errors.New("argument must be 'yes' or 'no'")
		}
	case Int:
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return "", errors.New("argument couldn't be parsed into an integer")
		}
		return strconv.FormatInt(n, 10), d.between(n)
	case Octal:
		n, err := strconv.ParseInt(v, 8, 64)
		if err != nil {
			return "", errors.New("argument couldn't be parsed as an octal number")
		}
		return strconv.FormatInt(n, 8), d.between(n)
	case Bytes:
		n, err := parseBytes(v)
		if err != nil {
			return "", err
		}
		return strconv.FormatInt(n, 10), d.between(n)
	case Enum:
		if v = strings.ToLower(v); !slices.Contains(d.Values, v) {
			return "", fmt.Errorf("argument(s) must be one of the following: %s", strings.Join(d.Values, ", "))
		}
	}
	if d.Check != nil {
		return d.Check(v)
	}
	return v, nil
}

func (d *Directive) between(n int64) error {
	lo, hi := d.Min, d.Max
	if hi == 0 {
		hi = math.MaxInt64
	}
	if n < lo || n > hi {
		return fmt.Errorf("argument must be between %d and %d inclusive", lo, hi)
	}
	return nil
}

var byteUnits = []struct {
	suffix string
	factor int64
}{
	{"kb", 1 << 10}, {"mb", 1 << 20}, {"gb", 1 << 30},
	{"k", 1000}, {"m", 1000 * 1000}, {"g", 1000 * 1000 * 1000}, {"b", 1},
}

// parseBytes reads a memory value with Redis' units: k, m, g are powers of
// 1000, kb, mb, gb of 1024.
func parseBytes(v string) (int64, error) {
	bad := errors.New("argument must be a memory value")
	s, factor := strings.ToLower(v), int64(1)
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			s, factor = rest, u.factor
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/factor {
		return 0, bad
	}
	return n * factor, nil
}

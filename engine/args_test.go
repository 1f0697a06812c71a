package engine

import (
	"math"
	"strconv"
	"testing"
)

func TestParseInt(t *testing.T) {
	for _, n := range []int64{0, 1, -1, 9, 10, -10, math.MaxInt64, math.MinInt64, math.MaxInt64 / 10, 1 << 53} {
		if got, ok := ParseInt([]byte(strconv.FormatInt(n, 10))); !ok || got != n {
			t.Errorf("ParseInt(%d) = %d %v", n, got, ok)
		}
	}
	for _, s := range []string{"", "-", "+1", "01", "-0", "-01", " 1", "1 ", "1.0", "a", "1a", "9223372036854775808",
		"-9223372036854775809", "18446744073709551616", "99999999999999999999", "100000000000000000000", "\x00"} {
		if got, ok := ParseInt([]byte(s)); ok {
			t.Errorf("ParseInt(%q) = %d", s, got)
		}
	}
}

func TestParseFloat(t *testing.T) {
	for s, want := range map[string]float64{
		"1": 1, "-1.5": -1.5, "+2": 2, ".5": 0.5, "5.": 5, "1e3": 1000, "1E-3": 0.001, "0x10": 16, "0x1p4": 16, "0x1.8": 1.5,
		"-0x1": -1, "inf": math.Inf(1), "-INF": math.Inf(-1), "Infinity": math.Inf(1), "0": 0, "0e99999": 0, "0x0": 0,
	} {
		if got, ok := ParseFloat([]byte(s)); !ok || got != want {
			t.Errorf("ParseFloat(%q) = %v %v", s, got, ok)
		}
	}
	for _, s := range []string{"", " 1", "1 ", "nan", "NaN", "1_0", "0x", "1e", "1e400", "-1e400", "1e-400", "0x1p-5000", "abc", "1.2.3", "--1", "0b1", "0o7"} {
		if got, ok := ParseFloat([]byte(s)); ok {
			t.Errorf("ParseFloat(%q) = %v", s, got)
		}
	}
}

func TestLongDouble(t *testing.T) {
	for _, test := range []struct{ a, b, sum string }{
		{"0.1", "0.2", "0.3"},
		{"1", "1.0000000000000000001", "2"},
		{"1e17", "0.1", "100000000000000000.1015625"},
		{"-0", "0", "0"},
		{"0x10", "0x1.8p1", "19"},
		{"1e-4940", "0", "0"},
		{"0e99999999999", "7", "7"},
	} {
		var a, b longDouble
		if !a.parse([]byte(test.a)) || !b.parse([]byte(test.b)) || !a.add(&b) {
			t.Errorf("%s + %s: no number", test.a, test.b)
			continue
		}
		if got := string(a.appendTo(nil)); got != test.sum {
			t.Errorf("%s + %s = %s, want %s", test.a, test.b, got, test.sum)
		}
	}
	for _, s := range []string{"", "-", "+", ".", "e5", "1e", "1e+", "nan", "1p3", "0b1", "1__0", "1e4933", "1e99999999999999999999",
		"1e-5000", "1e-99999999999999999999", "0x", "0xg", "--1", "1 ", "0x1p99999"} {
		var x longDouble
		if x.parse([]byte(s)) {
			t.Errorf("%q is taken as %s", s, x.appendTo(nil))
		}
	}
	big := longDouble{}
	big.parse([]byte("1e4932"))
	if big.add(&big) {
		t.Error("1e4932 + 1e4932 is taken as finite")
	}
}

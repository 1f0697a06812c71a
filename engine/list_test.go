package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// randomString is a short string, a number of any width, or a long string.
func randomString(r *rand.Rand) string {
	switch r.IntN(10) {
	case 0, 1, 2:
		return strconv.FormatInt(int64(r.Uint64()>>r.IntN(64)), 10)
	case 3:
		return strconv.FormatInt(-int64(r.Uint64()>>(1+r.IntN(63))), 10)
	case 4:
		b := make([]byte, r.IntN(300))
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		return string(b)
	case 5:
		return string(make([]byte, 4000+r.IntN(200)))
	case 6:
		return []string{"", "-", "0", "-0", "00", "007", "+1", "-9223372036854775808", "9223372036854775807", "9223372036854775808", "-1"}[r.IntN(11)]
	}
	return fmt.Sprintf("v%d", r.IntN(100))
}

func TestElementsSurviveTheirEncoding(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	p := packNew(nil)
	var want []string
	for _, s := range []int{0, 1, 62, 63, 64, 65, 125, 126, 127, 128, 4093, 4094, 4095, 4096, 16380, 16383, 16384, 70000, 3 << 20} {
		want = append(want, string(make([]byte, s)))
	}
	for range 2000 {
		want = append(want, randomString(r))
	}
	for shift := range 64 {
		for d := int64(-1); d <= 1; d++ {
			want = append(want, strconv.FormatInt(1<<shift+d, 10), strconv.FormatInt(-(1<<shift)+d, 10))
		}
	}
	for _, s := range want {
		if before := len(p); true {
			p = packAppend(p, []byte(s))
			if len(p)-before != elementSize([]byte(s)) {
				t.Fatalf("element %.20q: size %d, want %d", s, elementSize([]byte(s)), len(p)-before)
			}
		}
	}
	if !packCheck(p, 1) {
		t.Fatal("well-formed blob refused")
	}
	pos := packHead
	for i, s := range want {
		e, next := elementAt(p, pos)
		if got := string(e.append(nil)); got != s || e.len() != len(s) {
			t.Fatalf("element %d: got %.20q, want %.20q", i, got, s)
		}
		if elementSkip(p, pos) != next || elementBefore(p, next) != pos {
			t.Fatalf("element %d (%.20q): steps disagree", i, s)
		}
		pos = next
	}
}

func TestDamagedBlobsAreRefused(t *testing.T) {
	p := packNew(nil)
	for _, s := range []string{"a", "12", "-70000", "5000000000", string(make([]byte, 200)), "zz"} {
		p = packAppend(p, []byte(s))
	}
	for cut := range len(p) {
		if packCheck(p[:cut], 1) {
			t.Fatalf("blob cut at %d accepted", cut)
		}
	}
	r := rand.New(rand.NewPCG(2, 2))
	for range 20000 {
		q := slices.Clone(p)
		q[r.IntN(len(q))] = byte(r.IntN(256))
		if packCheck(q, 1) {
			for pos := packHead; pos < len(q); { // must be readable
				_, pos = elementAt(q, pos)
			}
		}
	}
}

func listStrings(l *list) []string {
	var out []string
	l.each(func(e element) bool {
		out = append(out, string(e.append(nil)))
		return true
	})
	return out
}

func checkList(t *testing.T, what string, l *list, want []string) {
	t.Helper()
	if got := listStrings(l); !slices.Equal(got, want) || l.len() != len(want) {
		t.Fatalf("%s: got %d elements (len %d) %.300q, want %d %.300q", what, len(got), l.len(), got, len(want), want)
	}
	bytes := 0
	for i, b := range l.blocks() {
		n, ok := elementsCheck(b.buf[b.head:])
		if !ok || n != b.n || n == 0 || b.head < packHead {
			t.Fatalf("%s: block %d of %d holds %d elements, counts %d, head %d", what, i, len(l.blocks()), n, b.n, b.head)
		}
		bytes += b.size()
	}
	checkCodec(t, what, l, encodeList, decodeList)
	if bytes != l.bytes {
		t.Fatalf("%s: counts %d bytes, holds %d", what, l.bytes, bytes)
	}
}

func TestListAgainstSlice(t *testing.T) {
	for seed := range uint64(15) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) { listModel(t, seed) })
	}
}

func listModel(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	limits := listLimitsOf([]int{-2, 3, -1, 128}[r.IntN(4)])
	if r.IntN(2) == 0 {
		limits.bytes = 200
	}
	l := newList(limits)
	var model []string
	type frozen struct {
		l    *list
		want []string
	}
	var snaps []frozen
	growth := r.IntN(3)
	for range 3000 {
		s := randomString(r)
		switch op := r.IntN(12 + 4*growth); {
		case op == 0 && len(model) > 0:
			if got := string(l.popFront().append(nil)); got != model[0] {
				t.Fatalf("popFront: got %q, want %q", got, model[0])
			}
			model = model[1:]
		case op == 1 && len(model) > 0:
			last := len(model) - 1
			if got := string(l.popBack().append(nil)); got != model[last] {
				t.Fatalf("popBack: got %q, want %q", got, model[last])
			}
			model = model[:last]
		case op == 2 && len(model) > 0:
			i := r.IntN(len(model))
			p := l.seek(i)
			if got := string(l.get(p).append(nil)); got != model[i] {
				t.Fatalf("seek %d: got %q, want %q", i, got, model[i])
			}
			l.set(p, []byte(s))
			model = slices.Clone(model)
			model[i] = s
		case op == 3 && len(model) > 0:
			i := r.IntN(len(model))
			l.insertBefore(l.seek(i), []byte(s))
			model = slices.Insert(slices.Clone(model), i, s)
		case op == 4 && len(model) > 0:
			i := r.IntN(len(model))
			l.insertAfter(l.seek(i), []byte(s))
			model = slices.Insert(slices.Clone(model), i+1, s)
		case op == 5 && len(model) > 0:
			i := r.IntN(len(model))
			l.remove(l.seek(i))
			model = slices.Delete(slices.Clone(model), i, i+1)
		case op == 6 && r.IntN(10) == 0 && len(model) > 0:
			i := r.IntN(len(model))
			n := r.IntN(len(model) - i + 1)
			l.removeRange(i, n)
			l.merge()
			model = slices.Delete(slices.Clone(model), i, i+n)
		case op == 7 && r.IntN(10) == 0:
			snaps = append(snaps, frozen{l, slices.Clone(model)})
			l = l.Clone().(*list)
		case op%2 == 0:
			l.pushFront([]byte(s))
			model = append([]string{s}, model...)
		default:
			l.pushBack([]byte(s))
			model = append(slices.Clip(model), s)
		}
	}
	checkList(t, "list", l, model)
	for i, f := range snaps {
		checkList(t, fmt.Sprint("clone ", i), f.l, f.want)
	}
}

// A queue that never holds much must not grow its buffer with the traffic.
func TestListAsQueueStaysSmall(t *testing.T) {
	for _, front := range []bool{true, false} {
		l := newList(listLimitsOf(-2))
		for i := range 100000 {
			s := []byte(strconv.Itoa(i * 1e6))
			if front {
				l.pushFront(s)
			} else {
				l.pushBack(s)
			}
			if l.len() > 5 {
				if front {
					l.popBack()
				} else {
					l.popFront()
				}
			}
		}
		if c := cap(l.blocks()[0].buf); c > 600 || len(l.blocks()) > 1 {
			t.Fatalf("front %v: %d blocks, the first of %d bytes, for 5 elements", front, len(l.blocks()), c)
		}
	}
}

func BenchmarkListPushPop(b *testing.B) {
	s := []byte("value:0000000001")
	b.Run("pushBack", func(b *testing.B) {
		b.ReportAllocs()
		l := newList(listLimitsOf(-2))
		for range b.N {
			l.pushBack(s)
		}
	})
	b.Run("pushFront", func(b *testing.B) {
		b.ReportAllocs()
		l := newList(listLimitsOf(-2))
		for range b.N {
			l.pushFront(s)
		}
	})
	b.Run("queue", func(b *testing.B) {
		b.ReportAllocs()
		l := newList(listLimitsOf(-2))
		for range 10000 {
			l.pushBack(s)
		}
		for range b.N {
			l.pushFront(s)
			l.popBack()
		}
	})
}

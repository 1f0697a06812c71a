package wire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/redcon"
)

// pipeline is what redis-benchmark -t set -d 64 -r 1000000 sends.
func pipeline(depth int) []byte {
	var b []byte
	for i := range depth {
		b = AppendCommand(b, "SET", fmt.Sprintf("key:%012d", i*7919), strings.Repeat("v", 64))
	}
	return b
}

func benchmarkNext(b *testing.B, each func(in *Input, frames []byte) int) {
	const depth = 16
	frames := pipeline(depth)
	in := NewInput(NewScratch(DefaultLimits))
	b.SetBytes(int64(len(frames)))
	b.ReportAllocs()
	for b.Loop() {
		in.Filled(copy(in.Space(), frames))
		if got := each(&in, frames); got != 3*depth {
			b.Fatalf("%d arguments", got)
		}
		in.Park()
	}
}

func BenchmarkNext(b *testing.B) {
	benchmarkNext(b, func(in *Input, _ []byte) int {
		n := 0
		for {
			args, err := in.Next(true)
			if err != nil || args == nil {
				return n
			}
			n += len(args)
		}
	})
}

// BenchmarkNextThenRedcon is the same with redcon cutting what Next has checked.
func BenchmarkNextThenRedcon(b *testing.B) {
	var slots [][]byte
	benchmarkNext(b, func(in *Input, _ []byte) int {
		n := 0
		for {
			head := in.head
			args, err := in.Next(true)
			if err != nil || args == nil {
				return n
			}
			_, slots, _, _, err = redcon.ReadNextCommand(in.buf[head:in.pos], slots)
			if err != nil {
				b.Fatal(err)
			}
			n += len(slots)
		}
	})
}

func BenchmarkWriter(b *testing.B) {
	w := NewWriter(NewScratch(DefaultLimits), 2)
	value := []byte(strings.Repeat("v", 64))
	b.ReportAllocs()
	for b.Loop() {
		for range 8 {
			w.OK()
			w.Bulk(value)
		}
		w.Sent(w.Len())
	}
}

func BenchmarkDouble(b *testing.B) {
	w := NewWriter(NewScratch(DefaultLimits), 3)
	b.ReportAllocs()
	for b.Loop() {
		w.Double(3.0517578125e-05)
		w.Sent(w.Len())
	}
}

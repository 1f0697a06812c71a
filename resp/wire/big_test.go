package wire

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A big argument ends up in a buffer that can be claimed, wherever reads cut the
// stream and however buffers grow; what follows it is not lost.
func TestClaim(t *testing.T) {
	const seed = 3
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, size := range []int{1 << 20, 3<<20 + 17, 9 << 20} {
		value := make([]byte, size)
		for i := range value {
			value[i] = byte(i * 7 >> 3)
		}
		small := AppendCommand(nil, "PING")
		stream := append(AppendCommand(bytes.Clone(small), "SET", "key", string(value), "EX", "10"), small...)
		in := NewInput(NewScratch(DefaultLimits))
		var got [][][]byte
		for len(stream) > 0 {
			if grow := in.Growth(); grow != nil && r.IntN(2) == 0 {
				in.Grown(grow())
			}
			space := in.Space()
			n := copy(space[:min(len(space), 1+r.IntN(200000))], stream)
			stream = stream[n:]
			in.Filled(n)
			for {
				args, err := in.Next(true)
				if err != nil {
					t.Fatal(err)
				}
				if args == nil {
					break
				}
				copied := make([][]byte, len(args))
				for i, a := range args {
					copied[i] = bytes.Clone(a)
				}
				got = append(got, copied)
				if len(args) == 5 {
					buf, at, ok := in.Claim(2)
					if !ok || at < bigRoom || !bytes.Equal(buf[at:at+size], value) {
						t.Fatalf("size %d: claimed %d bytes, argument at %d, %v", size, len(buf), at, ok)
					}
					clear(buf)
				}
			}
			in.Park()
		}
		if len(got) != 3 || string(got[0][0]) != "PING" || string(got[2][0]) != "PING" || !bytes.Equal(got[1][2], value) || string(got[1][4]) != "10" {
			t.Errorf("size %d: %d commands", size, len(got))
		}
	}
}

// TestLent: lent bytes leave in their place, whatever pieces a socket takes, and
// are taken back by Rollback.
func TestLent(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	big := bytes.Repeat([]byte("0123456789"), lentMin/8)
	for range 200 {
		w, want := NewWriter(NewScratch(DefaultLimits), 2), NewWriter(nil, 2)
		var got []byte
		for range 20 {
			mark := w.Mark()
			switch r.IntN(6) {
			case 0:
				w.BulkLent(big)
				want.Bulk(big)
			case 1:
				w.Lend(big)
				want.Raw(big)
			case 2:
				w.Int(5)
				want.Int(5)
			case 3:
				w.OK()
				w.BulkLent(big)
				w.BulkLent(big)
				w.Int(1)
				w.Rollback(mark)
			case 4:
				from := NewWriter(nil, 2)
				for _, to := range []*Writer{&from, &want} {
					to.OK()
					to.BulkLent(big)
					to.Int(7)
				}
				w.Take(&from)
			default:
				n := r.IntN(1 + len(w.Pending()))
				got = append(got, w.Pending()[:n]...)
				w.Sent(n)
			}
		}
		for w.Len() > 0 {
			got = append(got, w.Pending()...)
			w.Sent(len(w.Pending()))
		}
		var all []byte
		for want.Len() > 0 {
			all = append(all, want.Pending()...)
			want.Sent(len(want.Pending()))
		}
		if !bytes.Equal(got, all) || w.BufferSize() != 0 {
			t.Fatalf("%d bytes, want %d; %d are held", len(got), len(all), w.BufferSize())
		}
	}
}

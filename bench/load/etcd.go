package load

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Etcd is a closed loop against etcd: unary calls of its gRPC interface, which
// are HTTP/2 requests without TLS, all on one connection, as etcd's clients do.
type Etcd struct {
	Addr    string
	Clients int
	Keys    int
	Size    int
	Write   bool // Put; else Range of one key, linearizable
	For     time.Duration
}

// Run runs it.
func (e Etcd) Run(ctx context.Context) (Result, error) {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	results, errs := make([]Result, e.Clients), make([]error, e.Clients)
	var wg sync.WaitGroup
	began := time.Now()
	for i := range e.Clients {
		wg.Go(func() { results[i], errs[i] = e.client(ctx, client, began.Add(e.For)) })
	}
	wg.Wait()
	var sum Result
	for _, r := range results {
		sum.add(r)
	}
	sum.Elapsed = time.Since(began)
	return sum, errors.Join(errs...)
}

func (e Etcd) client(ctx context.Context, client *http.Client, until time.Time) (r Result, err error) {
	r.Latency = histogram()
	method := "/etcdserverpb.KV/Range"
	if e.Write {
		method = "/etcdserverpb.KV/Put"
	}
	rnd := newRand()
	for now := time.Now(); now.Before(until); {
		if err := call(ctx, client, "http://"+e.Addr+method, e.message(rnd)); err != nil {
			return r, err
		}
		done := time.Now()
		record(r.Latency, done.Sub(now))
		now = done
		r.Ops++
	}
	return r, nil
}

// message is a PutRequest or RangeRequest, whose fields 1 and 2 are key and
// value, behind the five bytes of a gRPC message.
func (e Etcd) message(rnd *rand.Rand) []byte {
	m := make([]byte, 5, 64+e.Size)
	m = fmt.Appendf(append(m, 1<<3|2, KeySize), "key:%012d", rnd.IntN(e.Keys))
	if e.Write {
		m = binary.AppendUvarint(append(m, 2<<3|2), uint64(e.Size))
		m = append(m, bytes.Repeat([]byte("x"), e.Size)...)
	}
	binary.BigEndian.PutUint32(m[1:], uint32(len(m)-5))
	return m
}

func call(ctx context.Context, client *http.Client, url string, message []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(message))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("TE", "trailers")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	status, text := res.Trailer.Get("Grpc-Status"), res.Trailer.Get("Grpc-Message")
	if status == "" {
		status, text = res.Header.Get("Grpc-Status"), res.Header.Get("Grpc-Message")
	}
	if status != "0" {
		return fmt.Errorf("etcd: status %q %s", status, text)
	}
	return nil
}

package load

import (
	"sync"
	"time"

	"github.com/laurocaetano/foxtail/cluster/torture/history"
)

const (
	patientEvery = 100 * time.Millisecond
	patientMax   = 5 // the work of the check grows with calls at the same time
)

// patient reads at one node all the time. While the node does not answer, more
// and more reads wait for it, each sent a little later than the one before: a
// leader that was paused or cut off finds reads in its sockets that were sent
// when others had taken over already.
func (l *Load) patient(id int, addr string) {
	var waiting sync.WaitGroup
	defer waiting.Wait()
	idle := make(chan *client, patientMax)
	for i := range patientMax {
		c := l.newClient(id*100 + i)
		c.addrs = []string{addr}
		idle <- c
	}
	for !l.stopped() {
		select {
		case c := <-idle:
			waiting.Go(func() {
				k, _ := l.take(c, history.Register)
				l.read(c, k)
				l.give(k)
				idle <- c
			})
		default:
		}
		select {
		case <-l.stop:
		case <-time.After(patientEvery):
		}
	}
	waiting.Wait()
	close(idle)
	for c := range idle {
		c.close()
	}
}

package load

import (
	"fmt"
	"strings"
	"sync"

	"github.com/laurocaetano/foxtail/cluster/torture/history"
)

// queueBook is what became of the elements of one queue. Consumers either pop
// (BLPOP), or move what they pop to a second list (BLMOVE), where it stays.
type queueBook struct {
	name  string
	moves bool

	mu         sync.Mutex
	pushed     map[string]bool // by element: acknowledged; false: of unknown fate
	popped     map[string]int
	unknown    int // pops of unknown fate
	calls      int // pushes begun
	inflight   int
	left       bool
	outOfOrder []string
	lastPopped map[[2]string]int // by consumer and producer
}

func newQueue(name string, moves bool) *queueBook {
	return &queueBook{name: name, moves: moves, pushed: map[string]bool{}, popped: map[string]int{}, lastPopped: map[[2]string]int{}}
}

// queues are the two that are in use.
type queues struct {
	mu  sync.Mutex
	gen int
	now [2]*queueBook
}

const (
	pushesMax = 400
	consumers = 4
)

// takeQueue begins a call. Pushes count: after enough of them the queue is left.
func (l *Load) takeQueue(moves, pushes bool) *queueBook {
	l.queues.mu.Lock()
	defer l.queues.mu.Unlock()
	i := 0
	if moves {
		i = 1
	}
	q := l.queues.now[i]
	if q == nil || pushes && q.calls >= pushesMax {
		l.queues.gen++
		l.queues.now[i] = newQueue(fmt.Sprintf("queue:%d", l.queues.gen), moves)
		if q != nil {
			q.leave(l)
		}
		q = l.queues.now[i]
	}
	q.mu.Lock()
	q.inflight++
	if pushes {
		q.calls++
	}
	q.mu.Unlock()
	return q
}

func (q *queueBook) leave(l *Load) {
	q.mu.Lock()
	q.left = true
	last := q.inflight == 0
	q.mu.Unlock()
	if last {
		l.leftQueues.add(q)
	}
}

func (l *Load) giveQueue(q *queueBook) {
	q.mu.Lock()
	q.inflight--
	last := q.left && q.inflight == 0
	q.mu.Unlock()
	if last {
		l.leftQueues.add(q)
	}
}

// bookList is the queues that nobody uses any more, to be checked.
type bookList struct {
	mu  sync.Mutex
	all []*queueBook
}

func (b *bookList) add(q *queueBook) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, q)
}

func (b *bookList) takeAll() []*queueBook {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.all
	b.all = nil
	return all
}

// push adds an element whose name tells who pushed it and when.
func (l *Load) push(c *client, _ string) {
	q := l.takeQueue(c.rng.IntN(2) == 0, true)
	defer l.giveQueue(q)
	c.pushed++
	element := fmt.Sprintf("%d.%d", c.id, c.pushed)
	_, o := c.do("RPUSH", q.name, element)
	if l.count(o); o == refused {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pushed[element] = o == done
}

// consume takes elements until the load stops.
func (l *Load) consume(id int) {
	c := l.newClient(id)
	defer c.close()
	moves := id%2 == 0
	for !l.stopped() {
		q := l.takeQueue(moves, false)
		args := []string{"BLPOP", q.name, "0.5"}
		if moves {
			args = []string{"BLMOVE", q.name, q.name + ":moved", "LEFT", "RIGHT", "0.5"}
		}
		if !c.connect() {
			l.giveQueue(q)
			l.pause()
			continue
		}
		v, o := c.do(args...)
		q.mu.Lock()
		switch {
		case o == unknown:
			q.unknown++
		case o == done && !v.Null:
			element := v.Str
			if !moves {
				element = v.Elems[1].Str
			}
			q.took(fmt.Sprint(id), element)
			l.reads.Add(1)
		}
		q.mu.Unlock()
		l.giveQueue(q)
		if o == refused {
			l.pause()
		}
		if c.rng.IntN(50) == 0 {
			c.close()
		}
	}
}

// took notes an element that a consumer got. REQUIRES: q.mu held.
func (q *queueBook) took(consumer, element string) {
	q.popped[element]++
	producer, n := "", 0
	if at := strings.LastIndexByte(element, '.'); at > 0 {
		producer = element[:at]
		fmt.Sscan(element[at+1:], &n) // of foreign elements check tells
	}
	if !q.pushed[element] {
		return // of unknown fate as yet: it may have come later than the producer's next one
	}
	of := [2]string{consumer, producer}
	if last := q.lastPopped[of]; n < last {
		q.outOfOrder = append(q.outOfOrder, fmt.Sprintf("client %s took %s after %s.%d", consumer, element, producer, last))
	} else {
		q.lastPopped[of] = n
	}
}

// check compares the book with what is left in the queue, and moved.
// REQUIRES: nobody uses the queue.
func (q *queueBook) check(left, moved []string) (problems []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	wrong := func(format string, args ...any) {
		problems = append(problems, "L4: "+q.name+": "+fmt.Sprintf(format, args...))
	}
	there := map[string]int{}
	for _, e := range append(left, moved...) {
		there[e]++
	}
	for _, s := range q.outOfOrder {
		wrong("%s", s)
	}
	seen := map[string]int{}
	for e, n := range there {
		seen[e] += n
	}
	inMoved := map[string]bool{}
	for _, e := range moved {
		inMoved[e] = true
	}
	for e, n := range q.popped {
		switch {
		case !q.moves:
			seen[e] += n
		case n > 1:
			wrong("%s was moved %d times", e, n)
		case !inMoved[e]:
			wrong("%s was moved, and is not where it was moved to", e)
		}
	}
	for e, n := range seen {
		if _, ok := q.pushed[e]; !ok {
			wrong("%s was never pushed, or its push was refused", e)
		}
		if n > 1 {
			wrong("%s was pushed once and is there %d times (%d in the lists)", e, n, there[e])
		}
	}
	missing := 0
	for e, acknowledged := range q.pushed {
		if acknowledged && seen[e] == 0 {
			if missing++; q.moves || missing > q.unknown {
				wrong("%s was acknowledged and is lost (%d missing, %d pops of unknown fate)", e, missing, q.unknown)
			}
		}
	}
	return problems
}

// checkQueues judges the queues that were left.
func (l *Load) checkQueues(c *client) {
	for _, q := range l.leftQueues.takeAll() {
		left, o1 := c.do("LRANGE", q.name, "0", "-1")
		moved, o2 := c.do("LRANGE", q.name+":moved", "0", "-1")
		if o1 != done || o2 != done {
			l.leftQueues.add(q)
			return // again, later
		}
		for _, p := range q.check(elements(left), elements(moved)) {
			l.problem("%s", p)
		}
		l.mu.Lock()
		l.queuesChecked++
		l.elements += len(q.pushed)
		l.mu.Unlock()
		certain := q.unknown == 0
		for _, acknowledged := range q.pushed {
			certain = certain && acknowledged
		}
		if certain {
			l.settle(settledKey{q.name, history.List, fingerprint(answer(left))})
			l.settle(settledKey{q.name + ":moved", history.List, fingerprint(answer(moved))})
		}
	}
}

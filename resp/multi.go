package resp

import (
	"time"

	"github.com/laurocaetano/foxtail/engine"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

const (
	errExecAbort    engine.Error = "EXECABORT Transaction discarded because of previous errors."
	errDiscarded    engine.Error = "EXECABORT Transaction discarded because of: "
	errExecAlone    engine.Error = "ERR EXEC without MULTI"
	errDiscardAlone engine.Error = "ERR DISCARD without MULTI"
	errNested       engine.Error = "ERR MULTI calls can not be nested"
	errWatchInside  engine.Error = "ERR WATCH inside MULTI is not allowed"
)

var multiHandlers = map[string]handler{
	"multi": cmdMulti, "exec": cmdExec, "discard": cmdDiscard, "watch": cmdWatch, "unwatch": cmdUnwatch,
}

// multi is a transaction being queued.
type multi struct {
	steps []step
	dirty bool // a command was refused: EXEC will abort
	size  int
}

// step is one queued command. Its arguments are its own copy.
type step struct {
	cmd  *command
	args [][]byte
	db   int // set by EXEC: SELECT may stand among the commands
}

// queue adds a command to the open transaction.
func (c *Conn) queue(cmd *command, args [][]byte) {
	if c.multi.dirty {
		// It will abort anyway: keep no memory for it, as Redis does not.
		c.answer(func(r engine.Reply) { r.Status("QUEUED") })
		return
	}
	st := step{cmd: cmd, args: copyArgs(args)}
	c.multi.size += argsMemory(args)
	if int64(c.multi.size) > c.srv.lim.queryBuffer {
		c.srv.log.Warn("closing client that queued more than max query buffer length", "client", c.describe())
		c.srv.stats.queryLimit++
		c.closing, c.ended = true, true
		return
	}
	c.multi.steps = append(c.multi.steps, st)
	c.answer(func(r engine.Reply) { r.Status("QUEUED") })
}

// argsMemory is what a copy of arguments takes.
func argsMemory(args [][]byte) (n int) {
	for _, a := range args {
		n += len(a) + 24
	}
	return n
}

func copyArgs(args [][]byte) [][]byte {
	size := 0
	for _, a := range args {
		size += len(a)
	}
	buf := make([]byte, 0, size)
	kept := make([][]byte, len(args))
	for i, a := range args {
		start := len(buf)
		buf = append(buf, a...)
		kept[i] = buf[start:len(buf):len(buf)]
	}
	return kept
}

func cmdMulti(c *Conn, _ [][]byte, r engine.Reply) {
	if c.multi != nil {
		r.Err(errNested)
		return
	}
	c.multi = &multi{}
	r.OK()
}

func cmdDiscard(c *Conn, _ [][]byte, r engine.Reply) {
	if c.multi == nil {
		r.Err(errDiscardAlone)
		return
	}
	c.multi, c.watches = nil, watchList{}
	r.OK()
}

func cmdUnwatch(c *Conn, _ [][]byte, r engine.Reply) {
	c.watches = watchList{}
	r.OK()
}

// cmdWatch notes the applied index at which the keys were still unchanged. It is
// a read that never rides: with a ticket it waits alone, as all that follows
// depends on it.
func cmdWatch(c *Conn, args [][]byte, r engine.Reply) {
	if c.multi != nil {
		r.Err(errWatchInside)
		return
	}
	if c.srv.loading { // Redis allows it; here there is no log yet to watch
		r.Err(errLoading)
		return
	}
	ticket, now := c.srv.replica.Read()
	if now {
		watchKeys(c, args, r)
		return
	}
	// The answer comes from the FIFO, which is empty now: nothing was written
	// into r, and what is pushed is next.
	c.pushRead(slot{cmd: watchCommand, ticket: ticket}, args)
	c.srv.wait(ticket, c)
	c.stall(stallPending)
}

// watchCommand is WATCH when its ticket is ready.
var watchCommand = &command{name: "watch", run: watchKeys}

func watchKeys(c *Conn, args [][]byte, r engine.Reply) {
	index := c.srv.engine().Applied()
	for _, key := range args[1:] {
		if !c.watches.add(c.db, key, index) {
			r.Err("ERR too many watched keys")
			return
		}
	}
	r.OK()
}

// exec is a transaction under way.
type exec struct {
	steps   []step
	session bool // some steps are session commands, run by us in between
	writes  bool
	scripts bool // some steps run scripts
	judged  bool // some steps run scripts of a user who may not do everything
	data    bool // some steps are the engine's
	size    int  // as of multi
	tracks  bool // CLIENT TRACKING: the keys of its reads are to be noted
	merge   execReply
}

// cmdExec hands the queue over: to the batch if it writes or watches, else to
// the read path, where it sees one state.
func cmdExec(c *Conn, _ [][]byte, r engine.Reply) {
	m, s := c.multi, c.srv
	if m == nil {
		r.Err(errExecAlone)
		return
	}
	watches := c.watches.list
	c.multi, c.watches = nil, watchList{}
	if m.dirty {
		r.Err(errExecAbort)
		return
	}
	ex := &exec{steps: m.steps, size: m.size, tracks: c.tracks()}
	ex.resolve(c.db, s.lim.databases)
	for i := range ex.steps {
		st := &ex.steps[i]
		ex.judged = ex.judged || c.judgedInside(st.cmd)
		if st.cmd.row.Cat&engine.CatScripting != 0 {
			ex.scripts = true
			ex.writes = ex.writes || st.cmd.kind == kindRead && s.engine().Teaches(st.cmd.row, st.args)
		}
	}
	ex.writes = ex.writes || ex.judged
	if e := c.execRefused(ex); e != "" {
		r.Err(e)
		return
	}
	for i := range ex.steps {
		ex.steps[i].cmd.calls++
		if len(s.monitoring) > 0 {
			s.feed(c, ex.steps[i].cmd, ex.steps[i].db, ex.steps[i].args)
		}
		s.stats.commands++
	}
	if ex.writes || len(watches) > 0 {
		c.writeExec(ex, watches)
	} else {
		ticket, now := uint64(0), true
		if ex.data {
			ticket, now = s.replica.Read()
		}
		switch {
		case now && !ex.besides(s):
			ex.runReads(c, c.silent())
			return
		case now && ex.runShort(c, c.silent()):
			return
		case now:
			c.pend.push(slot{kind: slotBeside, cmd: c.last, silent: c.silent(), exec: ex, held: ex.size})
			c.runBeside(c.last, ex.steps)
			return
		}
		c.pushRead(slot{cmd: c.last, ticket: ticket, exec: ex, held: ex.size}, nil)
		s.wait(ticket, c)
	}
	if ex.session {
		// What follows may depend on them (SELECT).
		c.stall(stallPending)
	}
}

// execRefused: the state of the server may have changed since the commands were
// queued.
func (c *Conn) execRefused(ex *exec) engine.Error {
	for i := range ex.steps {
		e := c.refuses(ex.steps[i].cmd)
		if e == "" && c.user != nil {
			e = c.denied(ex.steps[i].cmd, ex.steps[i].args, "multi")
		}
		if e != "" {
			return errDiscarded + e
		}
	}
	return ""
}

// resolve gives every step its database and sees what kinds of steps there are.
func (ex *exec) resolve(db, databases int) {
	for i := range ex.steps {
		st := &ex.steps[i]
		st.db = db
		switch {
		case st.cmd.kind != kindSession:
			ex.data = true
			ex.writes = ex.writes || st.cmd.kind == kindWrite
		case st.cmd.name == "select":
			ex.session = true
			if n, e := parseDB(st.args[1]); e == "" && n < databases {
				db = n
			}
		default:
			ex.session = true
		}
	}
}

func (c *Conn) writeExec(ex *exec, watches []engine.Watch) {
	if plant.Is("watch-at-proposal") && c.srv.engine().Unchanged(watches) {
		watches = nil
	}
	b := c.srv.batch
	queued := c.srv.queued[:0]
	for i := range ex.steps {
		if st := &ex.steps[i]; st.cmd.kind != kindSession {
			queued = append(queued, engine.Queued{DB: st.db, Args: st.args})
		}
	}
	if ex.judged {
		b.enc.As(c.userName)
	}
	if ex.scripts && c.srv.full() {
		b.enc.Full()
	}
	b.enc.Exec(c.db, watches, queued)
	clear(queued)
	c.srv.queued = queued[:0]
	b.own(c, c.last, nil)
	if ex.session {
		b.execs = append(b.execs, ownedExec{b.enc.Len() - 1, ex})
	}
	c.pend.push(slot{kind: slotWrite, silent: c.silent(), db: int32(c.db), cmd: c.last, batch: b, exec: ex, held: ex.size})
}

// runReads runs a transaction that writes nothing, all of it at one state.
func (ex *exec) runReads(c *Conn, silent bool) {
	mark := c.out.Mark()
	c.out.Array(len(ex.steps))
	for i := range ex.steps {
		if st := &ex.steps[i]; st.cmd.kind == kindSession {
			c.inExec = true
			c.callSession(st.cmd, st.args, &c.out)
			c.inExec = false
		} else {
			c.srv.view(c, st.cmd, st.db, st.args, &c.out)
			if ex.tracks {
				c.srv.note(c, st.cmd, st.args)
			}
		}
	}
	if silent {
		c.out.Rollback(mark)
	}
}

// besides: a transaction that writes nothing may run beside the loop, all of it
// at one state.
func (ex *exec) besides(s *Server) bool {
	if s.background == nil || ex.session {
		return false
	}
	for i := range ex.steps {
		if !ex.steps[i].cmd.row.Besides() {
			return false
		}
	}
	return len(ex.steps) > 0
}

// execTimeMax is how long a transaction of reads may take in the loop.
const execTimeMax = time.Millisecond

// runShort is runReads of a transaction that may run beside. It returns false,
// with nothing answered, if that takes long.
func (ex *exec) runShort(c *Conn, silent bool) (done bool) {
	s, began, mark := c.srv, time.Duration(0), c.out.Mark()
	if s.clock != nil {
		began = s.clock()
	}
	c.out.Short(shortAnswer)
	c.out.Array(len(ex.steps))
	done = true
	for i := range ex.steps {
		st := &ex.steps[i]
		if i > 0 && s.clock != nil && s.clock()-began > execTimeMax {
			done = false
		}
		if done = done && c.viewShort(st.cmd, st.db, st.args); !done {
			break
		}
	}
	done = !c.out.EndShort() && done
	if !done || silent {
		c.out.Rollback(mark)
	}
	if done && ex.tracks {
		ex.note(c)
	}
	return done
}

// note remembers the keys that the transaction is about to read. That is before
// its own writes are told: it may be told of one too many (T2).
func (ex *exec) note(c *Conn) {
	for i := range ex.steps {
		c.srv.note(c, ex.steps[i].cmd, ex.steps[i].args)
	}
}

// reply is where the engine answers the transaction.
func (ex *exec) reply(c *Conn, silent bool) engine.Reply {
	var to engine.Reply = &c.out
	if silent {
		to = engine.Discard
	}
	if !ex.session {
		return to
	}
	ex.merge = execReply{Reply: to, ex: ex, conn: c}
	return &ex.merge
}

// execReply puts the answers of session commands between those that the engine
// gives. It counts the elements of nested replies to see where a step's ends.
type execReply struct {
	engine.Reply
	ex   *exec
	conn *Conn
	next int   // the step whose answer comes next
	open []int // elements still to come, per open aggregate; the first is EXEC's own
}

// element notes that a reply without elements was given.
func (x *execReply) element() {
	for len(x.open) > 0 {
		top := len(x.open) - 1
		x.open[top]--
		if top == 0 {
			x.next++
			x.session()
			return
		}
		if x.open[top] > 0 {
			return
		}
		x.open = x.open[:top]
	}
}

// aggregate notes that n elements follow.
func (x *execReply) aggregate(n int) {
	if n == 0 {
		x.element()
		return
	}
	x.open = append(x.open, n)
}

// session runs the session commands up to the next step of the engine.
func (x *execReply) session() {
	for ; x.next < len(x.ex.steps); x.next++ {
		st := &x.ex.steps[x.next]
		if st.cmd.kind != kindSession {
			return
		}
		if x.conn.closed && !st.cmd.publishes {
			continue // only what others hear is left to be done
		}
		x.conn.inExec = true
		x.conn.callSession(st.cmd, st.args, x.Reply)
		x.conn.inExec = false
	}
}

func (x *execReply) Array(n int) {
	if x.open != nil {
		x.Reply.Array(n)
		x.aggregate(n)
		return
	}
	x.Reply.Array(len(x.ex.steps))
	x.open = append(x.open, n)
	x.session()
}

func (x *execReply) OK()                              { x.Reply.OK(); x.element() }
func (x *execReply) Null()                            { x.Reply.Null(); x.element() }
func (x *execReply) NullArray()                       { x.Reply.NullArray(); x.element() }
func (x *execReply) Status(s string)                  { x.Reply.Status(s); x.element() }
func (x *execReply) Err(e engine.Error)               { x.Reply.Err(e); x.element() }
func (x *execReply) Int(n int64)                      { x.Reply.Int(n); x.element() }
func (x *execReply) Double(f float64)                 { x.Reply.Double(f); x.element() }
func (x *execReply) Bool(b bool)                      { x.Reply.Bool(b); x.element() }
func (x *execReply) Bulk(b []byte)                    { x.Reply.Bulk(b); x.element() }
func (x *execReply) BulkString(s string)              { x.Reply.BulkString(s); x.element() }
func (x *execReply) Verbatim(format string, b []byte) { x.Reply.Verbatim(format, b); x.element() }
func (x *execReply) Set(n int)                        { x.Reply.Set(n); x.aggregate(n) }
func (x *execReply) Map(n int)                        { x.Reply.Map(n); x.aggregate(2 * n) }
func (x *execReply) Push(n int)                       { x.Reply.Push(n); x.aggregate(n) }

package wire

// readSizeMax is the most one read of a connection takes in: fairness between
// connections, and the size of the shared read buffer.
const readSizeMax = 64 << 10

// bigReadSizeMax is the same while an argument of known large size arrives:
// fewer system calls, and still no copy that others would notice.
const bigReadSizeMax = 256 << 10

const (
	replySizeMin  = 4 << 10  // a reply buffer when it is made
	replySizeKept = 64 << 10 // what a peer may have taken of a reply before the rest is moved
	replySizeMax  = 1 << 20  // a larger buffer goes back to the collector
	repliesKept   = 8 << 20  // bytes of buffers waiting for the next turn
	argsKept      = 1 << 10  // argument slots kept between commands
)

// Limits bound what a peer may make us hold. They may be changed between two
// calls of Next.
type Limits struct {
	// BulkSizeMax is proto-max-bulk-len.
	BulkSizeMax int64
	// UnsentMax bounds the answers kept for one peer. One command can ask for a
	// terabyte: MGET with the same large key over and over.
	UnsentMax int
}

// DefaultLimits are those of redis.conf.
var DefaultLimits = Limits{BulkSizeMax: 512 << 20, UnsentMax: unsentMax}

// unsentMax has room for two values of the largest size.
const unsentMax = 1 << 30

// Scratch is what all connections of one loop share, so that an idle
// connection owns no buffer at all: the buffer reads go to, the argument slots
// of the command being executed, and reply buffers between turns. It belongs to
// the goroutine of the loop.
type Scratch struct {
	Limits Limits

	read    []byte
	holder  *Input // whose bytes lie in read; nil if nobody's
	args    [][]byte
	replies [][]byte
	kept    int // bytes of replies
	apart   bool
}

// NewScratch makes the shared part of one loop.
func NewScratch(limits Limits) *Scratch {
	return &Scratch{
		Limits: limits,
		// Beside a full read there is room for a parked tail in front of it.
		read: make([]byte, readSizeMax+parkedSizeMax),
		args: make([][]byte, 0, 64),
	}
}

// Apart is a Scratch with the same limits for a writer on another goroutine.
func (s *Scratch) Apart() *Scratch { return &Scratch{Limits: s.Limits, apart: true} }

// replyBuffer hands out an empty buffer.
func (s *Scratch) replyBuffer() []byte {
	if s != nil && len(s.replies) > 0 {
		last := len(s.replies) - 1
		b := s.replies[last]
		s.replies[last] = nil
		s.replies = s.replies[:last]
		s.kept -= cap(b)
		return b
	}
	return make([]byte, 0, replySizeMin)
}

func (s *Scratch) unsentMax() int {
	if s == nil || s.Limits.UnsentMax <= 0 {
		return unsentMax
	}
	return s.Limits.UnsentMax
}

// giveBack takes a buffer nobody looks at any more.
func (s *Scratch) giveBack(b []byte) {
	if s == nil || cap(b) > replySizeMax || cap(b) < replySizeMin || s.kept+cap(b) > repliesKept {
		return
	}
	s.kept += cap(b)
	s.replies = append(s.replies, b[:0])
}

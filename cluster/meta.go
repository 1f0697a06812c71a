package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Slots is the number of Redis Cluster's hash slots.
const Slots = 16384

// meta is the state machine of group 0: who is a member, where, and which
// members each group should have. It holds wishes, not procedures: member.go
// brings each group towards them. Like every state machine it depends on the
// log alone.
type meta struct{ metaState }

type metaState struct {
	ClusterID  string        `json:"cluster_id"`
	Feature    int           `json:"feature"` // entry kinds that every member understands
	MaxVoters  int           `json:"max_voters"`
	NextNumber uint64        `json:"next_number"` // numbers are raft ids and are never used twice
	Nodes      []NodeRecord  `json:"nodes"`       // by number
	Removed    []uint64      `json:"removed"`
	RemovedIDs []string      `json:"removed_ids"`
	Groups     []GroupRecord `json:"groups"` // by id
}

// NodeRecord is a member of the cluster.
type NodeRecord struct {
	Number   uint64 `json:"number"`
	ID       string `json:"id"`
	Addr     Addr   `json:"addr"`
	NonVoter bool   `json:"non_voter"` // an operator wants no vote for it
}

// GroupRecord is a group's slots and its wanted voters; all other nodes are
// wanted as learners.
type GroupRecord struct {
	ID        uint32   `json:"id"`
	FirstSlot int      `json:"first_slot"` // Slots for group 0, which has none
	LastSlot  int      `json:"last_slot"`
	Voters    []uint64 `json:"voters"`
}

// metaOp is one entry of group 0.
type metaOp struct {
	Kind      string `json:"kind"` // init, admit, addr, remove, voter, feature
	ClusterID string `json:"cluster_id,omitempty"`
	MaxVoters int    `json:"max_voters,omitempty"`
	Groups    uint32 `json:"groups,omitempty"`
	NodeID    string `json:"node_id,omitempty"`
	Addr      Addr   `json:"addr,omitzero"`
	NonVoter  bool   `json:"non_voter,omitempty"`
	Feature   int    `json:"feature,omitempty"`
}

const (
	metaVersion = 1
	featureNow  = 1
)

func newMeta() *meta { return &meta{} }

func encodeMetaOp(op metaOp) []byte {
	b, err := json.Marshal(op)
	if err != nil {
		panic(fmt.Sprintf("cluster: metadata entry: %v", err)) // strings and numbers only
	}
	return append([]byte{metaVersion}, b...)
}

// Apply implements StateMachine.
func (m *meta) Apply(run []Entry) error {
	for _, e := range run {
		if len(e.Data) == 0 {
			continue
		}
		var op metaOp
		if e.Data[0] != metaVersion {
			return fmt.Errorf("metadata entry %d: version %d is not known to this version of the program", e.Index, e.Data[0])
		}
		if err := json.Unmarshal(e.Data[1:], &op); err != nil {
			return fmt.Errorf("metadata entry %d: %w", e.Index, err)
		}
		number, err := m.apply(op)
		if errors.Is(err, errUnknownOp) {
			return fmt.Errorf("metadata entry %d: %w", e.Index, err)
		}
		if e.Own != nil {
			if c, ok := e.Own.Owner.(*metaCall); ok {
				c.done(number, err)
			}
		}
	}
	return nil
}

// metaCall waits for an entry of group 0.
type metaCall struct {
	done func(number uint64, err error)
}

func (c *metaCall) Failed(err error) { c.done(0, err) }

var errUnknownOp = errors.New("its kind is not known to this version of the program")

func (m *meta) apply(op metaOp) (number uint64, err error) {
	switch op.Kind {
	case "init":
		return m.init(op)
	case "admit":
		return m.admit(op)
	case "addr", "voter", "remove":
		return m.change(op)
	case "feature":
		m.Feature = max(m.Feature, op.Feature)
		return 0, nil
	}
	return 0, fmt.Errorf("%w: %q", errUnknownOp, op.Kind)
}

func (m *meta) init(op metaOp) (uint64, error) {
	if m.ClusterID != "" {
		return 1, nil
	}
	if op.Groups == 0 || op.Groups > Slots || op.MaxVoters < 1 {
		return 0, fmt.Errorf("%w: %d groups, %d voters", ErrRefused, op.Groups, op.MaxVoters)
	}
	m.ClusterID, m.MaxVoters, m.Feature, m.NextNumber = op.ClusterID, op.MaxVoters, featureNow, 2
	m.Nodes = []NodeRecord{{Number: 1, ID: op.NodeID, Addr: op.Addr}}
	m.Groups = []GroupRecord{{ID: 0, FirstSlot: Slots, LastSlot: Slots, Voters: []uint64{1}}}
	for i := range int(op.Groups) {
		m.Groups = append(m.Groups, GroupRecord{
			ID: uint32(i + 1), FirstSlot: i * Slots / int(op.Groups), LastSlot: (i+1)*Slots/int(op.Groups) - 1, Voters: []uint64{1},
		})
	}
	return 1, nil
}

// admit makes a node a member, or finds it among the members. A new node with
// the peers' address of an old one takes the old one's place: the address can
// have one owner only, so the old process is gone for good. The groups swap
// the two in one step once the new one has caught up; until then the old one
// keeps its votes.
func (m *meta) admit(op metaOp) (uint64, error) {
	if slices.Contains(m.RemovedIDs, op.NodeID) {
		return 0, fmt.Errorf("%w: the node was removed from the cluster", ErrRefused)
	}
	if r := m.byID(op.NodeID); r != nil {
		r.Addr = op.Addr
		return r.Number, nil
	}
	number := m.NextNumber
	m.NextNumber++
	nonVoter := op.NonVoter
	for _, r := range m.Nodes {
		if r.Addr.Bus() != op.Addr.Bus() {
			continue
		}
		nonVoter = nonVoter || r.NonVoter
		for i := range m.Groups {
			if j := slices.Index(m.Groups[i].Voters, r.Number); j >= 0 {
				m.Groups[i].Voters[j] = number
			}
		}
		m.drop(r.Number)
		break
	}
	m.Nodes = append(m.Nodes, NodeRecord{Number: number, ID: op.NodeID, Addr: op.Addr, NonVoter: nonVoter})
	m.fill()
	return number, nil
}

func (m *meta) change(op metaOp) (uint64, error) {
	r := m.byID(op.NodeID)
	if r == nil {
		return 0, ErrUnknownNode
	}
	number := r.Number
	switch {
	case op.Kind == "addr":
		r.Addr = op.Addr
	case op.Kind == "voter" && !op.NonVoter:
		r.NonVoter = false
		for i := range m.Groups {
			if g := &m.Groups[i]; !slices.Contains(g.Voters, number) {
				g.Voters = append(g.Voters, number)
				slices.Sort(g.Voters)
			}
		}
		m.fill() // a node that waited because of an even number need not any more
	case m.lastVoter(number):
		return 0, fmt.Errorf("%w: it is the last voter", ErrRefused)
	case op.Kind == "voter":
		r.NonVoter = true
		m.unvote(number)
		m.fill()
	default:
		m.unvote(number)
		m.drop(number)
		m.fill()
	}
	return number, nil
}

func (m *meta) lastVoter(number uint64) bool {
	for _, g := range m.Groups {
		if len(g.Voters) == 1 && g.Voters[0] == number {
			return true
		}
	}
	return false
}

func (m *meta) unvote(number uint64) {
	for i := range m.Groups {
		m.Groups[i].Voters = slices.DeleteFunc(m.Groups[i].Voters, func(v uint64) bool { return v == number })
	}
}

func (m *meta) drop(number uint64) {
	for _, r := range m.Nodes {
		if r.Number == number {
			m.Removed = append(m.Removed, number)
			m.RemovedIDs = append(m.RemovedIDs, r.ID)
		}
	}
	m.Nodes = slices.DeleteFunc(m.Nodes, func(r NodeRecord) bool { return r.Number == number })
}

// fill gives votes to waiting nodes, as far as the number of voters stays odd:
// an even number survives no more failures than the odd one below it, and with
// two voters of two the loss of either would stop the cluster. It takes no
// vote away.
func (m *meta) fill() {
	for i := range m.Groups {
		g := &m.Groups[i]
		var free []uint64
		for _, r := range m.Nodes {
			if !r.NonVoter && !slices.Contains(g.Voters, r.Number) {
				free = append(free, r.Number)
			}
		}
		want := min(len(g.Voters)+len(free), m.MaxVoters)
		if want%2 == 0 {
			want--
		}
		if add := want - len(g.Voters); add > 0 {
			g.Voters = append(g.Voters, free[:add]...)
			slices.Sort(g.Voters)
		}
	}
}

func (m *meta) byID(id string) *NodeRecord {
	for i := range m.Nodes {
		if m.Nodes[i].ID == id {
			return &m.Nodes[i]
		}
	}
	return nil
}

func (m *meta) isRemoved(number uint64) bool { return slices.Contains(m.Removed, number) }

func (m *meta) byNumber(number uint64) *NodeRecord {
	for i := range m.Nodes {
		if m.Nodes[i].Number == number {
			return &m.Nodes[i]
		}
	}
	return nil
}

// wanted returns a group's wanted voters.
func (m *meta) wanted(group uint32) []uint64 {
	for _, g := range m.Groups {
		if g.ID == group {
			return g.Voters
		}
	}
	return nil
}

// Deadline implements StateMachine: nothing in group 0 expires.
func (m *meta) Deadline() (int64, bool) { return 0, false }

// Snapshot implements StateMachine.
func (m *meta) Snapshot() (Snapshot, error) {
	b, err := json.Marshal(m.metaState)
	if err != nil {
		return nil, fmt.Errorf("metadata: %w", err)
	}
	return metaSnapshot(append([]byte{metaVersion}, b...)), nil
}

type metaSnapshot []byte

func (s metaSnapshot) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(s)
	return int64(n), err
}
func (s metaSnapshot) Release() {}

// The metadata of a thousand nodes are well below this.
const metaSnapshotMax = 64 << 20

// Restore implements StateMachine.
func (m *meta) Restore(r io.Reader) (func(), error) {
	b, err := io.ReadAll(io.LimitReader(r, metaSnapshotMax+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("metadata snapshot: %w", err)
	case len(b) == 0 || len(b) > metaSnapshotMax:
		return nil, fmt.Errorf("metadata snapshot of %d bytes", len(b))
	case b[0] != metaVersion:
		return nil, fmt.Errorf("metadata snapshot: version %d is not known to this version of the program", b[0])
	}
	var s metaState
	if err := json.Unmarshal(b[1:], &s); err != nil {
		return nil, fmt.Errorf("metadata snapshot: %w", err)
	}
	return func() { m.metaState = s }, nil
}

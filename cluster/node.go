package cluster

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	pb "go.etcd.io/raft/v3/raftpb"

	"github.com/laurocaetano/foxtail/cluster/wal"

	"github.com/laurocaetano/foxtail/cluster/plant"
)

// Node is a member of a cluster: a passive state machine of turns. One
// goroutine, the loop, calls all of its methods; what it does slowly (writing
// and reading snapshots, dialling) goes through the functions in Config, which
// come back on the loop.
type Node struct {
	cfg Config
	identity
	incarnation uint64 // of this process
	remembered  []string
	forgot      bool // removed, and the record of the others with it

	log     *wal.Log
	snaps   *wal.SnapStore
	damaged []error  // snapshots found so when the disk was opened
	groups  []*group // by number; empty until the node is a member
	meta    *meta    // group 0's state

	peers     map[uint64]*peer
	order     []uint64           // of peers, so that nothing depends on a map's order
	metaAddr  map[uint64]Addr    // what group 0 said of a peer's address
	strangers map[*Link]struct{} // accepted, not proven
	accepts   uint64
	inbound   map[*Link]struct{} // accepted and proven

	now     Instant
	sent    uint64 // raft messages to peers
	castSeq uint64 // number of the last broadcast

	castDropped uint64 // broadcasts that a peer did not get

	ticks, ticksBefore uint64 // ticksBefore: at the tick before
	lastTick           time.Duration
	ticking            bool
	muteTicks          int
	laters             []func()
	updates            []wal.Update
	fatal              error
	stopping           bool

	announcing bool // the entry with this node's address is under way

	noSpace bool
	spaceAt time.Duration // when to try again

	writing   bool     // a big append, or a slow sync, is under way in Background
	unwritten []func() // to be run when it has ended
	syncing   bool     // in Background
	syncedAt  time.Duration

	pace pace

	loggedBytes uint64 // written to the log by the last tick
}

// identity says who the node is. It is kept beside the log.
type identity struct {
	NodeID    string          `json:"node_id"` // 40 hex digits, for ever
	Number    uint64          `json:"number"`  // its raft id in all groups; 0: not a member yet
	ClusterID string          `json:"cluster_id"`
	Secret    string          `json:"secret"` // hex; proves membership on the peers' port
	Groups    uint32          `json:"groups"` // data groups
	Peers     map[uint64]Addr `json:"peers"`  // last known addresses

	Quarantined *DivergedError `json:"quarantined,omitempty"` // the state here must not be served
}

// Open makes a node of what its directory holds: a member, or, where there is
// nothing, the first member of a new cluster; with Config.Join, or if a node in
// memory remembers other members, a node that waits for Adopt.
func Open(cfg Config) (*Node, error) {
	if err := cfg.setDefaults(); err != nil {
		return nil, err
	}
	n := &Node{
		cfg: cfg, incarnation: cfg.Rand.Uint64() | 1, meta: newMeta(),
		peers: map[uint64]*peer{}, metaAddr: map[uint64]Addr{}, strangers: map[*Link]struct{}{}, inbound: map[*Link]struct{}{},
	}
	if err := n.openDisk(); err != nil {
		return nil, err
	}
	if err := n.open(); err != nil {
		_ = n.log.Close() // the error that matters is the first
		return nil, err
	}
	return n, nil
}

func (n *Node) openDisk() (err error) {
	if n.cfg.InMemory {
		n.log = wal.OpenMemory()
		n.snaps, _, err = wal.OpenSnaps(wal.NewMemFS(), "snapshots", n.cfg.Rand.Uint64)
		return err
	}
	opt := n.cfg.WAL
	opt.Rand = n.cfg.Rand.Uint64
	if n.log, _, err = wal.Open(n.cfg.FS, n.cfg.Dir, opt); err != nil {
		return err
	}
	if n.snaps, n.damaged, err = wal.OpenSnaps(n.cfg.FS, n.cfg.Dir, n.cfg.Rand.Uint64); err != nil {
		_ = n.log.Close() // the error that matters is the first
		return err
	}
	for _, d := range n.damaged {
		n.cfg.Log.Error("damaged snapshot", "err", d)
	}
	return nil
}

func (n *Node) open() error {
	err := n.loadIdentity()
	switch {
	case err != nil:
		return err
	case n.Quarantined != nil && n.cfg.StateCheck > 0:
		return n.Quarantined
	case n.Quarantined != nil:
		n.cfg.Log.Warn("this node was quarantined, and serves all the same as states are not compared", "reason", n.Quarantined)
		n.Quarantined = nil
		if err := n.saveIdentity(); err != nil {
			return err
		}
		return n.start(true)
	case n.Number != 0:
		return n.start(true)
	case n.NodeID == "":
		n.NodeID = randomHex(n.cfg.Rand, 20)
	}
	if n.cfg.Dir != "" {
		members, err := recall(n.cfg.FS, n.cfg.Dir, n.cfg.Announce)
		if err != nil {
			return fmt.Errorf("cluster: members of the last life: %w", err)
		}
		for _, a := range members {
			n.remembered = append(n.remembered, a.Client())
		}
	}
	if n.cfg.Join != "" || len(n.remembered) > 0 {
		return n.saveIdentity()
	}
	n.Number, n.Groups = 1, n.cfg.Groups
	n.ClusterID, n.Secret = randomHex(n.cfg.Rand, 20), randomHex(n.cfg.Rand, 32)
	if err := n.bootstrap(); err != nil {
		return err
	}
	return n.start(false)
}

// The identity is a version byte and JSON, in the log's own checked record.
const identityVersion = 1

func (n *Node) loadIdentity() error {
	b := n.log.Meta(wal.NodeMeta)
	if len(b) == 0 {
		return nil
	}
	if b[0] != identityVersion {
		return fmt.Errorf("cluster: identity of version %d is not known to this version of the program", b[0])
	}
	if err := json.Unmarshal(b[1:], &n.identity); err != nil {
		return fmt.Errorf("cluster: identity: %w", err)
	}
	return nil
}

func (n *Node) saveIdentity() error {
	b, err := json.Marshal(n.identity)
	if err != nil {
		return fmt.Errorf("cluster: identity: %w", err)
	}
	if err := n.log.SetMeta(wal.NodeMeta, append([]byte{identityVersion}, b...)); err != nil {
		return fmt.Errorf("cluster: identity: %w", err)
	}
	if err := n.log.Sync(); err != nil {
		return fmt.Errorf("cluster: identity: %w", err)
	}
	if err := n.remember(); err != nil {
		return fmt.Errorf("cluster: members: %w", err)
	}
	return nil
}

func randomHex(r *rand.Rand, bytes int) string {
	b := make([]byte, bytes)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return hex.EncodeToString(b)
}

// bootstrapIndex is where the log of a new cluster begins: behind an empty
// state whose only voter is the first node. That this entry is in no log makes
// every later member begin with a snapshot.
const bootstrapIndex = 1

func (n *Node) bootstrap() error {
	index, term := uint64(bootstrapIndex), uint64(1)
	var ups []wal.Update
	for id := uint32(0); id <= n.Groups; id++ {
		ups = append(ups, wal.Update{
			Group:     id,
			Snapshot:  &pb.SnapshotMetadata{Index: &index, Term: &term, ConfState: &pb.ConfState{Voters: []uint64{n.Number}}},
			HardState: &pb.HardState{Term: &term, Vote: new(uint64), Commit: &index},
		})
	}
	if err := n.log.Append(ups); err != nil {
		return fmt.Errorf("cluster: bootstrap: %w", err)
	}
	return n.saveIdentity() // last, and synced: without it the directory counts as empty
}

// start makes the groups of what the disk holds. A node with a past is mute at
// first (I4).
func (n *Node) start(restarted bool) error {
	for id := uint32(0); id <= n.Groups; id++ {
		var sm StateMachine = n.meta
		if id != 0 {
			sm = n.cfg.NewStateMachine(id)
		}
		m, lastMs, err := n.restoreGroup(id, sm)
		if err != nil {
			return err
		}
		g, err := newGroup(n, id, n.log.Storage(id), sm, m)
		if err != nil {
			return err
		}
		g.lastMs = lastMs
		n.groups = append(n.groups, g)
	}
	if restarted && !plant.Is("vote-forgotten") {
		n.muteTicks = n.cfg.ElectionTicks
	}
	n.setPeers()
	return n.fatal
}

func (n *Node) group(id uint32) *group {
	if int64(id) < int64(len(n.groups)) {
		return n.groups[id]
	}
	return nil
}

// Flush writes what the links still hold.
func (n *Node) Flush() { n.flushLinks() }

// Close gives up links and disk. The node must not be used any more.
func (n *Node) Close() error {
	n.fail(ErrStopped)
	for _, number := range n.order {
		n.peers[number].close()
	}
	for l := range n.inbound {
		l.close(nil)
	}
	for l := range n.strangers {
		l.close(nil)
	}
	return n.log.Close()
}

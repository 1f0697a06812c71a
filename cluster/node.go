package cluster

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"time"

	pb "go.etcd.io/raft/v3/raftpb"
)

// Node is a member of a cluster: a passive state machine of turns. One
// goroutine, the loop, calls all of its methods; what it does slowly (writing
// and reading snapshots, dialling) goes through the functions in Config, which
// come back on the loop.
type Node struct {
	cfg Config
	identity
	incarnation uint64 // of this process

	store  store
	groups []*group // by number; empty until the node is a member
	meta   *meta    // group 0's state
	peers  map[uint64]*peer

	now       Instant
	lastTick  time.Duration
	ticking   bool
	muteTicks int
	laters    []func()
	updates   []update
	fatal     error
	stopping  bool

	noSpace bool
	spaceAt time.Duration // when to try again
}

// identity says who the node is. It is kept beside the log.
type identity struct {
	NodeID    string          `json:"node_id"` // 40 hex digits, for ever
	Number    uint64          `json:"number"`  // its raft id in all groups; 0: not a member yet
	ClusterID string          `json:"cluster_id"`
	Secret    string          `json:"secret"` // hex; proves membership on the peers' port
	Groups    uint32          `json:"groups"` // data groups
	Peers     map[uint64]Addr `json:"peers"`  // last known addresses
}

// Open makes a node of what its directory holds: a member, or, where there is
// nothing, the first member of a new cluster; with Config.Join a node that
// waits for Adopt.
func Open(cfg Config) (*Node, error) {
	if err := cfg.setDefaults(); err != nil {
		return nil, err
	}
	n := &Node{cfg: cfg, incarnation: cfg.Rand.Uint64() | 1, peers: map[uint64]*peer{}, meta: newMeta()}
	n.store = newMemStore()
	n.NodeID = randomHex(cfg.Rand, 20)
	if cfg.Join != "" {
		return n, nil
	}
	n.Number, n.Groups = 1, cfg.Groups
	n.ClusterID, n.Secret = randomHex(cfg.Rand, 20), randomHex(cfg.Rand, 32)
	if err := n.bootstrap(); err != nil {
		return nil, err
	}
	return n, n.start(false)
}

func randomHex(r *rand.Rand, bytes int) string {
	b := make([]byte, bytes)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return hex.EncodeToString(b)
}

// bootstrap writes the first log of each group: an empty snapshot whose only
// voter is this node. That entry 1 is in no log makes every later member begin
// with a snapshot.
func (n *Node) bootstrap() error {
	one := uint64(1)
	for id := uint32(0); id <= n.Groups; id++ {
		snap := &pb.Snapshot{Data: snapshotHeader(0), Metadata: &pb.SnapshotMetadata{
			Index: &one, Term: &one, ConfState: &pb.ConfState{Voters: []uint64{n.Number}},
		}}
		err := n.store.append([]update{{group: id, snapshot: snap, hardState: &pb.HardState{Term: &one, Vote: new(uint64), Commit: &one}}})
		if err != nil {
			return fmt.Errorf("cluster: bootstrap: %w", err)
		}
	}
	return n.store.sync()
}

// start makes the groups of what the store holds. A voter with a past is mute
// at first (I4), unless nobody else has a vote.
func (n *Node) start(restarted bool) error {
	for id := uint32(0); id <= n.Groups; id++ {
		var sm StateMachine = n.meta
		if id != 0 {
			sm = n.cfg.NewStateMachine(id)
		}
		applied, err := n.restoreGroup(id, sm)
		if err != nil {
			return err
		}
		g, err := newGroup(n, id, n.store.storage(id), sm, applied)
		if err != nil {
			return err
		}
		n.groups = append(n.groups, g)
	}
	for _, g := range n.groups {
		if restarted && g.isVoter() && !g.alone() {
			n.muteTicks = n.cfg.ElectionTicks
		}
	}
	for _, g := range n.groups {
		if g.alone() {
			g.campaign()
		}
	}
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

// Close gives up the disk. The node must not be used any more.
func (n *Node) Close() error {
	for _, p := range n.peers {
		p.close()
	}
	return n.store.close()
}

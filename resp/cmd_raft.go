package resp

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

var raftHandlers = map[string]handler{
	"raft|help": cmdRaftHelp, "raft|info": cmdRaftInfo, "raft|leader": cmdRaftLeader, "raft|server": cmdRaftServer,
	"raft|snapshot": cmdRaftSnapshot, "raft|transfer": cmdRaftTransfer,
	"foxtail|groups": cmdFoxtailGroups, "foxtail|help": cmdFoxtailHelp, "foxtail|join": cmdFoxtailJoin,
	"foxtail|nodes": cmdFoxtailNodes, "foxtail|version": cmdFoxtailVersion,
}

func (m *MemberStatus) addr() string { return net.JoinHostPort(m.Host, strconv.Itoa(m.Port)) }

// cmdRaftLeader answers the client address of the leader, null if there is none.
func cmdRaftLeader(c *Conn, _ [][]byte, r engine.Reply) {
	st := c.srv.replica.Status()
	g := st.group(1)
	if m := g.member(g.Leader); m != nil {
		r.BulkString(m.addr())
		return
	}
	r.Null()
}

// raftInfo is name and value, in order.
func (st *Status) raftInfo() [][2]string {
	g := st.group(1)
	leader := ""
	if m := g.member(g.Leader); m != nil {
		leader = m.addr()
	}
	info := [][2]string{
		{"raft_node_id", st.NodeID},
		{"raft_role", g.Role},
		{"raft_term", fmt.Sprint(g.Term)},
		{"raft_leader", leader},
		{"raft_commit_index", fmt.Sprint(g.Commit)},
		{"raft_applied_index", fmt.Sprint(g.Applied)},
		{"raft_first_index", fmt.Sprint(g.FirstIndex)},
		{"raft_last_index", fmt.Sprint(g.LastIndex)},
		{"raft_groups", fmt.Sprint(len(st.Groups))},
		{"raft_log_bytes", fmt.Sprint(st.LogBytes)},
		{"raft_peers", fmt.Sprint(max(len(g.Members)-1, 0))},
	}
	if st.Fsyncs > 0 {
		info = append(info, [2]string{"raft_fsyncs", fmt.Sprint(st.Fsyncs)}, [2]string{"raft_fsync_usec", fmt.Sprint(st.FsyncUsec)},
			[2]string{"raft_fsync_mean_usec", fmt.Sprint(st.SyncMean.Microseconds())}, [2]string{"raft_fsync_worst_usec", fmt.Sprint(st.SyncWorst.Microseconds())}, [2]string{"raft_disk_slow", fmt.Sprint(b2i(st.DiskSlow))})
	}
	info = append(info, [2]string{"raft_state_checks", fmt.Sprint(g.StateChecks)}, [2]string{"raft_state_check_index", fmt.Sprint(g.StateCheckIndex)})
	if len(g.StateDiffers) > 0 {
		info = append(info, [2]string{"raft_state_differs", g.memberIDs(g.StateDiffers)})
	}
	voters, n := 0, 0
	for i := range g.Members {
		m := &g.Members[i]
		if m.Voter {
			voters++
		}
		if m.Number == st.Number {
			continue
		}
		// Only the leader knows how far the others are.
		lag := "unknown"
		if g.Role == "leader" {
			lag = fmt.Sprint(m.Lag)
		}
		info = append(info, [2]string{fmt.Sprintf("raft_peer%d", n),
			fmt.Sprintf("id=%s,addr=%s,role=%s,active=%d,match=%d,lag=%s,fsync_mean_usec=%d", m.ID, m.addr(), memberRole(g, m), b2i(m.Active), m.Match, lag, m.SyncMean.Microseconds())})
		n++
	}
	return append(info, [2]string{"raft_voters", fmt.Sprint(voters)})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func memberRole(g *GroupStatus, m *MemberStatus) string {
	switch {
	case m.Number == g.Leader:
		return "leader"
	case m.Voter:
		return "follower"
	}
	return "learner"
}

// cmdRaftInfo answers names and values that match the pattern.
func cmdRaftInfo(c *Conn, args [][]byte, r engine.Reply) {
	pattern := []byte("*")
	if len(args) > 3 {
		r.Err("ERR wrong number of arguments for 'raft|info' command")
		return
	}
	if len(args) == 3 {
		pattern = args[2]
	}
	st := c.srv.replica.Status()
	var found [][2]string
	for _, kv := range st.raftInfo() {
		if engine.Match(pattern, []byte(kv[0])) {
			found = append(found, kv)
		}
	}
	r.Map(len(found))
	for _, kv := range found {
		r.BulkString(kv[0])
		r.BulkString(kv[1])
	}
}

// cmdRaftServer lists the members itself and hands the rest to the cluster.
func cmdRaftServer(c *Conn, args [][]byte, r engine.Reply) {
	n := len(args)
	switch op := strings.ToLower(string(clip(args[2]))); {
	case op == "list" && n == 3:
		c.replyMembers(r)
	case op == "add" && (n == 5 || n == 6 && engine.EqualFold(args[5], "nonvoter")), (op == "remove" || op == "promote" || op == "demote") && n == 4:
		c.admin(args)
	case op == "list" || op == "add" || op == "remove" || op == "promote" || op == "demote":
		r.Err("ERR wrong number of arguments for 'raft|server' command")
	default:
		r.Err(engine.Error(fmt.Sprintf("ERR unknown operation '%s'. Try RAFT HELP.", clip(args[2]))))
	}
}

func (c *Conn) replyMembers(r engine.Reply) {
	st := c.srv.replica.Status()
	g := st.group(1)
	r.Array(len(g.Members))
	for i := range g.Members {
		m := &g.Members[i]
		pairs := [][2]string{
			{"id", m.ID}, {"address", m.addr()}, {"leader", fmt.Sprint(m.Number == g.Leader)},
			{"role", memberRole(g, m)}, {"active", fmt.Sprint(m.Active)}, {"match", fmt.Sprint(m.Match)},
		}
		r.Map(len(pairs))
		for _, kv := range pairs {
			r.BulkString(kv[0])
			r.BulkString(kv[1])
		}
	}
}

func cmdRaftSnapshot(c *Conn, args [][]byte, r engine.Reply) {
	if len(args) != 3 || !engine.EqualFold(args[2], "now") && !engine.EqualFold(args[2], "list") {
		r.Err("ERR RAFT SNAPSHOT takes NOW or LIST")
		return
	}
	c.admin(args)
}

func cmdRaftTransfer(c *Conn, args [][]byte, r engine.Reply) {
	if len(args) > 3 {
		r.Err("ERR wrong number of arguments for 'raft|transfer' command")
		return
	}
	c.admin(args)
}

func cmdRaftHelp(_ *Conn, _ [][]byte, r engine.Reply) {
	replyHelp(r, "RAFT",
		"LEADER", "    Return the client address of the leader.",
		"INFO [<pattern>]", "    Return the state of Raft on this node.",
		"SERVER LIST", "    List the members.",
		"SERVER ADD <id> <address> [NONVOTER]", "    Add a member that was started with --join.",
		"SERVER REMOVE <id>", "    Remove a member. Its id is never used again.",
		"SERVER PROMOTE <id>", "    Make a learner a voter.",
		"SERVER DEMOTE <id>", "    Make a voter a learner.",
		"TRANSFER [<id>]", "    Hand leadership to a member, or to the best one.",
		"SNAPSHOT NOW", "    Write a snapshot and shorten the log.",
		"SNAPSHOT LIST", "    List the snapshots on this node.")
}

func cmdFoxtailVersion(c *Conn, _ [][]byte, r engine.Reply) { r.BulkString(c.srv.version) }

// cmdFoxtailJoin is sent by a starting node, and answered by the cluster.
func cmdFoxtailJoin(c *Conn, args [][]byte, _ engine.Reply) { c.admin(args) }

func cmdFoxtailNodes(c *Conn, _ [][]byte, r engine.Reply) { c.replyMembers(r) }

func cmdFoxtailGroups(c *Conn, _ [][]byte, r engine.Reply) {
	st := c.srv.replica.Status()
	r.Array(len(st.Groups))
	for i := range st.Groups {
		g := &st.Groups[i]
		r.Map(6)
		for _, kv := range [][2]string{{"group", fmt.Sprint(g.Group)}, {"role", g.Role}, {"term", fmt.Sprint(g.Term)},
			{"leader", fmt.Sprint(g.Leader)}, {"commit", fmt.Sprint(g.Commit)}, {"applied", fmt.Sprint(g.Applied)}} {
			r.BulkString(kv[0])
			r.BulkString(kv[1])
		}
	}
}

func cmdFoxtailHelp(_ *Conn, _ [][]byte, r engine.Reply) {
	replyHelp(r, "FOXTAIL",
		"VERSION", "    Return the version of Foxtail.",
		"NODES", "    List the members of the cluster.",
		"GROUPS", "    List the Raft groups of this node.",
		"JOIN ...", "    Sent by a node that starts with --join.")
}

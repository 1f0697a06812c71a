package node

import (
	"errors"
	"strconv"
	"strings"

	"github.com/laurocaetano/foxtail/cluster"
	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp"
)

// Admin implements resp.Replica.
func (r replica) Admin(args [][]byte, done func(resp.AdminResult)) {
	db, words := r.Core, make([]string, len(args))
	for i, a := range args {
		words[i] = string(a)
	}
	told := func(err error) {
		if err != nil {
			done(resp.AdminResult{Err: adminError(err)})
			return
		}
		done(resp.AdminResult{})
	}
	if db.node == nil && !isAdmin(words, "shutdown") {
		done(resp.AdminResult{Err: "LOADING Redis is loading the dataset in memory"})
		return
	}
	switch {
	case isAdmin(words, "foxtail join", 1):
		db.admit(words[2], done)
	case isAdmin(words, "raft server add", 2), isAdmin(words, "raft server add", 3):
		db.addServer(words[3:], told)
	case isAdmin(words, "raft server remove", 1):
		db.node.RemoveMember(words[3], told)
	case isAdmin(words, "raft server promote", 1):
		db.node.Promote(words[3], told)
	case isAdmin(words, "raft server demote", 1):
		db.node.Demote(words[3], told)
	case isAdmin(words, "raft transfer"):
		db.node.Transfer(dataGroup, "", told)
	case isAdmin(words, "raft transfer", 1):
		db.node.Transfer(dataGroup, words[2], told)
	case isAdmin(words, "raft snapshot now"):
		db.node.Snapshot(dataGroup, told)
	case isAdmin(words, "debug reload"):
		told(db.machine.reload())
	case isAdmin(words, "debug clock-offset", 1):
		told(db.setClockOffset(words[2]))
	case isAdmin(words, "shutdown"):
		db.shutdown("SHUTDOWN")
		done(resp.AdminResult{})
	default:
		done(resp.AdminResult{Err: "ERR wrong number of arguments for this command"})
	}
}

// isAdmin says whether words begin with the command and have that many more.
func isAdmin(words []string, command string, more ...int) bool {
	want := strings.Fields(command)
	if len(words) < len(want) || len(more) > 0 && len(words) != len(want)+more[0] || len(more) == 0 && len(words) != len(want) {
		return false
	}
	return strings.EqualFold(strings.Join(words[:len(want)], " "), command)
}

// setClockOffset moves the wall clock, as far as this node is concerned.
func (db *Core) setClockOffset(ms string) error {
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil || max(n, -n) > maxClockOffsetMs {
		return errors.New("value is not an integer or out of range")
	}
	db.clockOffset = n
	return nil
}

const maxClockOffsetMs = 100 * 365 * 24 * 3600 * 1000

// addServer admits a node that will be started.
func (db *Core) addServer(words []string, told func(error)) {
	req := cluster.JoinRequest{NodeID: words[0]}
	if len(words) == 3 {
		if !strings.EqualFold(words[2], "nonvoter") {
			told(errors.New("syntax error"))
			return
		}
		req.NonVoter = true
	}
	var err error
	if req.Addr, err = cluster.ParseAddr(words[1]); err != nil {
		told(err)
		return
	}
	db.node.Admit(req, func(_ cluster.JoinTicket, err error) { told(err) })
}

// adminError is what an operator is told: what may have happened is no failure.
func adminError(err error) engine.Error {
	if errors.Is(err, cluster.ErrUncertain) {
		return "UNCERTAIN the change may have been applied"
	}
	return engine.Error("ERR " + err.Error())
}

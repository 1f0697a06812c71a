package resp

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

// userImport is how aclfile comes into a cluster in which no user was ever
// changed: the node counts as loading until that is settled, by its own file or
// by that of another node that was faster.
type userImport struct {
	lines    []string
	pending  bool // the state is loaded, the users are not
	proposed bool
}

// aclPath is where aclfile lies; "" if there is none.
func (s *Server) aclPath() string {
	path := s.cfg.Str("aclfile")
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.cfg.Str("dir"), path)
}

// readACLFile returns the descriptions of the users in aclfile.
func (s *Server) readACLFile() (lines []string, err error) {
	const unchanged = "WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
	path, seen := s.aclPath(), map[string]bool{}
	text, err := os.ReadFile(path)
	if err != nil {
		var at *fs.PathError
		if errors.As(err, &at) {
			err = at.Err
		}
		return nil, fmt.Errorf("Error loading ACLs, opening file '%s': %w", path, err)
	}
	for i, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		u, fault := engine.ParseACLUser(line, s.knownRule)
		if fault != "" {
			reason := strings.TrimPrefix(string(fault), "ERR ")
			if _, after, found := strings.Cut(reason, "': "); found { // which modifier it was
				reason = after
			}
			return nil, fmt.Errorf("%s:%d: %s. %s", path, i+1, reason, unchanged)
		}
		if seen[u.Name] {
			return nil, fmt.Errorf("WARNING: Duplicate user '%s' found on line %d. %s", u.Name, i+1, unchanged)
		}
		seen[u.Name] = true
		lines = append(lines, u.Describe())
	}
	return lines, nil
}

// SetLoading: while the state is being restored, data commands answer -LOADING.
// When it is, those who came before the users were known are judged by them.
func (s *Server) SetLoading(on bool) {
	if !on && s.aclPath() != "" {
		if s.engine().UsersChanged() == 0 {
			s.imports.pending = true
			return
		}
		s.compareACLFile()
	}
	s.imports.pending = false
	if s.loading && !on {
		s.expelStrangers()
	}
	s.loading = on
}

// upToDate is how a node that has restored its own state learns of users that
// were changed while it was away, or before it joined: by a read, like any that
// must see all that was acknowledged.
type upToDate struct {
	ticket uint64 // of the read under way; 0: none
	done   bool
}

func (s *Server) catchUp() {
	u := &s.upToDate
	if s.loading || u.done || u.ticket != 0 || s.now.Mono < s.quietTill {
		return
	}
	switch u.ticket, u.done = s.replica.Read(); {
	case u.done:
		s.expelStrangers()
	case u.ticket == 0: // there is no group to read from yet
		s.quietTill = s.now.Mono + upkeepPause
	}
}

// caughtUp ends the read, if a ticket is for it.
func (s *Server) caughtUp(ticket uint64, failed bool) {
	u := &s.upToDate
	if u.done || u.ticket == 0 || u.ticket > ticket {
		return
	}
	if u.ticket, u.done = 0, !failed; failed {
		s.quietTill = s.now.Mono + upkeepPause
		return
	}
	s.expelStrangers()
}

// expelStrangers cuts off who was let in without a password by users that are
// not the cluster's any more.
func (s *Server) expelStrangers() {
	s.followUsers()
	if s.openToAll() {
		return
	}
	for _, c := range slices.Clone(s.order) {
		if !c.closed && c.authed && !c.loggedIn {
			c.kill() // whatever it listens to
		}
	}
}

// compareACLFile says where the cluster's users are not those of the file.
func (s *Server) compareACLFile() {
	var now []string
	for _, u := range s.engine().Users() {
		now = append(now, u.Describe())
	}
	file := slices.Sorted(slices.Values(s.imports.lines))
	slices.Sort(now)
	if !slices.Equal(now, file) {
		s.log.Warn("the users are those of the cluster, and aclfile has others: ACL LOAD would put the file's in force, ACL SAVE write the cluster's to it", "aclfile", s.aclPath())
	}
}

// importUsers proposes the file's users, and ends the loading when the cluster
// has users.
func (s *Server) importUsers() {
	i := &s.imports
	switch {
	case !i.pending:
	case s.engine().UsersChanged() != 0:
		s.SetLoading(false)
	case !i.proposed && s.now.Mono >= s.quietTill:
		i.proposed = true
		s.batch.enc.ImportUsers(i.lines)
		s.batch.ops = append(s.batch.ops, op{cmd: upkeepCommand, argsAt: -1, imports: true})
	}
}

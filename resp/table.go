package resp

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

// handler runs a session command. It must answer exactly once.
type handler func(c *Conn, args [][]byte, r engine.Reply)

// command is a row of either table as the session runs it, with its statistics.
type command struct {
	row  *engine.Command
	name string // "get", "config|set"
	kind commandKind
	subs map[string]*command

	nested bool // a subcommand

	run handler // kindSession
	// light: depends on nothing that earlier requests of the connection may
	// still change, so that it need not wait for their answers.
	light bool
	// listens: allowed on a RESP2 connection that has subscriptions.
	listens bool
	// pushes: the handler pushes what it has to say and answers nothing.
	pushes bool
	// publishes: what it does is heard by others than its caller.
	publishes bool
	// cheap: of small constant cost, so only a sample of its calls is timed, unless
	// the slow log is to have quick commands, too.
	cheap bool

	calls, rejected, failed uint64
	runs                    uint64 // to choose the sample
	timedCalls, timedNs     uint64
	latency                 histogram
}

type commandKind uint8

const (
	kindSession commandKind = iota
	kindRead
	kindWrite
)

// table finds commands by name, those of the engine and those of the session.
type table struct {
	byName map[string]*command
	list   []*command // without subcommands, by name
}

const commandNameMax = 32

// newTable refuses a name that is taken twice.
func newTable() (*table, error) {
	t := &table{byName: map[string]*command{}}
	for _, row := range engine.Commands() {
		if err := t.add(row, nil); err != nil {
			return nil, err
		}
	}
	for _, family := range sessionFamilies() {
		for i := range family.rows {
			if err := t.add(&family.rows[i], family.handlers); err != nil {
				return nil, err
			}
		}
	}
	sort.Slice(t.list, func(i, j int) bool { return t.list[i].name < t.list[j].name })
	return t, nil
}

func (t *table) add(row *engine.Command, handlers map[string]handler) error {
	if other := t.byName[row.Name]; other != nil {
		if other.subs == nil || row.Sub == nil {
			return fmt.Errorf("command %s has two rows", row.Name)
		}
		return other.merge(row, handlers)
	}
	c, err := newCommand(row, row.Name, handlers)
	if err != nil {
		return err
	}
	t.byName[row.Name] = c
	t.list = append(t.list, c)
	return nil
}

// merge adds the session's subcommands to a container of the engine's: MEMORY
// USAGE is a read of the data, MEMORY HELP is not.
func (c *command) merge(row *engine.Command, handlers map[string]handler) error {
	joined := *c.row
	joined.Sub = slices.Clone(c.row.Sub)
	for i := range row.Sub {
		sub := &row.Sub[i]
		if c.subs[sub.Name] != nil {
			continue // the engine's own HELP, say
		}
		sub.Parent = c.row
		s, err := newCommand(sub, c.name+"|"+sub.Name, handlers)
		if err != nil {
			return err
		}
		c.subs[sub.Name] = s
		joined.Sub = append(joined.Sub, *sub)
	}
	c.row = &joined
	return nil
}

func isCheap(row *engine.Command) bool {
	return row.Flags&engine.Fast != 0 || row.Complexity == "O(1)"
}

func newCommand(row *engine.Command, name string, handlers map[string]handler) (*command, error) {
	c := &command{row: row, name: name, light: lightCommands[name]}
	c.nested = strings.Contains(name, "|")
	c.pushes = strings.HasSuffix(name, "subscribe")
	c.publishes = name == "publish" || name == "spublish"
	c.listens = c.pushes || name == "ping" || name == "quit" || name == "reset"
	c.cheap = isCheap(row)
	switch {
	case row.Flags&engine.Conn != 0:
		c.run = handlers[name]
		if parent, _, nested := strings.Cut(name, "|"); c.run == nil && nested {
			c.run = handlers[parent+"|*"] // one for all subcommands
		}
		if c.run == nil && row.Sub == nil {
			return nil, fmt.Errorf("command %s has no handler", name)
		}
	case row.Flags.Logged():
		c.kind = kindWrite
	default:
		c.kind = kindRead
	}
	if row.Sub != nil {
		c.subs = map[string]*command{}
	}
	for i := range row.Sub {
		sub := &row.Sub[i]
		if row.Flags&engine.Conn != 0 {
			sub.Parent = row
		}
		s, err := newCommand(sub, name+"|"+sub.Name, handlers)
		if err != nil {
			return nil, err
		}
		c.subs[sub.Name] = s
	}
	return c, nil
}

// find looks a command up by its name in any case, without allocating.
func (t *table) find(name []byte) *command { return findIn(t.byName, name) }

func findIn(m map[string]*command, name []byte) *command {
	var lower [commandNameMax]byte
	if len(name) > len(lower) {
		return nil
	}
	for i, b := range name {
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		lower[i] = b
	}
	return m[string(lower[:len(name)])]
}

// resolve finds the command, or subcommand, that args name, and judges their
// number.
// It is quicker if the command is last again.
func (t *table) resolve(args [][]byte, last *command) (*command, engine.Error) {
	cmd := last
	if cmd == nil || cmd.nested || !engine.EqualFold(args[0], cmd.name) {
		cmd = t.find(args[0])
	}
	if cmd == nil {
		return nil, engine.UnknownCommand(args)
	}
	if cmd.subs != nil && len(args) > 1 {
		sub := findIn(cmd.subs, args[1])
		if sub == nil {
			cmd.rejected++
			return nil, engine.UnknownSubcommand(cmd.row, args)
		}
		cmd = sub
	}
	if !cmd.row.ArityOK(len(args)) || cmd.subs != nil && cmd.run == nil && cmd.kind == kindSession {
		cmd.rejected++
		return nil, cmd.row.ArityError()
	}
	return cmd, ""
}

// each calls f for every command and subcommand, by name.
func (t *table) each(f func(*command)) {
	for _, c := range t.list {
		f(c)
		names := make([]string, 0, len(c.subs))
		for n := range c.subs {
			names = append(names, n)
		}
		sort.Strings(names)
		for _, n := range names {
			f(c.subs[n])
		}
	}
}

// family is a set of session rows with their handlers by full name.
type family struct {
	rows     []engine.Command
	handlers map[string]handler
}

func sessionFamilies() []family {
	return []family{
		{connRows, connHandlers},
		{multiRows, multiHandlers},
		{clientRows, withHandlers(clientHandlers, trackingHandlers)},
		{aclRows, aclHandlers},
		{pubsubRows, pubsubHandlers},
		{monitorRows, monitorHandlers},
		{commandRows, commandHandlers},
		{serverRows, withHandlers(serverHandlers, configHandlers)},
		{replicaRows, replicaHandlers},
		{clusterRows, clusterHandlers},
		{raftRows, raftHandlers},
	}
}

func withHandlers(all ...map[string]handler) map[string]handler {
	m := map[string]handler{}
	for _, h := range all {
		maps.Copy(m, h)
	}
	return m
}

// lightCommands need not wait until earlier requests are answered.
var lightCommands = map[string]bool{
	"ping": true, "echo": true, "select": true, "time": true, "multi": true, "lolwut": true,
	"readonly": true, "readwrite": true, "asking": true,
	"command": true, "command|info": true, "command|docs": true, "command|count": true, "command|list": true,
	"command|getkeys": true, "command|getkeysandflags": true, "command|help": true,
}

package engine

// families are the rows of all commands, in the order COMMAND LIST shows.
// A new family is added here and nowhere else.
func families() [][]Command {
	return [][]Command{
		stringRows,
		keyRows,
		dumpRows,
		memoryRows,
		expireRows,
		dbRows,
		listRows,
		hashRows,
		setRows,
		zsetRows,
		blockingRows,
		bitRows,
		hllRows,
		geoRows,
		sortRows,
		streamRows,
		scriptRows,
		functionRows,
	}
}

// table finds a row by name: open addressing over a power of two.
//
// It is filled by init rather than by its declaration, as handlers that run
// other commands look them up here, which Go would call a cycle.
var table struct {
	slots [tableSlots]*Command
	rows  []*Command
}

const tableSlots = 2048

func init() {
	for _, rows := range families() {
		for i := range rows {
			addRow(&rows[i])
		}
	}
}

// addRow panics on a name that is taken: two rows for one command are a
// mistake that must not reach a running server.
func addRow(row *Command) {
	i := nameSlot([]byte(row.Name))
	for ; table.slots[i] != nil; i = (i + 1) % tableSlots {
		if table.slots[i].Name == row.Name {
			panic("engine: command " + row.Name + " has two rows")
		}
	}
	if len(table.rows) == tableSlots/2 {
		panic("engine: the command table is full")
	}
	table.slots[i] = row
	table.rows = append(table.rows, row)
	for i := range row.Sub {
		row.Sub[i].Parent = row
		for j := range i {
			if row.Sub[j].Name == row.Sub[i].Name {
				panic("engine: subcommand " + row.Sub[i].FullName() + " has two rows")
			}
		}
	}
}

// nameSlot hashes a name without regard to case (FNV-1a over folded bytes).
func nameSlot(name []byte) int {
	h := uint32(2166136261)
	for _, c := range name {
		h = (h ^ uint32(c|0x20)) * 16777619
	}
	return int(h>>16^h) & (tableSlots - 1)
}

// nameMax bounds the work spent on a name that no command can have.
const nameMax = 32

// Lookup finds a command by its name in any case; nil if the engine has none.
func Lookup(name []byte) *Command {
	if len(name) > nameMax {
		return nil
	}
	for i := nameSlot(name); table.slots[i] != nil; i = (i + 1) % tableSlots {
		if EqualFold(name, table.slots[i].Name) {
			return table.slots[i]
		}
	}
	return nil
}

// LookupSub finds a subcommand by its name in any case.
func LookupSub(parent *Command, name []byte) *Command {
	for i := range parent.Sub {
		if EqualFold(name, parent.Sub[i].Name) {
			return &parent.Sub[i]
		}
	}
	return nil
}

// Resolve finds the row that runs args, a subcommand's where there are any,
// and judges the number of arguments. An empty Error means that it fits.
func Resolve(args [][]byte) (*Command, Error) {
	if len(args) == 0 {
		return nil, "ERR empty command"
	}
	cmd := Lookup(args[0])
	if cmd == nil {
		return nil, UnknownCommand(args)
	}
	if cmd.Sub != nil && len(args) > 1 {
		sub := LookupSub(cmd, args[1])
		if sub == nil {
			return nil, UnknownSubcommand(cmd, args)
		}
		cmd = sub
	}
	if !cmd.ArityOK(len(args)) {
		return nil, errArity(cmd)
	}
	return cmd, ""
}

// Commands lists the engine's commands in the order of the table.
func Commands() []*Command { return table.rows }

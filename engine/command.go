package engine

// Flags are a command's properties, named as COMMAND INFO names them.
type Flags uint64

const (
	Write Flags = 1 << iota
	ReadOnly
	DenyOOM
	Admin
	PubSub
	NoScript
	Blocking
	Loading
	Stale
	Fast
	NoAuth
	NoMulti
	MovableKeys
	SkipMonitor
	SkipSlowlog
	AllowBusy
	Asking
	NoAsyncLoading
	MayReplicate
	NoMandatoryKeys
	Protected
	// Conn marks a session command: resp owns its handler, Do is nil.
	Conn
	// Slow marks a read whose cost grows with the keyspace (KEYS): it may run
	// on a snapshot beside the turn.
	Slow
	// Log marks a command that goes through the log as a Write does, and that
	// Redis does not call one: a script, or what changes the script cache.
	Log
	// SysCmd marks a command of the system's own (COMMAND DOCS: syscmd).
	SysCmd
)

// Logged reports whether a command changes state and so goes through the log.
func (f Flags) Logged() bool { return f&(Write|Log) != 0 }

// Category is a set of ACL categories (@string, @write, ...), beside those
// that follow from Flags.
type Category uint64

const (
	CatKeyspace Category = 1 << iota
	CatRead
	CatWrite
	CatSet
	CatSortedSet
	CatList
	CatHash
	CatString
	CatBitmap
	CatHyperLogLog
	CatGeo
	CatStream
	CatPubSub
	CatAdmin
	CatFast
	CatSlow
	CatBlocking
	CatDangerous
	CatConnection
	CatTransaction
	CatScripting
)

// KeyFlags say what a command does to the keys of one KeySpec.
type KeyFlags uint16

const (
	KeyRW KeyFlags = 1 << iota
	KeyRO
	KeyOW
	KeyRM
	KeyAccess
	KeyUpdate
	KeyInsert
	KeyDelete
	KeyNotKey
	KeyIncomplete
	KeyVariable
)

// KeySpec finds keys among the arguments, in the form of Redis 7's key
// specifications. Begin: at argument Index, or, if Keyword is set, after that
// word searched from argument From (negative: backwards from the end). Find:
// a range to Last (relative to the first key; negative: from the end) by Step
// and Limit, or, if KeyNum is set, as many keys as the argument at
// KeyNumIndex (relative to the beginning) says, from FirstKey by Step.
type KeySpec struct {
	Flags   KeyFlags
	Notes   string
	Unknown bool // the keys can't be told from the arguments (SORT ... GET)
	Sorted  bool // the key, of an Unknown one, that SORT's option STORE names
	Index   int
	Keyword string
	From    int

	Last, Step, Limit int

	KeyNum                bool
	KeyNumIndex, FirstKey int
}

// Arg is one argument of a command's syntax, as COMMAND DOCS describes it.
type Arg struct {
	Name     string
	Type     string // string integer double key pattern unix-time pure-token oneof block
	Token    string
	Since    string
	KeySpec  int // index into Keys for Type key; for Type pattern too, if not 0
	Optional bool
	Multiple bool
	// MultipleToken: Token is repeated before each value.
	MultipleToken   bool
	DeprecatedSince string
	Args            []Arg
}

// Command is one row of the command table, the only truth about a command.
// Everything is derived from it: dispatch, arity, read or write path, COMMAND,
// ACL, key slots.
type Command struct {
	Name  string // lower case; of a subcommand without its parent
	Arity int    // counts the name (and for a subcommand the parent's); negative: at least
	Flags Flags
	Cat   Category
	Keys  []KeySpec
	Sub   []Command

	Since, Group, Summary, Complexity string
	DeprecatedSince, ReplacedBy       string
	History                           [][2]string // version, change
	Tips                              []string
	Args                              []Arg

	// Do runs the command; nil where Flags has Conn or Sub is set.
	Do func(c *Call)

	// Ready, for a command that blocks: whether a call that waits would answer
	// now, as far as key goes. nil: it does if the key holds its type.
	Ready func(c *Call, key []byte, rec record, found bool) bool

	// Parent is set by the table for subcommands.
	Parent *Command
}

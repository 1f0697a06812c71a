package engine

// The answers of COMMAND INFO and COMMAND DOCS, derived from the rows.

var flagNames = []struct {
	flag Flags
	name string
}{
	{Write, "write"}, {ReadOnly, "readonly"}, {DenyOOM, "denyoom"}, {Admin, "admin"}, {PubSub, "pubsub"},
	{NoScript, "noscript"}, {Blocking, "blocking"}, {Loading, "loading"}, {Stale, "stale"},
	{SkipMonitor, "skip_monitor"}, {SkipSlowlog, "skip_slowlog"}, {Asking, "asking"}, {Fast, "fast"},
	{NoAuth, "no_auth"}, {NoMandatoryKeys, "no_mandatory_keys"},
	{NoAsyncLoading, "no_async_loading"}, {NoMulti, "no_multi"}, {MovableKeys, "movablekeys"}, {AllowBusy, "allow_busy"},
}

// Names lists the flags that COMMAND INFO shows, in Redis' order.
func (f Flags) Names() []string {
	var names []string
	for _, n := range flagNames {
		if f&n.flag != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

// CategoryNames are the ACL categories' names without "@"; the category with
// bit i is CategoryNames[i].
var CategoryNames = []string{
	"keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo",
	"stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction", "scripting",
}

// Names lists the categories without "@", in Redis' order.
func (c Category) Names() []string {
	var names []string
	for i, n := range CategoryNames {
		if c&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// Categories are all ACL categories of the command: its own and those that
// follow from its flags.
func (c *Command) Categories() Category {
	cat := c.Cat
	if c.Flags&Write != 0 {
		cat |= CatWrite
	}
	if c.Flags&ReadOnly != 0 && cat&CatScripting == 0 {
		cat |= CatRead
	}
	if c.Flags&Admin != 0 {
		cat |= CatAdmin | CatDangerous
	}
	if c.Flags&PubSub != 0 {
		cat |= CatPubSub
	}
	if c.Flags&Blocking != 0 {
		cat |= CatBlocking
	}
	if c.Flags&Fast != 0 {
		cat |= CatFast
	} else {
		cat |= CatSlow
	}
	return cat
}

var keyFlagNames = []struct {
	flag KeyFlags
	name string
}{
	{KeyRO, "RO"}, {KeyRW, "RW"}, {KeyOW, "OW"}, {KeyRM, "RM"}, {KeyAccess, "access"}, {KeyUpdate, "update"},
	{KeyInsert, "insert"}, {KeyDelete, "delete"}, {KeyNotKey, "not_key"}, {KeyIncomplete, "incomplete"},
	{KeyVariable, "variable_flags"},
}

// Names lists the flags in Redis' order.
func (f KeyFlags) Names() []string {
	var names []string
	for _, n := range keyFlagNames {
		if f&n.flag != 0 {
			names = append(names, n.name)
		}
	}
	return names
}

// FullName is the name as COMMAND INFO shows it: "config|get" for subcommands.
func (c *Command) FullName() string {
	if c.Parent != nil {
		return c.Parent.Name + "|" + c.Name
	}
	return c.Name
}

// KeyRange is the old form of the key specs: first, last (negative: from the
// end) and step, all 0 where the specs have no such form.
func (c *Command) KeyRange() (first, last, step int) {
	if len(c.Keys) == 1 {
		if k := &c.Keys[0]; k.isRange() {
			return k.Index, k.lastAbsolute(), k.Step
		}
	}
	const none = int(^uint(0) >> 1)
	first = none
	for i := range c.Keys {
		k := &c.Keys[i]
		if !k.isRange() {
			continue
		}
		if k.Step != 1 || last != 0 && last != k.Index-1 {
			return 0, 0, 0
		}
		first = min(first, k.Index)
		// A negative last counts from the end and so is larger than any other.
		last = int(int32(max(uint32(last), uint32(k.lastAbsolute()))))
	}
	if first == none {
		return 0, 0, 0
	}
	return first, last, 1
}

func (k *KeySpec) isRange() bool { return !k.Unknown && k.Keyword == "" && !k.KeyNum }

func (k *KeySpec) lastAbsolute() int {
	if k.Last >= 0 {
		return k.Index + k.Last
	}
	return k.Last
}

// ReplyInfo answers one element of COMMAND INFO.
func (c *Command) ReplyInfo(r Reply) {
	first, last, step := c.KeyRange()
	r.Array(10)
	r.BulkString(c.FullName())
	r.Int(int64(c.Arity))
	replyStatusSet(r, "", c.Flags.Names())
	r.Int(int64(first))
	r.Int(int64(last))
	r.Int(int64(step))
	replyStatusSet(r, "@", c.Categories().Names())
	r.Set(len(c.Tips))
	for _, t := range c.Tips {
		r.BulkString(t)
	}
	r.Set(len(c.Keys))
	for i := range c.Keys {
		c.Keys[i].reply(r)
	}
	if len(c.Sub) == 0 {
		r.Set(0) // as Redis: an empty set, but an array of subcommands
		return
	}
	r.Array(len(c.Sub))
	for i := range c.Sub {
		c.Sub[i].ReplyInfo(r)
	}
}

func replyStatusSet(r Reply, prefix string, names []string) {
	r.Set(len(names))
	for _, n := range names {
		r.Status(prefix + n)
	}
}

func (k *KeySpec) reply(r Reply) {
	n := 3
	if k.Notes != "" {
		n++
	}
	r.Map(n)
	if k.Notes != "" {
		r.BulkString("notes")
		r.BulkString(k.Notes)
	}
	r.BulkString("flags")
	replyStatusSet(r, "", k.Flags.Names())
	r.BulkString("begin_search")
	switch {
	case k.Unknown:
		replySpec(r, "unknown")
	case k.Keyword != "":
		r.Map(2)
		r.BulkString("type")
		r.BulkString("keyword")
		r.BulkString("spec")
		r.Map(2)
		r.BulkString("keyword")
		r.BulkString(k.Keyword)
		r.BulkString("startfrom")
		r.Int(int64(k.From))
	default:
		replySpec(r, "index", specInt{"index", k.Index})
	}
	r.BulkString("find_keys")
	switch {
	case k.Unknown:
		replySpec(r, "unknown")
	case k.KeyNum:
		replySpec(r, "keynum", specInt{"keynumidx", k.KeyNumIndex}, specInt{"firstkey", k.FirstKey}, specInt{"keystep", k.Step})
	default:
		replySpec(r, "range", specInt{"lastkey", k.Last}, specInt{"keystep", k.Step}, specInt{"limit", k.Limit})
	}
}

type specInt struct {
	name  string
	value int
}

func replySpec(r Reply, kind string, ints ...specInt) {
	r.Map(2)
	r.BulkString("type")
	r.BulkString(kind)
	r.BulkString("spec")
	r.Map(len(ints))
	for _, s := range ints {
		r.BulkString(s.name)
		r.Int(int64(s.value))
	}
}

// ReplyDocs answers one pair of COMMAND DOCS: the full name, then its map.
func (c *Command) ReplyDocs(r Reply) {
	r.BulkString(c.FullName())
	docFlags := c.docFlags()
	n := 3
	for _, has := range []bool{c.Complexity != "", len(docFlags) > 0, c.DeprecatedSince != "", c.ReplacedBy != "",
		len(c.History) > 0, len(c.Args) > 0, len(c.Sub) > 0} {
		if has {
			n++
		}
	}
	r.Map(n)
	replyText(r, "summary", c.Summary)
	replyText(r, "since", c.Since)
	replyText(r, "group", c.Group)
	if c.Complexity != "" {
		replyText(r, "complexity", c.Complexity)
	}
	if len(docFlags) > 0 {
		r.BulkString("doc_flags")
		replyStatusSet(r, "", docFlags)
	}
	if c.DeprecatedSince != "" {
		replyText(r, "deprecated_since", c.DeprecatedSince)
	}
	if c.ReplacedBy != "" {
		replyText(r, "replaced_by", c.ReplacedBy)
	}
	if len(c.History) > 0 {
		r.BulkString("history")
		r.Set(len(c.History))
		for _, h := range c.History {
			r.Array(2)
			r.BulkString(h[0])
			r.BulkString(h[1])
		}
	}
	if len(c.Args) > 0 {
		r.BulkString("arguments")
		replyArgs(r, c.Args)
	}
	if len(c.Sub) > 0 {
		r.BulkString("subcommands")
		r.Map(len(c.Sub))
		for i := range c.Sub {
			c.Sub[i].ReplyDocs(r)
		}
	}
}

func (c *Command) docFlags() []string {
	var names []string
	if c.DeprecatedSince != "" {
		names = append(names, "deprecated")
	}
	if c.Flags&SysCmd != 0 {
		names = append(names, "syscmd")
	}
	return names
}

func replyText(r Reply, name, text string) {
	r.BulkString(name)
	r.BulkString(text)
}

func replyArgs(r Reply, args []Arg) {
	r.Array(len(args))
	for i := range args {
		args[i].reply(r)
	}
}

func (a *Arg) reply(r Reply) {
	keySpec := a.Type == "key" || a.Type == "pattern" && a.KeySpec != 0
	var flags []string
	if a.Optional {
		flags = append(flags, "optional")
	}
	if a.Multiple {
		flags = append(flags, "multiple")
	}
	if a.MultipleToken {
		flags = append(flags, "multiple_token")
	}
	n := 2
	hasToken := a.Token != "" || a.Type == "pure-token" // MIGRATE has an empty one
	for _, has := range []bool{keySpec, hasToken, a.Since != "", a.DeprecatedSince != "", len(flags) > 0, len(a.Args) > 0} {
		if has {
			n++
		}
	}
	r.Map(n)
	replyText(r, "name", a.Name)
	replyText(r, "type", a.Type)
	if keySpec {
		r.BulkString("key_spec_index")
		r.Int(int64(a.KeySpec))
	}
	if hasToken {
		replyText(r, "token", a.Token)
	}
	if a.Since != "" {
		replyText(r, "since", a.Since)
	}
	if a.DeprecatedSince != "" {
		replyText(r, "deprecated_since", a.DeprecatedSince)
	}
	if len(flags) > 0 {
		r.BulkString("flags")
		replyStatusSet(r, "", flags)
	}
	if len(a.Args) > 0 {
		r.BulkString("arguments")
		replyArgs(r, a.Args)
	}
}

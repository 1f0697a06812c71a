package engine

// XGROUP and XACK.

const errGroupNeedsKey Error = "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM " +
	"option to create an empty stream automatically."

// xgroupOptions are those of XGROUP CREATE and SETID.
type xgroupOptions struct {
	mkstream bool
	read     int64
}

func (c *Call) parseXgroup(create bool) (o xgroupOptions, ok bool) {
	o.read = readUnknown
	for i := 5; i < len(c.Args); i++ {
		switch {
		case create && c.ArgIs(i, "mkstream"):
			o.mkstream = true
		case c.ArgIs(i, "entriesread") && i+1 < len(c.Args):
			i++
			if o.read, ok = c.ArgInt(i); !ok {
				return o, false
			}
			if o.read < 0 && o.read != readUnknown {
				c.Err("ERR value for ENTRIESREAD must be positive or -1")
				return o, false
			}
		default:
			c.subcommandSyntax()
			return o, false
		}
	}
	return o, true
}

// subcommandSyntax is the answer to a subcommand with arguments that do not fit.
func (c *Call) subcommandSyntax() {
	name := string(cut(c.Args[1], 128))
	c.Err(Error(oneLine("ERR unknown subcommand or wrong number of arguments for '" + name + "'. Try " + upper(c.cmd.Parent.Name) + " HELP.")))
}

func upper(word string) string {
	b := []byte(word)
	for i, ch := range b {
		if 'a' <= ch && ch <= 'z' {
			b[i] = ch - ('a' - 'A')
		}
	}
	return string(b)
}

// argGroupID reads argument 4: an ID, or "$", the last of s.
func (c *Call) argGroupID(s *stream, loose bool) (streamID, bool) {
	b := c.Args[4]
	switch {
	case string(cut(b, len(b))) == "$":
		if s == nil {
			return streamID{}, true
		}
		return s.last, true
	case !loose:
		return c.argStreamID(4, 0)
	}
	id, ok := parseLooseStreamID(b, 0)
	if !ok {
		c.Err(errStreamID)
	}
	return id, ok
}

func cmdXgroupCreate(c *Call) {
	o, ok := c.parseXgroup(true)
	if !ok {
		return
	}
	key := c.Args[2]
	s, ok := c.readStream(key)
	if !ok {
		return
	}
	if s == nil && !o.mkstream {
		c.Err(errGroupNeedsKey)
		return
	}
	if len(c.Args) > 8 {
		c.subcommandSyntax()
		return
	}
	last, ok := c.argGroupID(s, false)
	if !ok {
		return
	}
	if s != nil && s.group(c.Args[3]) != nil {
		c.Err("BUSYGROUP Consumer Group name already exists")
		return
	}
	if s == nil {
		s = c.makeStream(key)
	} else {
		s = c.editStream(key)
	}
	s.addGroup(c.Args[3], last, o.read)
	c.OK()
	c.Notify(NotifyStream, "xgroup-create", key)
}

// findGroup finds the stream and the group that a subcommand of XGROUP names;
// false: they are not there, or not such, and that has been answered.
func (c *Call) findGroup() (s *stream, g *streamGroup, ok bool) {
	s, ok = c.readStream(c.Args[2])
	if !ok {
		return nil, nil, false
	}
	if s == nil {
		c.Err(errGroupNeedsKey)
		return nil, nil, false
	}
	if g = s.group(c.Args[3]); g == nil {
		key, name := cut(c.Args[2], len(c.Args[2])), cut(c.Args[3], len(c.Args[3]))
		c.Err(Error(oneLine("NOGROUP No such consumer group '" + string(name) + "' for key name '" + string(key) + "'")))
		return nil, nil, false
	}
	return s, g, true
}

func cmdXgroupSetid(c *Call) {
	o, ok := c.parseXgroup(false)
	if !ok {
		return
	}
	s, _, ok := c.findGroup()
	if !ok {
		return
	}
	if len(c.Args) != 5 && len(c.Args) != 7 {
		c.subcommandSyntax()
		return
	}
	last, ok := c.argGroupID(s, true)
	if !ok {
		return
	}
	s = c.editStream(c.Args[2])
	g := s.mineGroup(s.group(c.Args[3]))
	g.last, g.read = last, o.read
	c.OK()
	c.Notify(NotifyStream, "xgroup-setid", c.Args[2])
}

func cmdXgroupDestroy(c *Call) {
	key := c.Args[2]
	s, ok := c.readStream(key)
	switch {
	case !ok:
	case s == nil:
		c.Err(errGroupNeedsKey)
	case s.group(c.Args[3]) == nil:
		c.Int(0)
	default:
		s = c.editStream(key)
		s.dropGroup(s.group(c.Args[3]))
		c.Int(1)
		c.signal(c.db, key) // who waits to read with the group is told
		c.Notify(NotifyStream, "xgroup-destroy", key)
	}
}

func cmdXgroupCreateconsumer(c *Call) {
	_, g, ok := c.findGroup()
	if !ok {
		return
	}
	if g.consumer(c.Args[4]) != nil {
		c.Int(0)
		return
	}
	s := c.editStream(c.Args[2])
	s.addConsumer(s.mineGroup(s.group(c.Args[3])), c.Args[4], c.nowMs)
	c.Int(1)
	c.Notify(NotifyStream, "xgroup-createconsumer", c.Args[2])
}

func cmdXgroupDelconsumer(c *Call) {
	_, g, ok := c.findGroup()
	if !ok {
		return
	}
	if g.consumer(c.Args[4]) == nil {
		c.Int(0)
		return
	}
	s := c.editStream(c.Args[2])
	g = s.mineGroup(s.group(c.Args[3]))
	c.Int(int64(s.dropConsumer(g, g.consumer(c.Args[4]))))
	c.Notify(NotifyStream, "xgroup-delconsumer", c.Args[2])
}

func cmdXgroupHelp(c *Call) {
	c.replyHelp(
		"XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
		"CREATE <key> <groupname> <id|$> [option]",
		"    Create a new consumer group. Options are:",
		"    * MKSTREAM",
		"      Create the empty stream if it does not exist.",
		"    * ENTRIESREAD entries_read",
		"      Set the group's entries_read counter (internal use).",
		"CREATECONSUMER <key> <groupname> <consumer>",
		"    Create a new consumer in the specified group.",
		"DELCONSUMER <key> <groupname> <consumer>",
		"    Remove the specified consumer.",
		"DESTROY <key> <groupname>",
		"    Remove the specified group.",
		"SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
		"    Set the current group ID and entries_read counter.",
		"HELP",
		"    Prints this help.",
	)
}

func cmdXack(c *Call) {
	s, ok := c.readStream(c.Args[1])
	if !ok {
		return
	}
	if s == nil || s.group(c.Args[2]) == nil {
		c.Int(0)
		return
	}
	ids, ok := c.argStreamIDs(3)
	if !ok {
		return
	}
	s = c.editStream(c.Args[1])
	g := s.mineGroup(s.group(c.Args[2]))
	n := int64(0)
	for _, id := range ids {
		if s.acknowledge(g, id) {
			n++
		}
	}
	c.Int(n)
}

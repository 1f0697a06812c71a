package resp

import (
	"fmt"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
	"github.com/laurocaetano/foxtail/resp/config"
)

var configHandlers = map[string]handler{
	"config|get": cmdConfigGet, "config|set": cmdConfigSet, "config|resetstat": cmdConfigResetstat,
	"config|rewrite": cmdConfigRewrite, "config|help": cmdConfigHelp,
}

func cmdConfigGet(c *Conn, args [][]byte, r engine.Reply) {
	patterns := make([][]byte, len(args)-2)
	for i, a := range args[2:] {
		patterns[i] = []byte(strings.ToLower(string(a)))
	}
	pairs := c.srv.cfg.Get(func(name string) bool {
		for _, p := range patterns {
			if engine.Match(p, []byte(name)) {
				return true
			}
		}
		return false
	})
	r.Map(len(pairs))
	for _, p := range pairs {
		r.BulkString(p.Name)
		r.BulkString(p.Value)
	}
}

func cmdConfigResetstat(c *Conn, _ [][]byte, r engine.Reply) {
	c.srv.resetStats()
	r.OK()
}

func cmdConfigRewrite(c *Conn, _ [][]byte, r engine.Reply) {
	if c.srv.cfg.File() == "" {
		r.Err("ERR The server is running without a config file")
		return
	}
	if err := c.srv.cfg.Rewrite(); err != nil {
		c.srv.log.Warn("CONFIG REWRITE failed", "error", err)
		r.Err(engine.Error(fmt.Sprintf("ERR Rewriting config file: %v", err)))
		return
	}
	c.srv.log.Info("CONFIG REWRITE executed with success")
	r.OK()
}

func cmdConfigHelp(_ *Conn, _ [][]byte, r engine.Reply) {
	replyHelp(r, "CONFIG",
		"GET <pattern>", "    Return parameters matching the glob-like <pattern> and their values.",
		"SET <directive> <value>", "    Set the configuration <directive> to <value>.",
		"RESETSTAT", "    Reset statistics reported by the INFO command.",
		"REWRITE", "    Rewrite the configuration file.")
}

func cmdConfigSet(c *Conn, args [][]byte, r engine.Reply) {
	if len(args)%2 != 0 {
		r.Err(engine.ErrSyntax)
		return
	}
	var pairs []config.Pair
	for i := 2; i < len(args); i += 2 {
		pairs = append(pairs, config.Pair{Name: string(args[i]), Value: string(args[i+1])})
	}
	if err := c.srv.cfg.Set(pairs); err != nil {
		r.Err(engine.Error("ERR " + err.Error()))
		return
	}
	r.OK()
}

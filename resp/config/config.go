package config

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// Config holds the value of every directive.
type Config struct {
	values   map[string]string // canonical, by name
	given    map[string]bool   // by file, environment or flag
	onChange map[string][]func(value string) error
	file     string // absolute path; empty: none was given
	rewrite  map[string]bool
}

// byName finds rows by name and alias.
var byName = func() map[string]*Directive {
	m := make(map[string]*Directive, len(table))
	for i := range table {
		d := &table[i]
		for _, name := range []string{d.Name, d.Alias} {
			if name == "" {
				continue
			}
			if m[name] != nil {
				panic("config: directive " + name + " stands twice in the table")
			}
			m[name] = d
		}
	}
	return m
}()

// New returns a Config of defaults.
func New() *Config {
	c := &Config{
		values:   make(map[string]string, len(table)),
		given:    map[string]bool{},
		onChange: map[string][]func(string) error{},
		rewrite:  map[string]bool{},
	}
	for i := range table {
		d := &table[i]
		v, err := d.parse(d.Default)
		if err != nil && d.Default != "" {
			panic(fmt.Sprintf("config: default of %s: %v", d.Name, err))
		}
		c.values[d.Name] = v
	}
	return c
}

// Str returns a directive's value as CONFIG GET shows it. An unknown name
// panics: the table and its reader disagree.
func (c *Config) Str(name string) string {
	d := byName[name]
	if d == nil {
		panic("config: no directive " + name)
	}
	return c.values[d.Name]
}

// Int returns the value of an Int, Octal or Bytes directive.
func (c *Config) Int(name string) int64 {
	base := 10
	if byName[name] != nil && byName[name].Kind == Octal {
		base = 8
	}
	n, err := strconv.ParseInt(c.Str(name), base, 64)
	if err != nil {
		panic("config: " + name + " is not a number")
	}
	return n
}

// Bool returns the value of a yes|no directive.
func (c *Config) Bool(name string) bool { return c.Str(name) == "yes" }

// Words returns the words of a directive.
func (c *Config) Words(name string) []string { return strings.Fields(c.Str(name)) }

// Given says whether the user set the directive, at the start or later.
func (c *Config) Given(name string) bool { return c.given[byName[name].Name] }

// File is the configuration file's absolute path, empty if none was given.
func (c *Config) File() string { return c.file }

// OnChange calls f after CONFIG SET gave the directive, and all others that it
// names, new values. An error takes the change back.
func (c *Config) OnChange(name string, f func(value string) error) {
	d := byName[name]
	if d == nil {
		panic("config: no directive " + name)
	}
	c.onChange[d.Name] = append(c.onChange[d.Name], f)
}

// Pair is a directive and its value.
type Pair struct{ Name, Value string }

// Get returns the directives for which match says yes, aliases included, in
// the order of their names.
func (c *Config) Get(match func(name string) bool) []Pair {
	var out []Pair
	for name, d := range byName {
		if match(name) {
			out = append(out, Pair{name, c.values[d.Name]})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Set changes several directives, or none: on an error all are as before. The
// error's text is that of CONFIG SET, without "ERR".
func (c *Config) Set(pairs []Pair) error {
	type change struct {
		d        *Directive
		old, now string
	}
	var changes []change
	failed := func(name string, reason any) error {
		return fmt.Errorf("CONFIG SET failed (possibly related to argument '%s') - %v", name, reason)
	}
	seen := map[*Directive]bool{}
	for _, p := range pairs {
		d := byName[strings.ToLower(p.Name)]
		switch {
		case d == nil:
			return fmt.Errorf("Unknown option or number of arguments for CONFIG SET - '%s'", p.Name)
		case seen[d]:
			return failed(p.Name, "duplicate parameter")
		case d.is(Immutable):
			return failed(p.Name, "can't set immutable config")
		}
		seen[d] = true
		v, err := d.parse(p.Value)
		if err != nil {
			return failed(p.Name, err)
		}
		changes = append(changes, change{d, c.values[d.Name], v})
	}
	for _, ch := range changes {
		c.values[ch.d.Name] = ch.now
	}
	for i, ch := range changes {
		if err := c.changed(ch.d); err != nil {
			for _, back := range changes {
				c.values[back.d.Name] = back.old
			}
			for _, back := range changes[:i] {
				if undo := c.changed(back.d); undo != nil {
					return failed(back.d.Name, undo)
				}
			}
			return failed(ch.d.Name, err)
		}
	}
	for _, ch := range changes {
		c.given[ch.d.Name], c.rewrite[ch.d.Name] = true, true
	}
	return nil
}

func (c *Config) changed(d *Directive) error {
	for _, f := range c.onChange[d.Name] {
		if err := f(c.values[d.Name]); err != nil {
			return err
		}
	}
	return nil
}

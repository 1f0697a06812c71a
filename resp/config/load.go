package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/laurocaetano/foxtail/resp/wire"
)

// EnvPrefix begins the environment's directives: FOXTAIL_PORT=7000.
const EnvPrefix = "FOXTAIL_"

const includeDepthMax = 16

// Load reads the command line's arguments (without the program's name), the
// file named by the first of them if it is no flag, and the environment.
func Load(args, environ []string) (*Config, error) {
	c := New()
	if len(args) > 0 && !strings.HasPrefix(args[0], "--") {
		abs, err := filepath.Abs(args[0])
		if err != nil {
			return nil, err
		}
		c.file = abs
		if err := c.loadFile(args[0], 0); err != nil {
			return nil, err
		}
		args = args[1:]
	}
	if err := c.loadEnviron(environ); err != nil {
		return nil, err
	}
	return c, c.loadFlags(args)
}

func (c *Config) loadFile(path string, depth int) error {
	if depth > includeDepthMax {
		return fmt.Errorf("%s: files include each other more than %d deep", path, includeDepthMax)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("can't read the configuration file: %w", err)
	}
	seen := map[*Directive]bool{}
	for i, line := range bytes.Split(data, []byte("\n")) {
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		words, err := split(text)
		if err == nil && strings.EqualFold(words[0], "include") {
			err = c.include(path, words[1:], depth)
		} else if err == nil {
			err = c.give(words[0], words[1:], seen)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: '%s': %w", path, i+1, redact(text, words), err)
		}
	}
	return nil
}

// redact keeps a secret out of an error about its line.
func redact(text string, words []string) string {
	if len(words) > 0 {
		if d := byName[strings.ToLower(words[0])]; d != nil && d.is(Secret) {
			return words[0] + " ..."
		}
	}
	return text
}

func split(text string) ([]string, error) {
	words, ok := wire.SplitArgs([]byte(text), nil)
	if !ok || len(words) == 0 {
		return nil, errors.New("unbalanced quotes in configuration line")
	}
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out, nil
}

// include reads the files of a pattern, relative to the including file.
func (c *Config) include(from string, words []string, depth int) error {
	if len(words) != 1 {
		return errors.New("wrong number of arguments")
	}
	pattern := words[0]
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(filepath.Dir(from), pattern)
	}
	files, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	if len(files) == 0 && !strings.ContainsAny(pattern, "*?[") {
		files = []string{pattern}
	}
	for _, f := range files {
		if err := c.loadFile(f, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// give sets one directive at the start. seen notes which ones this source has
// already given, so that a Repeated one gathers its lines.
func (c *Config) give(name string, words []string, seen map[*Directive]bool) error {
	d := byName[strings.ToLower(name)]
	if d == nil {
		return errors.New("unknown directive")
	}
	if len(words) == 0 || len(words) > 1 && d.Kind != Words {
		return errors.New("wrong number of arguments")
	}
	v := strings.Join(words, " ")
	if d.is(Repeated) && seen[d] && v != "" {
		v = c.values[d.Name] + " " + v
	}
	v, err := d.parse(v)
	if err != nil {
		return err
	}
	c.values[d.Name], c.given[d.Name], seen[d] = v, true, true
	return nil
}

func (c *Config) loadEnviron(environ []string) error {
	seen := map[*Directive]bool{}
	for _, e := range slices.Sorted(slices.Values(environ)) {
		name, v, _ := strings.Cut(e, "=")
		directive, ok := strings.CutPrefix(name, EnvPrefix)
		if !ok {
			continue
		}
		directive = strings.ReplaceAll(strings.ToLower(directive), "_", "-")
		if err := c.give(directive, []string{v}, seen); err != nil {
			return fmt.Errorf("environment variable %s: %w", name, err)
		}
	}
	return nil
}

// loadFlags reads --directive value ...; the values of a directive end where
// the next flag begins. --directive=value is taken too.
func (c *Config) loadFlags(args []string) error {
	seen := map[*Directive]bool{}
	for i := 0; i < len(args); {
		flag := args[i]
		name, ok := strings.CutPrefix(flag, "--")
		if !ok {
			return fmt.Errorf("argument '%s': a flag begins with --, and only the first argument may be a file", flag)
		}
		i++
		var words []string
		if n, v, has := strings.Cut(name, "="); has && byName[strings.ToLower(name)] == nil {
			name, words = n, []string{v}
		} else {
			for i < len(args) && !strings.HasPrefix(args[i], "--") {
				words, i = append(words, args[i]), i+1
			}
		}
		if d := byName[strings.ToLower(name)]; d != nil && d.Kind == Bool && len(words) == 0 {
			words = []string{"yes"}
		}
		if err := c.give(name, words, seen); err != nil {
			return fmt.Errorf("flag --%s: %w", name, err)
		}
	}
	return nil
}

package script

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Op is what a step does.
type Op int

const (
	OpCommand  Op = iota // > or A>
	OpNext               // A<
	OpSleep              // @sleep
	OpRestart            // @restart
	OpSnapshot           // @snapshot
	OpKill               // @kill
	OpProto              // @resp, @resp2, @resp3
)

// Step is one line of a script that does something, with the reply it expects.
type Step struct {
	Op   Op
	Line int    // in the file, from 1
	Text string // the line as written

	Conn string   // OpCommand, OpNext: "" is the unnamed connection
	Args [][]byte // OpCommand

	Sleep  time.Duration // OpSleep
	Target string        // OpKill
	Proto  int           // OpProto: 2, 3, or 0 for any

	Marks
	Want string // OpCommand, OpNext: lines, each ended by a newline; "" if nothing is printed

	wantFrom, wantTo int // the lines of the file that hold Want, from 0
}

// Marks say how a reply is judged.
type Marks struct {
	Unordered int // 0: in order; n: the outermost array's elements move in groups of n
	Approx    int64
	Regexp    bool
	NoRedis   string // reason
	Server    string // reason
}

// File is a parsed script.
type File struct {
	Name    string
	NoRedis string // reason why the whole file is not run against redis-server
	Steps   []Step
	lines   []string
}

var promptLine = regexp.MustCompile(`^([A-Za-z0-9]*)([<>])(?: (.*))?$`)

// Parse reads a script. name is used in messages.
func Parse(name string, text []byte) (*File, error) {
	f := &File{Name: name, lines: strings.Split(string(text), "\n")}
	if n := len(f.lines); f.lines[n-1] == "" {
		f.lines = f.lines[:n-1]
	}
	var marks Marks
	for i := 0; i < len(f.lines); {
		line := f.lines[i]
		switch {
		case line == "" || line[0] == '#':
			i++
			continue
		case line[0] == '@':
			step, err := f.directive(line, &marks)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
			}
			if step != nil {
				step.Line = i + 1
				f.Steps = append(f.Steps, *step)
			}
			i++
			continue
		}
		step, err := parsePrompt(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
		step.Line, step.Marks = i+1, marks
		marks = Marks{}
		i++
		step.wantFrom = i
		var want strings.Builder
		for ; i < len(f.lines) && !startsScriptLine(f.lines[i]); i++ {
			want.WriteString(strings.TrimPrefix(f.lines[i], `\`))
			want.WriteByte('\n')
		}
		step.wantTo, step.Want = i, want.String()
		f.Steps = append(f.Steps, step)
	}
	if marks != (Marks{}) {
		return nil, fmt.Errorf("%s: a marker at the end marks nothing", name)
	}
	return f, nil
}

// startsScriptLine tells a line of the script from one of a reply.
func startsScriptLine(line string) bool {
	return line == "" || line[0] == '#' || line[0] == '@' || promptLine.MatchString(line)
}

func parsePrompt(line string) (Step, error) {
	m := promptLine.FindStringSubmatch(line)
	if m == nil {
		return Step{}, fmt.Errorf("neither a command nor a directive, and no command before it: %q", line)
	}
	step := Step{Op: OpCommand, Text: line, Conn: m[1]}
	if m[2] == "<" {
		step.Op = OpNext
		if m[3] != "" {
			return step, fmt.Errorf("nothing may follow %q", m[1]+"<")
		}
		return step, nil
	}
	args, err := SplitArgs(m[3])
	if err != nil {
		return step, err
	}
	if len(args) == 0 {
		return step, fmt.Errorf("a prompt without a command")
	}
	step.Args = args
	return step, nil
}

// directive parses a line that begins with "@": a step, or a change of marks.
func (f *File) directive(line string, marks *Marks) (*Step, error) {
	name, rest, _ := strings.Cut(line[1:], " ")
	rest = strings.TrimSpace(rest)
	switch name {
	case "unordered", "approx", "regexp", "noredis", "noredis-file", "server":
		return nil, f.marker(name, rest, marks)
	}
	if *marks != (Marks{}) {
		return nil, fmt.Errorf("a marker stands before @%s, which has no reply", name)
	}
	step := &Step{Text: line}
	var err error
	switch name {
	case "sleep":
		step.Op = OpSleep
		if step.Sleep, err = time.ParseDuration(rest); err == nil && step.Sleep <= 0 {
			err = fmt.Errorf("@sleep %s", rest)
		}
		return step, err
	case "kill":
		step.Op, step.Target = OpKill, rest
		if rest != "leader" {
			err = fmt.Errorf("@kill %q: only the leader can be killed", rest)
		}
		return step, err
	}
	if rest != "" {
		return nil, fmt.Errorf("@%s takes no argument", name)
	}
	switch name {
	case "restart":
		step.Op = OpRestart
	case "snapshot":
		step.Op = OpSnapshot
	case "resp", "resp2", "resp3":
		step.Op = OpProto
		step.Proto, _ = strconv.Atoi(strings.TrimPrefix(name, "resp"))
	default:
		return nil, fmt.Errorf("unknown directive @%s", name)
	}
	return step, nil
}

func (f *File) marker(name, rest string, marks *Marks) error {
	var err error
	switch name {
	case "unordered":
		marks.Unordered = 1
		if rest != "" {
			marks.Unordered, err = strconv.Atoi(rest)
		}
		if err == nil && marks.Unordered < 1 {
			err = fmt.Errorf("@unordered %s", rest)
		}
		return err
	case "approx":
		marks.Approx, err = strconv.ParseInt(rest, 10, 64)
		if err == nil && marks.Approx < 1 {
			err = fmt.Errorf("@approx %s", rest)
		}
		return err
	case "regexp":
		marks.Regexp = true
		if rest != "" {
			err = fmt.Errorf("@regexp takes no argument")
		}
		return err
	}
	if rest == "" {
		return fmt.Errorf("@%s needs a reason", name)
	}
	switch name {
	case "noredis":
		marks.NoRedis = rest
	case "server":
		marks.Server = rest
	case "noredis-file":
		if len(f.Steps) > 0 {
			return fmt.Errorf("@noredis-file stands behind a command")
		}
		f.NoRedis = rest
	}
	return nil
}

// Rewrite returns the script with other replies: got maps a step's line to
// what it printed.
func (f *File) Rewrite(got map[int]string) []byte {
	var out bytes.Buffer
	next := 0
	copyTo := func(end int) {
		for ; next < end; next++ {
			out.WriteString(f.lines[next])
			out.WriteByte('\n')
		}
	}
	for _, s := range f.Steps {
		text, ok := got[s.Line]
		if !ok {
			continue
		}
		copyTo(s.wantFrom)
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if startsScriptLine(line) || line[0] == '\\' {
				out.WriteByte('\\')
			}
			out.WriteString(line)
			out.WriteByte('\n')
		}
		next = s.wantTo
	}
	copyTo(len(f.lines))
	return out.Bytes()
}

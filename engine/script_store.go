package engine

import (
	linked "container/list"
	"slices"
	"strings"

	"github.com/laurocaetano/foxtail/engine/lua"
)

// scriptStore is the script cache and the functions: state, which every
// replica has alike.
type scriptStore struct {
	bySHA map[string]*linked.Element // of *storedScript
	// evals are the scripts that EVAL has left, the one used last in front.
	// Each may go when there are too many; loaded ones, in the order of their
	// coming, stay until SCRIPT FLUSH.
	evals, loaded *linked.List
	evalBytes     int

	libraries map[string]*library
	functions map[string]*library // by name in lower case
}

type storedScript struct {
	sha    string
	body   string
	loaded bool
}

// library is a set of functions with the code that registers them.
type library struct {
	name, code string
	functions  []lua.FunctionInfo // by name
}

const (
	evalsMax     = 500 // as many scripts as Redis keeps from EVAL
	evalBytesMax = 8 << 20
)

func (s *scriptStore) init() {
	s.flushScripts()
	s.flushLibraries()
}

func (s *scriptStore) flushScripts() {
	s.bySHA = map[string]*linked.Element{}
	s.evals, s.loaded, s.evalBytes = linked.New(), linked.New(), 0
}

func (s *scriptStore) flushLibraries() {
	s.libraries, s.functions = map[string]*library{}, map[string]*library{}
}

func (s *scriptStore) body(sha string) (string, bool) {
	el := s.bySHA[sha]
	if el == nil {
		return "", false
	}
	return el.Value.(*storedScript).body, true
}

// used notes that a script ran, so that others go before it.
func (s *scriptStore) used(sha string) {
	if el := s.bySHA[sha]; el != nil && !el.Value.(*storedScript).loaded {
		s.evals.MoveToFront(el)
	}
}

// keep stores a script that was evaluated.
func (s *scriptStore) keep(sha, body string) {
	if s.bySHA[sha] != nil {
		s.used(sha)
		return
	}
	s.bySHA[sha] = s.evals.PushFront(&storedScript{sha: sha, body: body})
	s.evalBytes += len(body)
	for s.evals.Len() > evalsMax || s.evalBytes > evalBytesMax && s.evals.Len() > 1 {
		last := s.evals.Back()
		s.evals.Remove(last)
		old := last.Value.(*storedScript)
		s.evalBytes -= len(old.body)
		delete(s.bySHA, old.sha)
	}
}

// load stores a script for good.
func (s *scriptStore) load(sha, body string) {
	if el := s.bySHA[sha]; el != nil {
		old := el.Value.(*storedScript)
		if old.loaded {
			return
		}
		s.evals.Remove(el)
		s.evalBytes -= len(old.body)
	}
	s.bySHA[sha] = s.loaded.PushBack(&storedScript{sha: sha, body: body, loaded: true})
}

// addLibrary stores a library; its names are free.
func (s *scriptStore) addLibrary(l *library) {
	s.libraries[l.name] = l
	for _, f := range l.functions {
		s.functions[strings.ToLower(f.Name)] = l
	}
}

func (s *scriptStore) removeLibrary(l *library) {
	delete(s.libraries, l.name)
	for _, f := range l.functions {
		delete(s.functions, strings.ToLower(f.Name))
	}
}

// sorted lists the libraries by name.
func (s *scriptStore) sorted() []*library {
	out := make([]*library, 0, len(s.libraries))
	for _, l := range s.libraries {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *library) int { return strings.Compare(a.name, b.name) })
	return out
}

// function finds one by its name in any case.
func (l *library) function(name string) *lua.FunctionInfo {
	for i := range l.functions {
		if strings.EqualFold(l.functions[i].Name, name) {
			return &l.functions[i]
		}
	}
	return nil
}

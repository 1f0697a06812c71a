package engine

import (
	linked "container/list"
	"encoding/binary"

	"github.com/laurocaetano/foxtail/engine/lua"
)

// The block of scripts and functions, which follows the databases if there is
// anything in it:
//
//	scripts   = version nloaded body{nloaded} neval body{neval} nlib library{nlib}
//	library   = name code nfunction function{nfunction}
//	function  = name described description nflag flag{nflag}
//
// Evaluated bodies come from the one used last. Texts are a length and bytes.
const (
	blockScripts = 7

	scriptsVersion = 1
)

// snapshotScripts is what a snapshot holds of a scriptStore. Scripts and
// libraries are never changed once they are made.
type snapshotScripts struct {
	loaded, evals []*storedScript
	libraries     []*library
}

func (s *scriptStore) snapshot() (out snapshotScripts) {
	collect := func(l *linked.List) (list []*storedScript) {
		for el := l.Front(); el != nil; el = el.Next() {
			list = append(list, el.Value.(*storedScript))
		}
		return list
	}
	out.loaded, out.evals, out.libraries = collect(s.loaded), collect(s.evals), s.sorted()
	return out
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func (s *snapshotScripts) write(b *blockWriter) {
	if len(s.loaded)+len(s.evals)+len(s.libraries) == 0 {
		return
	}
	dst := []byte{scriptsVersion}
	for _, list := range [][]*storedScript{s.loaded, s.evals} {
		dst = binary.AppendUvarint(dst, uint64(len(list)))
		for _, sc := range list {
			dst = appendText(dst, sc.body)
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.libraries)))
	for _, l := range s.libraries {
		dst = appendText(appendText(dst, l.name), l.code)
		dst = binary.AppendUvarint(dst, uint64(len(l.functions)))
		for _, f := range l.functions {
			described := uint64(0)
			if f.Described {
				described = 1
			}
			dst = binary.AppendUvarint(appendText(dst, f.Name), described)
			dst = binary.AppendUvarint(appendText(dst, f.Description), uint64(len(f.Flags)))
			for _, flag := range f.Flags {
				dst = appendText(dst, flag)
			}
		}
	}
	b.block(blockScripts, dst, nil)
}

// restoreScripts reads the block if it is there, and leaves b at the next one.
func (e *Engine) restoreScripts(b *blockReader) {
	if b.err != nil || b.kind != blockScripts {
		return
	}
	d := payload{b: b}
	if version := d.uint(); b.err == nil && version != scriptsVersion {
		b.fail("scripts have version %d, this program reads %d", version, scriptsVersion)
	}
	text := func() string { return string(d.take(d.count())) }
	for n := d.count(); n > 0 && b.err == nil; n-- {
		body := text()
		e.scripts.load(lua.SHA1Hex(body), body)
	}
	var evals []string
	for n := d.count(); n > 0 && b.err == nil; n-- {
		evals = append(evals, text())
	}
	for i := len(evals) - 1; i >= 0; i-- {
		e.scripts.keep(lua.SHA1Hex(evals[i]), evals[i])
	}
	for n := d.count(); n > 0 && b.err == nil; n-- {
		l := &library{name: text(), code: text()}
		for n := d.count(); n > 0 && b.err == nil; n-- {
			f := lua.FunctionInfo{Name: text(), Described: d.uint() == 1, Description: text()}
			for n := d.count(); n > 0 && b.err == nil; n-- {
				f.Flags = append(f.Flags, text())
			}
			l.functions = append(l.functions, f)
		}
		e.scripts.addLibrary(l)
	}
	d.done()
	b.next()
}

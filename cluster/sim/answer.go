package sim

import (
	"strconv"
	"strings"

	"github.com/laurocaetano/foxtail/engine"
)

// answer takes a reply as words: simple enough to compare.
type answer struct{ parts []string }

const (
	wordOK   = "+OK"
	wordNull = "(nil)"
	wordFail = "(null array)"
)

func (a *answer) take() string {
	s := strings.Join(a.parts, " ")
	a.parts = a.parts[:0]
	return s
}

func (a *answer) word(s string) { a.parts = append(a.parts, s) }

func (a *answer) Proto() int                  { return 2 }
func (a *answer) OK()                         { a.word(wordOK) }
func (a *answer) Null()                       { a.word(wordNull) }
func (a *answer) NullArray()                  { a.word(wordFail) }
func (a *answer) Status(s string)             { a.word("+" + s) }
func (a *answer) Err(e engine.Error)          { a.word("-" + string(e)) }
func (a *answer) Int(n int64)                 { a.word(strconv.FormatInt(n, 10)) }
func (a *answer) Double(f float64)            { a.word(strconv.FormatFloat(f, 'g', -1, 64)) }
func (a *answer) Bool(b bool)                 { a.word(strconv.FormatBool(b)) }
func (a *answer) Bulk(b []byte)               { a.word(string(b)) }
func (a *answer) BulkString(s string)         { a.word(s) }
func (a *answer) Verbatim(_ string, b []byte) { a.word(string(b)) }
func (a *answer) Array(n int)                 { a.word("*" + strconv.Itoa(n)) }
func (a *answer) Map(n int)                   { a.word("%" + strconv.Itoa(n)) }
func (a *answer) Set(n int)                   { a.word("~" + strconv.Itoa(n)) }
func (a *answer) Push(n int)                  { a.word(">" + strconv.Itoa(n)) }

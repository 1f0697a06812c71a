package lua

// The syntax tree of a chunk, with names resolved.

type localVar struct {
	name     string
	slot     int
	captured bool // some closure uses it: it lives in a cell
}

// upvalDesc says where a closure finds a variable of an enclosing function
// when it is made: a local of the function around it, or one of its upvalues.
type upvalDesc struct {
	name  string
	local *localVar
	index int
}

type proto struct {
	chunk    string
	line     int
	params   []*localVar
	vararg   bool
	argTable *localVar // "arg" of a function with ...
	// A table is made for it if the function uses it and never ... itself.
	argUsed, dotsUsed bool
	upvals            []upvalDesc
	slots             int
	depth             int // how deep the tree is, and so the stack that a call may take
	body              block

	run execFn
}

type (
	block []stat

	stat interface{}
	expr interface{}

	sLocal struct {
		vars  []*localVar
		exprs []expr
		line  int
	}
	sAssign struct {
		targets, exprs []expr
		line           int
	}
	sCall struct {
		call expr
		line int
	}
	sDo    struct{ body block }
	sWhile struct {
		cond expr
		body block
		line int
	}
	sRepeat struct {
		body block
		cond expr
		line int
	}
	sIf struct {
		conds  []expr
		blocks []block
		orelse block
		line   int
	}
	sNumFor struct {
		v                 *localVar
		from, limit, step expr
		body              block
		line              int
	}
	sGenFor struct {
		vars  []*localVar
		exprs []expr
		body  block
		line  int
	}
	sLocalFunc struct {
		v    *localVar
		fn   *eFunc
		line int
	}
	sReturn struct {
		exprs []expr
		line  int
	}
	sBreak struct{}

	eConst  struct{ v Value }
	eVararg struct{}
	eFunc   struct {
		p    *proto
		line int
	}
	eLocal struct{ v *localVar }
	eUp    struct {
		index int
		name  string
	}
	eGlobal struct {
		name string
		line int
	}
	eIndex struct {
		obj, key expr
		line     int
	}
	eCall struct {
		fn   expr
		args []expr
		line int
	}
	eMethod struct {
		obj  expr
		name string
		args []expr
		line int
	}
	eBin struct {
		op   token
		l, r expr
		line int
	}
	eUn struct {
		op   token
		e    expr
		line int
	}
	eParen struct{ e expr }
	eTable struct {
		keys   []expr // nil where the value goes to the array
		values []expr
		narray int
		nhash  int
		line   int
	}
)

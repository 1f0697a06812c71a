package lua

import "math"

// jsonConfig is what the cjson.* setters change, for one run.
type jsonConfig struct {
	sparseConvert bool
	sparseRatio   int
	sparseSafe    int
	encodeDepth   int
	decodeDepth   int
	encodeInvalid int // 0 refuse, 1 as C prints them, 2 null
	decodeInvalid bool
	precision     int
	keepBuffer    bool
}

func defaultJSON() jsonConfig {
	return jsonConfig{
		sparseRatio: 2, sparseSafe: 10, encodeDepth: 1000, decodeDepth: 1000,
		decodeInvalid: true, precision: 14, keepBuffer: true,
	}
}

// jsonStackMax bounds nesting, whatever a script allows itself.
const jsonStackMax = 10_000

// newJSON makes cjson. Its settings last for one run.
func (vm *VM) newJSON() *Table {
	vm.json = defaultJSON()
	return vm.jsonTable(func(vm *VM) *jsonConfig { return &vm.json })
}

func (vm *VM) jsonTable(cfg func(vm *VM) *jsonConfig) *Table {
	t := vm.newTable(0, 16)
	integer := func(field func(c *jsonConfig) *int, least, most int) GoFunc {
		return func(vm *VM, args []Value) []Value {
			vm.jsonArgs(args, 1)
			return one(vm.jsonInteger(args, 1, field(cfg(vm)), least, most))
		}
	}
	vm.register(t, []entry{
		{"encode", func(vm *VM, args []Value) []Value { return vm.jsonEncode(cfg(vm), args) }},
		{"decode", func(vm *VM, args []Value) []Value { return vm.jsonDecode(cfg(vm), args) }},
		{"encode_sparse_array", func(vm *VM, args []Value) []Value { return vm.jsonSparse(cfg(vm), args) }},
		{"encode_max_depth", integer(func(c *jsonConfig) *int { return &c.encodeDepth }, 1, math.MaxInt32)},
		{"decode_max_depth", integer(func(c *jsonConfig) *int { return &c.decodeDepth }, 1, math.MaxInt32)},
		{"encode_number_precision", integer(func(c *jsonConfig) *int { return &c.precision }, 1, 14)},
		{"encode_keep_buffer", func(vm *VM, args []Value) []Value {
			vm.jsonArgs(args, 1)
			return one(vm.jsonSwitch(args, 1, &cfg(vm).keepBuffer))
		}},
		{"encode_invalid_numbers", func(vm *VM, args []Value) []Value { return vm.jsonInvalid(cfg(vm), args) }},
		{"decode_invalid_numbers", func(vm *VM, args []Value) []Value {
			vm.jsonArgs(args, 1)
			return one(vm.jsonSwitch(args, 1, &cfg(vm).decodeInvalid))
		}},
		{"new", func(vm *VM, _ []Value) []Value {
			own := defaultJSON()
			return one(vm.jsonTable(func(*VM) *jsonConfig { return &own }))
		}},
	})
	t.setStr("null", Null)
	t.setStr("_NAME", "cjson")
	t.setStr("_VERSION", "2.1.0")
	return t
}

func (vm *VM) jsonArgs(args []Value, most int) {
	if len(args) > most {
		vm.argFail(most+1, "found too many arguments")
	}
}

func (vm *VM) jsonInteger(args []Value, i int, field *int, least, most int) Value {
	if arg(args, i) != nil {
		n := vm.checkInt(args, i)
		if n < least || n > most {
			vm.argFail(1, "expected integer between "+formatNumber(float64(least))+" and "+formatNumber(float64(most)))
		}
		*field = n
	}
	return num(float64(*field))
}

// option reads "off", "on" or another word, or a boolean; -1: not given.
func (vm *VM) option(args []Value, i int, words ...string) int {
	switch v := arg(args, i).(type) {
	case nil:
		return -1
	case bool:
		if v {
			return 1
		}
		return 0
	}
	s := vm.checkString(args, i)
	for n, w := range words {
		if s == w {
			return n
		}
	}
	vm.argFail(i, "invalid option '"+s+"'")
	return -1
}

func (vm *VM) jsonSwitch(args []Value, i int, field *bool) Value {
	if n := vm.option(args, i, "off", "on"); n >= 0 {
		*field = n == 1
	}
	return *field
}

func (vm *VM) jsonSparse(c *jsonConfig, args []Value) []Value {
	vm.jsonArgs(args, 3)
	return []Value{
		vm.jsonSwitch(args, 1, &c.sparseConvert),
		vm.jsonInteger(args, 2, &c.sparseRatio, 0, math.MaxInt32),
		vm.jsonInteger(args, 3, &c.sparseSafe, 0, math.MaxInt32),
	}
}

func (vm *VM) jsonInvalid(c *jsonConfig, args []Value) []Value {
	vm.jsonArgs(args, 1)
	if n := vm.option(args, 1, "off", "on", "null"); n >= 0 {
		c.encodeInvalid = n
	}
	if c.encodeInvalid == 2 {
		return one("null")
	}
	return one(c.encodeInvalid == 1)
}

type jsonEncoder struct {
	vm  *VM
	cfg *jsonConfig
	out []byte
}

func (vm *VM) jsonEncode(cfg *jsonConfig, args []Value) []Value {
	if len(args) != 1 {
		vm.argFail(1, "expected 1 argument")
	}
	e := &jsonEncoder{vm: vm, cfg: cfg}
	e.value(args[0], 0)
	return one(vm.text(string(e.out)))
}

func (e *jsonEncoder) refuse(v Value, why string) {
	e.vm.fail("Cannot serialise %s: %s", typeName(v), why)
}

func (e *jsonEncoder) value(v Value, depth int) {
	e.vm.step(1)
	switch v := v.(type) {
	case nil:
		e.out = append(e.out, "null"...)
	case bool:
		if v {
			e.out = append(e.out, "true"...)
		} else {
			e.out = append(e.out, "false"...)
		}
	case float64:
		e.number(v)
	case string:
		e.string(v)
	case *Table:
		e.table(v, depth+1)
	default:
		if v == Null {
			e.out = append(e.out, "null"...)
			return
		}
		e.refuse(v, "type not supported")
	}
}

func (e *jsonEncoder) number(f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		switch e.cfg.encodeInvalid {
		case 0:
			e.refuse(f, "must not be NaN or Inf")
		case 2:
			e.out = append(e.out, "null"...)
			return
		}
		if math.IsNaN(f) {
			e.out = append(e.out, "nan"...)
			return
		}
	}
	e.out = appendG(e.out, f, e.cfg.precision, false, false)
}

const hexDigits = "0123456789abcdef"

func (e *jsonEncoder) string(s string) {
	e.vm.alloc(len(s) + 2)
	out := append(e.out, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '/':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, '\\', 'b')
		case '\t':
			out = append(out, '\\', 't')
		case '\n':
			out = append(out, '\\', 'n')
		case '\f':
			out = append(out, '\\', 'f')
		case '\r':
			out = append(out, '\\', 'r')
		default:
			if c < 32 || c == 127 {
				e.vm.alloc(6)
				out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			} else {
				out = append(out, c)
			}
		}
	}
	e.out = append(out, '"')
}

// arrayLength is the length of a table that is an array; -1: it is an object.
func (e *jsonEncoder) arrayLength(t *Table) int {
	most, items := 0.0, 0
	for k, _, _ := t.next(nil); k != nil; k, _, _ = t.next(k) {
		e.vm.step(1)
		f, ok := k.(float64)
		if !ok || f < 1 || math.Floor(f) != f {
			return -1
		}
		most = max(most, f)
		items++
	}
	c := e.cfg
	if c.sparseRatio > 0 && most > float64(items)*float64(c.sparseRatio) && most > float64(c.sparseSafe) {
		if !c.sparseConvert {
			e.refuse(t, "excessively sparse array")
		}
		return -1
	}
	return int(most)
}

func (e *jsonEncoder) table(t *Table, depth int) {
	if depth > e.cfg.encodeDepth || depth > jsonStackMax {
		e.vm.fail("Cannot serialise, excessive depth (%d)", depth)
	}
	if n := e.arrayLength(t); n > 0 {
		e.out = append(e.out, '[')
		for i := 1; i <= n; i++ {
			if i > 1 {
				e.out = append(e.out, ',')
			}
			e.vm.alloc(8)
			e.value(t.getInt(i), depth)
		}
		e.out = append(e.out, ']')
		return
	}
	e.out = append(e.out, '{')
	comma := false
	for k, v, _ := t.next(nil); k != nil; k, v, _ = t.next(k) {
		if comma {
			e.out = append(e.out, ',')
		}
		comma = true
		switch k := k.(type) {
		case string:
			e.string(k)
		case float64:
			e.vm.alloc(24)
			e.out = append(e.out, '"')
			e.number(k)
			e.out = append(e.out, '"')
		default:
			e.refuse(k, "table key must be a number or string")
		}
		e.out = append(e.out, ':')
		e.value(v, depth)
	}
	e.out = append(e.out, '}')
}

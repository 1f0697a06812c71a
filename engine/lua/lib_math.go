package lua

import "math"

func (vm *VM) openMath() {
	t := vm.library("math", []entry{
		{"abs", math1(math.Abs)}, {"acos", math1(math.Acos)}, {"asin", math1(math.Asin)},
		{"atan2", math2(math.Atan2)}, {"atan", math1(math.Atan)}, {"ceil", math1(math.Ceil)},
		{"cosh", math1(math.Cosh)}, {"cos", math1(math.Cos)},
		{"deg", math1(func(f float64) float64 { return f / (math.Pi / 180) })},
		{"exp", math1(math.Exp)}, {"floor", math1(math.Floor)}, {"fmod", math2(math.Mod)}, {"frexp", mathFrexp},
		{"ldexp", mathLdexp}, {"log10", math1(math.Log10)}, {"log", math1(math.Log)}, {"max", mathMax},
		{"min", mathMin}, {"modf", mathModf}, {"pow", math2(power)},
		{"rad", math1(func(f float64) float64 { return f * (math.Pi / 180) })},
		{"random", mathRandom}, {"randomseed", mathRandomseed}, {"sinh", math1(math.Sinh)}, {"sin", math1(math.Sin)},
		{"sqrt", math1(math.Sqrt)}, {"tanh", math1(math.Tanh)}, {"tan", math1(math.Tan)},
	})
	t.setStr("pi", math.Pi)
	t.setStr("huge", math.Inf(1))
	t.setStr("mod", t.getStr("fmod"))
}

func math1(f func(float64) float64) GoFunc {
	return func(vm *VM, args []Value) []Value { return number(f(vm.checkNumber(args, 1))) }
}

func math2(f func(a, b float64) float64) GoFunc {
	return func(vm *VM, args []Value) []Value {
		b := vm.checkNumber(args, 2) // looked at first, as Redis' compiler has it
		return number(f(vm.checkNumber(args, 1), b))
	}
}

func mathFrexp(vm *VM, args []Value) []Value {
	f, e := math.Frexp(vm.checkNumber(args, 1))
	return []Value{num(f), num(float64(e))}
}

func mathLdexp(vm *VM, args []Value) []Value {
	e := max(-5000, min(5000, vm.checkInt(args, 2)))
	return number(math.Ldexp(vm.checkNumber(args, 1), e))
}

func mathModf(vm *VM, args []Value) []Value {
	f := vm.checkNumber(args, 1)
	if math.IsInf(f, 0) {
		return []Value{num(f), num(math.Copysign(0, f))}
	}
	whole := math.Trunc(f)
	return []Value{num(whole), num(f - whole)}
}

func mathMax(vm *VM, args []Value) []Value {
	most := vm.checkNumber(args, 1)
	for i := 2; i <= len(args); i++ {
		if f := vm.checkNumber(args, i); f > most {
			most = f
		}
	}
	return number(most)
}

func mathMin(vm *VM, args []Value) []Value {
	least := vm.checkNumber(args, 1)
	for i := 2; i <= len(args); i++ {
		if f := vm.checkNumber(args, i); f < least {
			least = f
		}
	}
	return number(least)
}

// randomSeed and nextRandom are drand48's generator as Redis has it: every
// script sees the same numbers.
func randomSeed(seed int32) uint64 { return uint64(uint32(seed))<<16 | 0x330E }

func (vm *VM) nextRandom() int32 {
	vm.random = (vm.random*0x5DEECE66D + 0xB) & (1<<48 - 1)
	return int32(vm.random >> 17)
}

func mathRandom(vm *VM, args []Value) []Value {
	r := float64(vm.nextRandom()%math.MaxInt32) / math.MaxInt32
	switch len(args) {
	case 0:
		return number(r)
	case 1:
		u := vm.checkInt(args, 1)
		if u < 1 {
			vm.argFail(1, "interval is empty")
		}
		return number(math.Floor(r*float64(u)) + 1)
	case 2:
		l, u := vm.checkInt(args, 1), vm.checkInt(args, 2)
		if l > u {
			vm.argFail(2, "interval is empty")
		}
		scaled := float64(r * float64(u-l+1))
		return number(math.Floor(scaled) + float64(l))
	}
	vm.fail("wrong number of arguments")
	return nil
}

func mathRandomseed(vm *VM, args []Value) []Value {
	vm.random = randomSeed(int32(vm.checkInt(args, 1)))
	return nil
}

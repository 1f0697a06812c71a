package engine

// Match reports whether s matches the glob-style pattern as Redis understands
// it: * ? [abc] [^a-z] and \ to escape.
//
// A "*" only ever needs to be tried again from the last one seen, as a match
// of what precedes it can't get better by moving an earlier one. So the work
// is bounded by len(pattern) * len(s), however many stars there are.
func Match(pattern, s []byte) bool {
	p, i := 0, 0
	star, from := -1, 0 // the pattern after the last star, and where in s it was tried
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			for p < len(pattern) && pattern[p] == '*' {
				p++
			}
			if p == len(pattern) {
				return true
			}
			star, from = p, i
			continue
		}
		if p < len(pattern) {
			if next, ok := matchOne(pattern, p, s[i]); ok {
				p, i = next, i+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		from++
		p, i = star, from
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// matchOne matches one byte against the element of the pattern at p and
// returns where the next element begins.
func matchOne(pattern []byte, p int, c byte) (next int, ok bool) {
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		return matchClass(pattern, p+1, c)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + 1, pattern[p] == c
}

// matchClass matches c against the class whose "[" stands before p. A class
// that is never closed ends with the pattern.
func matchClass(pattern []byte, p int, c byte) (next int, ok bool) {
	not := p < len(pattern) && pattern[p] == '^'
	if not {
		p++
	}
	found := false
	for ; p < len(pattern) && pattern[p] != ']'; p++ {
		switch {
		case pattern[p] == '\\' && p+1 < len(pattern):
			p++
			found = found || pattern[p] == c
		case p+2 < len(pattern) && pattern[p+1] == '-':
			low, high := pattern[p], pattern[p+2]
			if low > high {
				low, high = high, low
			}
			found = found || low <= c && c <= high
			p += 2
		default:
			found = found || pattern[p] == c
		}
	}
	if p < len(pattern) {
		p++
	}
	return p, found != not
}

// literalPrefix is the part of the pattern before its first special
// character: every match begins with it. exact: there is none, so only the
// prefix itself matches.
func literalPrefix(pattern []byte) (prefix []byte, exact bool) {
	for i, c := range pattern {
		if c == '*' || c == '?' || c == '[' || c == '\\' {
			return pattern[:i], false
		}
	}
	return pattern, true
}

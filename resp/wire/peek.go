package wire

// PeekKeys appends to keys, up to its capacity, the first argument of each of the next complete commands, as far as they are
// well formed multibulks with such an argument. It consumes nothing, and what it returns is only a hint of what Next will.
func (in *Input) PeekKeys(keys [][]byte) [][]byte {
	buf, at := in.buf, in.pos
	if in.left != 0 {
		return keys
	}
	for len(keys) < cap(keys) {
		n, i := peekLength(buf, at, '*')
		if n < 2 {
			break
		}
		var key []byte
		for arg := range n {
			var size int
			if size, i = peekLength(buf, i, '$'); size < 0 || size > len(buf)-i-2 {
				return keys
			}
			if arg == 1 {
				key = buf[i : i+size]
			}
			i += size + 2
		}
		keys, at = append(keys, key), i
	}
	return keys
}

// peekLength reads a header of at most four digits; -1 for anything else.
func peekLength(buf []byte, at int, mark byte) (n, next int) {
	if at >= len(buf) || buf[at] != mark {
		return -1, at
	}
	for i := at + 1; i < len(buf) && i <= at+5; i++ {
		c := buf[i] - '0'
		if c > 9 {
			if buf[i] != '\r' || i == at+1 {
				break
			}
			return n, i + 2
		}
		n = n*10 + int(c)
	}
	return -1, at
}

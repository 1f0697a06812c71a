package wire

// SplitArgs splits a line as redis-cli, redis.conf and inline commands do:
// words between blanks, "..." with \n \r \t \b \a \xHH and \" inside, '...' with
// \' inside; a closing quote must end its word. Words are appended to args and
// are decoded in place: they lie in line, which is overwritten. ok is false for
// unbalanced quotes.
func SplitArgs(line []byte, args [][]byte) (words [][]byte, ok bool) {
	i := 0
	for {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return args, true
		}
		start, end, next, ok := splitWord(line, i)
		if !ok {
			return args, false
		}
		args = append(args, line[start:end:end])
		i = next
	}
}

// splitWord decodes the word at i. A word never gets longer by decoding, so it
// is written over itself.
func splitWord(line []byte, i int) (start, end, next int, ok bool) {
	start, end = i, i
	for i < len(line) {
		switch c := line[i]; c {
		case ' ', '\n', '\r', '\t':
			return start, end, i, true
		case '"', '\'':
			end, i, ok = splitQuoted(line, end, i+1, c)
			return start, end, i, ok
		default:
			line[end] = c
			end++
			i++
		}
	}
	return start, end, i, true
}

// splitQuoted decodes up to the closing quote, which ends the word.
func splitQuoted(line []byte, end, i int, quote byte) (newEnd, next int, ok bool) {
	for i < len(line) {
		c := line[i]
		switch {
		case c == quote:
			i++
			return end, i, i == len(line) || isSpace(line[i])
		case c == '\\' && quote == '"' && i+3 < len(line) && line[i+1] == 'x' && isHex(line[i+2]) && isHex(line[i+3]):
			c = unhex(line[i+2])<<4 | unhex(line[i+3])
			i += 4
		case c == '\\' && quote == '"' && i+1 < len(line):
			c = unescape(line[i+1])
			i += 2
		case c == '\\' && quote == '\'' && i+1 < len(line) && line[i+1] == '\'':
			c = '\''
			i += 2
		default:
			i++
		}
		line[end] = c
		end++
	}
	return end, i, false
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'a':
		return '\a'
	}
	return c
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

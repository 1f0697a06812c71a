package script

import "errors"

var errQuote = errors.New("unbalanced quotes")

// SplitArgs splits a command line as redis-cli does: words separated by
// blanks, "double quotes" with \xHH, \n, \r, \t, \b, \a escapes, and 'single
// quotes' in which only \' is special. A closing quote must end its word.
func SplitArgs(line string) ([][]byte, error) {
	var args [][]byte
	i := 0
	for {
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i == len(line) {
			return args, nil
		}
		word := []byte{}
		for i < len(line) && !isSpace(line[i]) {
			c := line[i]
			if c != '"' && c != '\'' {
				word = append(word, c)
				i++
				continue
			}
			var err error
			if c == '"' {
				word, i, err = doubleQuoted(word, line, i+1)
			} else {
				word, i, err = singleQuoted(word, line, i+1)
			}
			if err != nil {
				return nil, err
			}
			if i < len(line) && !isSpace(line[i]) {
				return nil, errQuote
			}
		}
		args = append(args, word)
	}
}

// doubleQuoted appends what stands up to the closing quote and returns the
// position behind it.
func doubleQuoted(word []byte, line string, i int) ([]byte, int, error) {
	for i < len(line) {
		c := line[i]
		switch {
		case c == '"':
			return word, i + 1, nil
		case c == '\\' && i+3 < len(line) && line[i+1] == 'x' && isHex(line[i+2]) && isHex(line[i+3]):
			word = append(word, unhex(line[i+2])<<4|unhex(line[i+3]))
			i += 4
		case c == '\\' && i+1 < len(line):
			word = append(word, unescape(line[i+1]))
			i += 2
		default:
			word = append(word, c)
			i++
		}
	}
	return nil, i, errQuote
}

func singleQuoted(word []byte, line string, i int) ([]byte, int, error) {
	for i < len(line) {
		c := line[i]
		switch {
		case c == '\'':
			return word, i + 1, nil
		case c == '\\' && i+1 < len(line) && line[i+1] == '\'':
			word = append(word, '\'')
			i += 2
		default:
			word = append(word, c)
			i++
		}
	}
	return nil, i, errQuote
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

func isSpace(c byte) bool { return c == ' ' || (c >= '\t' && c <= '\r') || c == 0 }

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

// appendQuoted writes b as redis-cli shows a string.
func appendQuoted(dst, b []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range b {
		switch c {
		case '\\', '"':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\a':
			dst = append(dst, '\\', 'a')
		case '\b':
			dst = append(dst, '\\', 'b')
		default:
			if c >= 0x20 && c < 0x7f {
				dst = append(dst, c)
			} else {
				dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
			}
		}
	}
	return append(dst, '"')
}

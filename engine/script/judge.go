package script

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// judge says whether got is the reply that the step expects.
func (s *Step) judge(got string) (bool, error) {
	if got == s.Want {
		return true, nil
	}
	switch {
	case s.Regexp:
		return matchLines(s.Want, got)
	case s.Unordered > 0:
		return slices.Equal(sortedGroups(s.Want, s.Unordered), sortedGroups(got, s.Unordered)), nil
	case s.Approx > 0:
		return nearly(s.Want, got, s.Approx), nil
	}
	return false, nil
}

func matchLines(want, got string) (bool, error) {
	w, g := strings.SplitAfter(want, "\n"), strings.SplitAfter(got, "\n")
	if len(w) != len(g) {
		return false, nil
	}
	for i := range w {
		re, err := regexp.Compile("^(?:" + strings.TrimSuffix(w[i], "\n") + ")$")
		if err != nil {
			return false, err
		}
		if !re.MatchString(strings.TrimSuffix(g[i], "\n")) {
			return false, nil
		}
	}
	return true, nil
}

var elementLine = regexp.MustCompile(`^ *([0-9]+)([)~#]) (.*)$`)

// sortedGroups cuts a printed aggregate into its outermost elements without
// their numbers, puts n neighbours together, and sorts.
func sortedGroups(text string, n int) []string {
	var elems []string
	indent := -1
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		// The position of the mark behind the number is the same for all
		// elements of a level: numbers are right-aligned.
		if m := elementLine.FindStringSubmatchIndex(line); m != nil && (indent < 0 || m[4] == indent) {
			indent = m[4]
			elems = append(elems, line[m[4]:])
			continue
		}
		if len(elems) == 0 {
			return []string{text}
		}
		elems[len(elems)-1] += "\n" + line
	}
	var groups []string
	for chunk := range slices.Chunk(elems, n) {
		groups = append(groups, strings.Join(chunk, "\n"))
	}
	slices.Sort(groups)
	return groups
}

var number = regexp.MustCompile(`\(integer\) -?[0-9]+`)

// nearly compares texts that may differ in integers by up to within each.
func nearly(want, got string, within int64) bool {
	if number.ReplaceAllString(want, "N") != number.ReplaceAllString(got, "N") {
		return false
	}
	w, g := number.FindAllString(want, -1), number.FindAllString(got, -1)
	for i := range w {
		d := parseNumber(w[i]) - parseNumber(g[i])
		if d > within || -d > within {
			return false
		}
	}
	return true
}

func parseNumber(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(s, "(integer) "), 10, 64)
	if err != nil {
		panic(fmt.Sprintf("script: %q matched as a number: %v", s, err))
	}
	return n
}

package sim

import "maps"

// Shrink looks for a run that fails with fewer faults: it leaves out ever
// smaller parts of them for as long as the run still fails. It makes at most
// so many runs, and returns the last options that failed, with what they gave.
func Shrink(opt Options, failed Result, runs int) (Options, Result) {
	skip := maps.Clone(opt.Skip)
	if skip == nil {
		skip = map[int]bool{}
	}
	var left []int
	for id := 1; id <= failed.FaultsMax; id++ {
		if !skip[id] {
			left = append(left, id)
		}
	}
	for part := max(len(left)/2, 1); len(left) > 0; part = max(part/2, 1) {
		fewer := false
		for from := 0; from < len(left); {
			to := min(from+part, len(left))
			try := opt
			try.Skip = maps.Clone(skip)
			for _, id := range left[from:to] {
				try.Skip[id] = true
			}
			if runs--; runs < 0 {
				return opt, failed
			}
			res := Run(try)
			if res.Err == nil {
				from = to
				continue
			}
			opt, failed, skip, fewer = try, res, try.Skip, true
			left = append(left[:from:from], left[to:]...)
		}
		if part == 1 && !fewer {
			break
		}
	}
	return opt, failed
}

package report

import (
	"fmt"
	"strings"
)

// Verdicts of a row.
const (
	NotMet  = "no"
	Met     = "yes"
	Beyond  = "stretch"
	Failed  = "failed"
	NoGoal  = ""
	spreadX = 1.5 // pairs further apart than this make a row doubtful
)

// Verdict says whether a row reached its goal.
func (r Row) Verdict() string {
	switch {
	case r.Err != nil:
		return Failed
	case r.Goal.None:
		if r.Value == 0 {
			return Met
		}
		return NotMet
	case r.Goal.Goal == 0:
		return NoGoal
	case r.Goal.Stretch != 0 && r.reaches(r.Goal.Stretch):
		return Beyond
	case r.reaches(r.Goal.Goal):
		return Met
	}
	return NotMet
}

func (r Row) reaches(limit float64) bool {
	if r.Goal.AtMost {
		return round2(r.Value) <= limit
	}
	return round2(r.Value) >= limit && (!r.Goal.CPUToo || round2(r.CPU) >= limit)
}

// round2 is v as the table shows it: two ratios that read alike are judged alike.
func round2(v float64) float64 {
	var out float64
	fmt.Sscan(digits(v), &out) // its own output
	return out
}

// doubts joins what speaks against a row.
func (r Row) doubts() string {
	var parts []string
	if r.Noise != "" {
		parts = append(parts, r.Noise)
	}
	if r.Unit == "x" && r.Low > 0 && r.High/r.Low > spreadX {
		parts = append(parts, "pairs far apart")
	}
	return strings.Join(parts, ", ")
}

func (r Row) withUnit(v float64) string {
	if r.Unit == "x" {
		return digits(v)
	}
	return strings.TrimSpace(Figure(v) + " " + r.Unit)
}

func (r Row) goal(v float64) string {
	switch {
	case r.Goal.None:
		return "0"
	case v == 0:
		return ""
	case r.Goal.AtMost:
		return "≤ " + r.withUnit(v)
	}
	return "≥ " + r.withUnit(v)
}

func (r Row) stretch() string {
	if r.Goal.Stretch == 0 {
		return ""
	}
	return r.goal(r.Goal.Stretch)
}

// Line is the row as progress shows it.
func (r Row) Line() string {
	if r.Err != nil {
		return fmt.Sprintf("%-44s failed: %v", r.Name, r.Err)
	}
	line := fmt.Sprintf("%-44s %10s", r.Name, r.withUnit(r.Value))
	if r.CPU != 0 {
		line += "  cpu " + digits(r.CPU)
	}
	if g := r.goal(r.Goal.Goal); g != "" {
		line += "  goal " + g + ": " + r.Verdict()
	}
	for _, more := range []string{r.Ours, r.Theirs, r.doubts()} {
		if more != "" {
			line += "  | " + more
		}
	}
	return line
}

// Markdown is the whole report but the charts.
func (b *Book) Markdown() string {
	var s strings.Builder
	fmt.Fprintf(&s, "# %s\n\n", b.Title)
	for _, f := range b.Facts {
		fmt.Fprintf(&s, "- %s\n", f)
	}
	fmt.Fprintf(&s, "\n%s\n", b.summary())
	group := ""
	for _, r := range b.rows {
		if r.Group != group {
			group = r.Group
			fmt.Fprintf(&s, "\n### %s\n\n| | goal | stretch | measured | CPU | met | Foxtail | beside | pairs | doubts |\n|---|---|---|---|---|---|---|---|---|---|\n", group)
		}
		b.line(&s, r)
	}
	return s.String()
}

func (b *Book) line(s *strings.Builder, r Row) {
	measured, cpu, pairs, doubts := r.withUnit(r.Value), "", "", r.doubts()
	if r.Err != nil {
		measured, doubts = "", strings.ReplaceAll(strings.ReplaceAll(r.Err.Error(), "\n", " "), "|", "/")
	}
	if r.CPU != 0 {
		cpu = digits(r.CPU)
	}
	if r.High != 0 {
		pairs = digits(r.Low) + "–" + digits(r.High)
	}
	fmt.Fprintf(s, "| %s |\n", strings.Join([]string{r.Name, r.goal(r.Goal.Goal), r.stretch(), measured, cpu, r.Verdict(), r.Ours, r.Theirs, pairs, doubts}, " | "))
}

// summary counts verdicts and names what fell short.
func (b *Book) summary() string {
	count, short := map[string]int{}, []string{}
	for _, r := range b.rows {
		v := r.Verdict()
		count[v]++
		if v == NotMet || v == Failed {
			short = append(short, r.Group+": "+r.Name)
		}
	}
	text := fmt.Sprintf("%d goals met, %d of them with their stretch; %d not met, %d rows could not be measured.",
		count[Met]+count[Beyond], count[Beyond], count[NotMet], count[Failed])
	if len(short) > 0 {
		text += " Short: " + strings.Join(short, "; ") + "."
	}
	return text
}

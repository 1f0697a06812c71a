package report

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVerdicts(t *testing.T) {
	ratio := func(value, cpu float64, g Goal) Row { return Row{Value: value, CPU: cpu, Unit: "x", Goal: g} }
	for _, test := range []struct {
		name string
		row  Row
		want string
	}{
		{"at least: short", ratio(0.9, 0, Goal{Goal: 1}), NotMet},
		{"at least: as the table rounds it", ratio(0.996, 0, Goal{Goal: 1}), Met},
		{"at least: stretch", ratio(1.3, 0, Goal{Goal: 1, Stretch: 1.3}), Beyond},
		{"CPU falls short", ratio(1.3, 0.9, Goal{Goal: 1, Stretch: 1.3, CPUToo: true}), NotMet},
		{"CPU reaches the goal only", ratio(1.3, 1.1, Goal{Goal: 1, Stretch: 1.3, CPUToo: true}), Met},
		{"at most: met", ratio(0.6, 0, Goal{AtMost: true, Goal: 0.65, Stretch: 0.55}), Met},
		{"at most: short", ratio(0.7, 0, Goal{AtMost: true, Goal: 0.65}), NotMet},
		{"none", ratio(0, 0, Goal{None: true}), Met},
		{"none: some", ratio(1, 0, Goal{None: true}), NotMet},
		{"no goal", ratio(5, 0, Goal{}), NoGoal},
		{"failed", Row{Err: errors.New("x")}, Failed},
	} {
		if got := test.row.Verdict(); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestFigures(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.0042: "0.0042", 0.123: "0.12", 1.005: "1.00", 12.34: "12.3", 999.4: "999", 9999: "9999", 81300: "81.3k", 1234567: "1235k"} {
		if got := Figure(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float64]string{0: "0", 0.05: "0.05", 256: "256", 10_000: "10k", 65_536: "65.54k", 5_000_000: "5M"} {
		if got := Count(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
	if got := Median([]float64{5, 1, 3, 2}); got != 2.5 {
		t.Errorf("median: got %v", got)
	}
	values := []float64{4, 1, 3, 2}
	for q, want := range map[float64]float64{0: 1, 0.5: 2, 0.99: 4, 1: 4} {
		if got := Quantile(values, q); got != want {
			t.Errorf("quantile %v: got %v, want %v", q, got, want)
		}
	}
}

func book() *Book {
	b := &Book{Title: "Measurements", Facts: []string{"a machine"}}
	b.Row(Row{Group: "memory", Name: "SET P1", Goal: Goal{Goal: 1, Stretch: 1.15, CPUToo: true}, Value: 1.1, CPU: 1.05, Unit: "x", Low: 0.6, High: 1.2, Ours: "90k/s", Theirs: "redis 82k/s", Noise: "steal 4 %"})
	b.Row(Row{Group: "idle", Name: "the rest", Err: errors.New("two\nlines | and a bar")})
	b.Sample(Sample{Group: "memory", Cell: "SET, P1", Who: "Foxtail", Round: 1, Metric: "throughput", Unit: "1/s", Value: 90123.4})
	bars := Chart{File: "bars", Title: "Bars", Y: "ratio", Line: 1, LineName: "redis-server"}
	bars.Bar("wall", "SET P1", Point{Y: 1.1, Low: 0.6, High: 1.2})
	bars.Bar("wall", "GET P1", Point{Y: 0.9})
	lines := Chart{File: "lines", Title: "Lines", X: "clients", Y: "ms", LogX: true, LogY: true, Ticks: []float64{1, 10}}
	lines.Point("Foxtail", Point{X: 1, Y: 0.02})
	lines.Point("Foxtail", Point{X: 10, Y: 0.3})
	b.Chart(bars)
	b.Chart(lines)
	b.Chart(Chart{File: "empty"})
	return b
}

func TestFilesAreWritten(t *testing.T) {
	dir, b := filepath.Join(t.TempDir(), "out"), book()
	for range 2 { // a later call replaces what an earlier one wrote
		if err := b.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	table := read(t, dir, TableFile)
	for _, want := range []string{
		"| SET P1 | ≥ 1.00 | ≥ 1.15 | 1.10 | 1.05 | yes | 90k/s | redis 82k/s | 0.60–1.20 | steal 4 %, pairs far apart |",
		"| the rest |  |  |  |  | failed |  |  |  | two lines / and a bar |",
		"1 goals met, 0 of them with their stretch; 0 not met, 1 rows could not be measured. Short: idle: the rest.",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	records, err := csv.NewReader(strings.NewReader(read(t, dir, SamplesFile))).ReadAll()
	if err != nil || len(records) != 2 || strings.Join(records[1], ";") != "memory;SET, P1;Foxtail;1;throughput;1/s;90123.4" {
		t.Errorf("samples: %q, %v", records, err)
	}
	for name, want := range map[string]string{"bars.svg": "redis-server", "lines.svg": "clients"} {
		if svg := read(t, dir, name); !strings.Contains(svg, "<svg") || !strings.Contains(svg, want) {
			t.Errorf("%s: no picture that says %q", name, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "empty.svg")); err == nil {
		t.Error("an empty chart was written")
	}
}

func TestSpliceReplacesWhatIsBetweenTheMarks(t *testing.T) {
	dir, b := t.TempDir(), book()
	path := filepath.Join(dir, "README.md")
	if err := b.Splice(path, dir); err == nil {
		t.Error("no file: no error")
	}
	for _, text := range []string{"none", beginMark, endMark + beginMark} {
		write(t, path, text)
		if err := b.Splice(path, dir); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
	write(t, path, "above\n"+beginMark+"old"+endMark+"\nbelow")
	for range 2 {
		if err := b.Splice(path, filepath.Join(dir, "results")); err != nil {
			t.Fatal(err)
		}
	}
	got := read(t, dir, "README.md")
	if strings.Contains(got, "old") || !strings.HasPrefix(got, "above\n") || !strings.HasSuffix(got, "\nbelow") ||
		strings.Count(got, "| SET P1 |") != 1 || !strings.Contains(got, "![Bars](results/bars.svg)") {
		t.Errorf("got\n%s", got)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

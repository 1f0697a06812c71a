// Package report keeps what a run measured and writes it: a table in Markdown,
// every sample in CSV, charts in SVG. It knows neither servers nor load.
//
//	book.go   rows and samples, and the files
//	table.go  rows against their goals
//	chart.go  charts
package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Sample is one reading.
type Sample struct {
	Group, Cell, Who string
	Round            int
	Metric, Unit     string
	Value            float64
}

// Goal is what a row's value is held against. The zero Goal judges nothing.
type Goal struct {
	None    bool // the value must be zero
	AtMost  bool // else at least
	Goal    float64
	Stretch float64
	CPUToo  bool // the row's CPU ratio must reach it as well
}

// Row is one line of the table.
type Row struct {
	Group, Name  string
	Goal         Goal
	Value        float64
	Unit         string  // "x" for a ratio
	CPU          float64 // ratio of operations per server CPU second; 0: none
	Low, High    float64 // the extreme pairs; 0: a single reading
	Ours, Theirs string  // absolute figures
	Noise        string  // why not to trust it
	Err          error   // it could not be measured
}

// Book is what a run has measured. Its methods belong to one goroutine.
type Book struct {
	Title   string
	Facts   []string // about the machine and the versions
	rows    []Row
	samples []Sample
	charts  []Chart
}

// Row adds a line.
func (b *Book) Row(r Row) { b.rows = append(b.rows, r) }

// Sample adds a reading.
func (b *Book) Sample(s Sample) { b.samples = append(b.samples, s) }

// Chart adds a chart, unless it is empty.
func (b *Book) Chart(c Chart) {
	if len(c.Series) > 0 {
		b.charts = append(b.charts, c)
	}
}

// Rows are the lines so far.
func (b *Book) Rows() []Row { return b.rows }

// Files that Write makes, beside the charts.
const (
	TableFile   = "table.md"
	SamplesFile = "samples.csv"
)

// Write writes all there is so far into dir, replacing what an earlier call wrote.
func (b *Book) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	err := errors.Join(
		os.WriteFile(filepath.Join(dir, TableFile), []byte(b.Markdown()), 0o644),
		b.writeSamples(filepath.Join(dir, SamplesFile)))
	for _, c := range b.charts {
		err = errors.Join(err, c.write(filepath.Join(dir, c.File+".svg")))
	}
	return err
}

// Marks between which Splice writes.
const (
	beginMark = "<!-- the last full run begins here -->"
	endMark   = "<!-- the last full run ends here -->"
)

// Splice puts the table and the charts, which Write wrote into dir, between the
// marks of a Markdown file.
func (b *Book) Splice(path, dir string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), beginMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !ok || !ended {
		return fmt.Errorf("%s lacks %s or %s", path, beginMark, endMark)
	}
	if dir, err = filepath.Rel(filepath.Dir(path), dir); err != nil {
		return err
	}
	_, body, _ := strings.Cut(b.Markdown(), "\n") // without its title
	pictures := ""
	for _, c := range b.charts {
		pictures += fmt.Sprintf("![%s](%s)\n\n", c.Title, filepath.ToSlash(filepath.Join(dir, c.File+".svg")))
	}
	return os.WriteFile(path, []byte(before+beginMark+"\n"+body+"\n"+pictures+endMark+after), 0o644)
}

func (b *Book) writeSamples(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	w.Write([]string{"measurement", "cell", "server", "round", "metric", "unit", "value"}) // errors show in Error
	for _, s := range b.samples {
		w.Write([]string{s.Group, s.Cell, s.Who, strconv.Itoa(s.Round), s.Metric, s.Unit, strconv.FormatFloat(s.Value, 'g', 6, 64)})
	}
	w.Flush()
	return errors.Join(w.Error(), f.Close())
}

// Median is the middle of values, 0 of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// Quantile is the value that a share q of values don't exceed.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	return v[min(len(v)-1, max(0, int(math.Ceil(q*float64(len(v))))-1))]
}

// Figure is a number at three digits, with k, M or G.
func Figure(v float64) string {
	suffix := ""
	for _, s := range []string{"k", "M", "G"} {
		if math.Abs(v) < 9999.5 {
			break
		}
		v, suffix = v/1000, s
	}
	return digits(v) + suffix
}

// Count is a round number as it is spoken: 500, 10k, 5M.
func Count(v float64) string {
	suffix := ""
	switch {
	case v >= 1e6:
		v, suffix = v/1e6, "M"
	case v >= 1e4:
		v, suffix = v/1e3, "k"
	}
	return strconv.FormatFloat(v, 'g', 4, 64) + suffix
}

func digits(v float64) string {
	switch a := math.Abs(v); {
	case a >= 99.95 || v == 0:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 0.0995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strings.TrimRight(fmt.Sprintf("%.4f", v), "0")
}

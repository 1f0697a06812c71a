package report

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"os"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Chart is one picture: bars if it has Names, else lines.
type Chart struct {
	File, Title string
	X, Y        string   // axis labels, with units
	Names       []string // of groups of bars: X of a point is its group's number
	Series      []Series
	LogX, LogY  bool
	Line        float64 // a dashed horizontal line, labelled; 0: none
	LineName    string
	Ticks       []float64 // of X; nil: chosen
	TickNames   []string
}

// Series is one colour of a chart.
type Series struct {
	Name   string
	Points []Point
}

// Point is one reading; Low and High are the extremes of its rounds, 0 if there
// was one.
type Point struct{ X, Y, Low, High float64 }

// Bar adds a bar of a series to the group called name.
func (c *Chart) Bar(series, name string, p Point) {
	at := slices.Index(c.Names, name)
	if at < 0 {
		at, c.Names = len(c.Names), append(c.Names, name)
	}
	p.X = float64(at)
	c.Point(series, p)
}

// Point adds a point to the series of that name.
func (c *Chart) Point(series string, p Point) {
	for i := range c.Series {
		if c.Series[i].Name == series {
			c.Series[i].Points = append(c.Series[i].Points, p)
			return
		}
	}
	c.Series = append(c.Series, Series{series, []Point{p}})
}

// Len and XY are what plotter asks of points.
func (s Series) Len() int                { return len(s.Points) }
func (s Series) XY(i int) (x, y float64) { return s.Points[i].X, s.Points[i].Y }

// palette is Okabe and Ito's, which colour-blind readers can tell apart.
var palette = []color.RGBA{{0xd5, 0x5e, 0x00, 0xff}, {0x56, 0x56, 0x56, 0xff}, {0x00, 0x72, 0xb2, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff}, {0xe6, 0x9f, 0x00, 0xff}}

var grey = color.RGBA{0xdd, 0xdd, 0xdd, 0xff}

const (
	chartHeight  = 9.5 * vg.Centimeter
	chartWidth   = 18 * vg.Centimeter
	widthAName   = 1.8 * vg.Centimeter // of a group of bars, at least
	barsOfAGroup = 0.75                // of the width that a group has
)

func (c Chart) write(path string) error {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	plotter.DefaultFont = plot.DefaultFont
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.Title, c.X, c.Y
	p.Title.Padding, p.X.Padding = vg.Points(8), 0
	p.Title.TextStyle.Font.Size, p.X.Label.TextStyle.Font.Size, p.Y.Label.TextStyle.Font.Size = 12, 10, 10
	p.Legend.Top, p.Legend.Left, p.Legend.TextStyle.Font.Size = true, true, 9
	p.Legend.ThumbnailWidth, p.Legend.Padding, p.Legend.XOffs = vg.Points(12), vg.Points(1), vg.Points(6)
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = nil, grey
	p.Add(grid)
	width := chartWidth
	var err error
	if len(c.Names) > 0 {
		width = max(width, vg.Length(len(c.Names))*widthAName+3*vg.Centimeter)
		err = c.bars(p, width)
	} else {
		err = c.lines(p)
	}
	if err != nil {
		return fmt.Errorf("chart %s: %w", c.File, err)
	}
	c.reference(p)
	c.scaleY(p)
	return save(p, width, path)
}

// scaleY leaves room above everything for the legend.
func (c Chart) scaleY(p *plot.Plot) {
	entries := len(c.Series)
	if c.Line != 0 {
		entries++
	}
	room := 0.05 + 0.055*float64(entries) // of the height
	if c.LogY {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, decades{}
		p.Y.Max *= math.Pow(p.Y.Max/p.Y.Min, room/(1-room))
		return
	}
	p.Y.Min, p.Y.Max = min(0, p.Y.Min), p.Y.Max/(1-room)
	p.Y.Tick.Marker = figures{}
}

// save writes the picture. Readers may lack the font by which it was laid out:
// others of its measures are named.
func save(p *plot.Plot, width vg.Length, path string) error {
	canvas := vgsvg.New(width, chartHeight)
	margin := vg.Points(8)
	p.Draw(draw.Crop(draw.New(canvas), margin, -2*margin, margin/2, -margin))
	var svg bytes.Buffer
	if _, err := canvas.WriteTo(&svg); err != nil {
		return err
	}
	family := []byte("font-family:Liberation Sans")
	return os.WriteFile(path, bytes.ReplaceAll(svg.Bytes(), family, append(family, ",Arial,Helvetica,sans-serif"...)), 0o644)
}

// reference draws the dashed line.
func (c Chart) reference(p *plot.Plot) {
	if c.Line == 0 {
		return
	}
	f := plotter.NewFunction(func(float64) float64 { return c.Line })
	f.Width, f.Dashes, f.Color = vg.Points(1), []vg.Length{vg.Points(4), vg.Points(3)}, color.Black
	p.Add(f)
	p.Legend.Add(c.LineName, f)
	p.Y.Min, p.Y.Max = min(p.Y.Min, c.Line), max(p.Y.Max, c.Line)
}

// bars draws groups of bars side by side, with their figures on top.
func (c Chart) bars(p *plot.Plot, width vg.Length) error {
	inner := width - 2.4*vg.Centimeter
	one := inner / vg.Length(len(c.Names)) * barsOfAGroup / vg.Length(len(c.Series))
	for i, s := range c.Series {
		values, xys := make(plotter.Values, len(c.Names)), plotter.XYLabels{}
		for _, pt := range s.Points {
			values[int(pt.X)] = pt.Y
			xys.XYs, xys.Labels = append(xys.XYs, plotter.XY{X: pt.X, Y: max(pt.Y, pt.High)}), append(xys.Labels, Figure(pt.Y))
		}
		b, err := plotter.NewBarChart(values, one*0.9)
		if err != nil {
			return err
		}
		b.Offset = (vg.Length(i) - vg.Length(len(c.Series)-1)/2) * one
		b.Color, b.LineStyle.Width = palette[i%len(palette)], 0
		labels, err := plotter.NewLabels(xys)
		if err != nil {
			return err
		}
		labels.Offset = vg.Point{X: b.Offset, Y: vg.Points(2)}
		for j := range labels.TextStyle {
			labels.TextStyle[j].Font.Size, labels.TextStyle[j].XAlign = 7, draw.XCenter
		}
		p.Add(b, extremes{s, b.Offset}, labels)
		p.Legend.Add(s.Name, b)
	}
	p.NominalX(c.Names...)
	p.X.Min, p.X.Max = -0.5, float64(len(c.Names))-0.5
	p.X.Tick.Label.Font.Size = 9
	return nil
}

// extremes draws a thin line from the lowest to the highest round of each point.
type extremes struct {
	Series
	offset vg.Length
}

func (e extremes) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := draw.LineStyle{Color: color.Black, Width: vg.Points(0.7)}
	for _, pt := range e.Points {
		if pt.High > pt.Low {
			c.StrokeLine2(style, x(pt.X)+e.offset, y(pt.Low), x(pt.X)+e.offset, y(pt.High))
		}
	}
}

// DataRange makes room for the lines.
func (e extremes) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax, ymin, ymax = plotter.XYRange(e)
	for _, pt := range e.Points {
		if pt.High > pt.Low {
			ymin, ymax = min(ymin, pt.Low), max(ymax, pt.High)
		}
	}
	return xmin, xmax, ymin, ymax
}

func (c Chart) lines(p *plot.Plot) error {
	if c.LogX {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decades{}
	}
	if c.Ticks != nil {
		var ticks plot.ConstantTicks
		for i, v := range c.Ticks {
			name := Count(v)
			if c.TickNames != nil {
				name = c.TickNames[i]
			}
			ticks = append(ticks, plot.Tick{Value: v, Label: name})
		}
		p.X.Tick.Marker = ticks
	}
	for i, s := range c.Series {
		if len(s.Points) == 0 {
			continue
		}
		line, dots, err := plotter.NewLinePoints(s)
		if err != nil {
			return err
		}
		line.Color, line.Width = palette[i%len(palette)], vg.Points(1.6)
		dots.Color, dots.Shape, dots.Radius = line.Color, draw.CircleGlyph{}, vg.Points(2.2)
		if s.Len() > 20 {
			dots.Radius = 0
		}
		p.Add(line, dots, extremes{s, 0})
		p.Legend.Add(s.Name, line)
	}
	return nil
}

// figures has about five ticks at round numbers, written as the table does.
type figures struct{}

func (figures) Ticks(lo, hi float64) (ticks []plot.Tick) {
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/5)))
	for _, m := range []float64{5, 2} {
		if (hi-lo)/(m*step) >= 5 {
			step *= m
			break
		}
	}
	for n := math.Ceil(lo / step); n*step <= hi; n++ {
		ticks = append(ticks, plot.Tick{Value: n * step, Label: Count(n * step)})
	}
	return ticks
}

// decades has ticks at 1, 2 and 5 times the powers of ten.
type decades struct{}

func (decades) Ticks(lo, hi float64) (ticks []plot.Tick) {
	for e := math.Floor(math.Log10(lo)); e <= math.Ceil(math.Log10(hi)); e++ {
		for _, m := range []float64{1, 2, 5} {
			if v := m * math.Pow(10, e); v >= lo*0.999 && v <= hi*1.001 {
				ticks = append(ticks, plot.Tick{Value: v, Label: Count(v)})
			}
		}
	}
	return ticks
}

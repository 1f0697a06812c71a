package server

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Noise is what others did to the machine meanwhile, as shares of all its cores.
type Noise struct {
	Steal  float64 // taken by the host of a virtual machine
	Others float64 // used by processes that are no part of the measurement
}

// Limits above which figures are not to be trusted.
const (
	stealMax  = 0.02
	othersMax = 0.10
)

func (n Noise) String() string {
	var parts []string
	if n.Steal > stealMax {
		parts = append(parts, fmt.Sprintf("steal %.0f %%", 100*n.Steal))
	}
	if n.Others > othersMax {
		parts = append(parts, fmt.Sprintf("others %.0f %%", 100*n.Others))
	}
	return strings.Join(parts, ", ")
}

// Meter watches the machine from Watch to Stop.
type Meter struct {
	ours  []*Process
	began time.Time
	start times
	err   error
}

type times struct{ busy, steal, ours time.Duration }

// Watch begins; ours are the processes whose CPU is no noise, as that of this
// one and of the children it has waited for.
func Watch(ours []*Process) *Meter {
	m := &Meter{ours: ours, began: time.Now()}
	m.start, m.err = m.read()
	return m
}

// Stop returns the noise since Watch.
func (m *Meter) Stop() (Noise, error) {
	end, err := m.read()
	if m.err != nil {
		err = m.err
	}
	all := time.Since(m.began).Seconds() * float64(runtime.NumCPU())
	busy, steal, ours := end.busy-m.start.busy, end.steal-m.start.steal, end.ours-m.start.ours
	return Noise{Steal: steal.Seconds() / all, Others: max(0, (busy-ours).Seconds()/all)}, err
}

func (m *Meter) read() (t times, err error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return t, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	const tick = 10 * time.Millisecond
	for i, word := range strings.Fields(line)[1:] {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return t, err
		}
		switch i { // user nice system idle iowait irq softirq steal guest guest_nice
		case 0, 1, 2, 5, 6:
			t.busy += time.Duration(n) * tick
		case 7:
			t.steal = time.Duration(n) * tick
		}
	}
	if t.ours, err = CPU(m.ours); err != nil {
		return t, err
	}
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if err := unix.Getrusage(who, &u); err != nil {
			return t, err
		}
		t.ours += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return t, nil
}

// Describe is the machine in a line: processor, cores, memory, kernel.
func Describe() string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	var u unix.Utsname
	var s unix.Sysinfo_t
	if unix.Uname(&u) != nil || unix.Sysinfo(&s) != nil {
		return model
	}
	return fmt.Sprintf("%s, %d cores, %d GiB, Linux %s, %s", model, runtime.NumCPU(), s.Totalram*uint64(s.Unit)>>30,
		unix.ByteSliceToString(u.Release[:]), runtime.Version())
}

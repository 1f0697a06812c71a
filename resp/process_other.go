//go:build !unix

package resp

// cpuSeconds is not known here.
func cpuSeconds() (user, sys float64) { return 0, 0 }

// residentBytes is not known here; 0.
func residentBytes() uint64 { return 0 }

// systemMemory is not known here; 0.
func systemMemory() uint64 { return 0 }

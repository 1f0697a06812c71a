package wal

import (
	"fmt"
	"os"
)

// CheckCommand is foxtail check [DIR]: it verifies the data of a stopped node,
// prints what it found, and returns the exit code.
func CheckCommand(args []string) int {
	dir := "./foxtail-data"
	if len(args) > 0 {
		dir = args[0]
	}
	report, err := Check(OS, dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "foxtail check:", err)
		return 1
	}
	fmt.Print(report)
	if report.Damaged() {
		return 1
	}
	return 0
}

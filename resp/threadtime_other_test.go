//go:build !linux

package resp

import "time"

func threadTime() time.Duration { return 0 }

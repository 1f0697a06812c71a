//go:build !plant

package plant

// Is reports whether the named mistake is to be made: never, in this build.
func Is(string) bool { return false }

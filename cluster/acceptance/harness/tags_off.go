//go:build !plant

package harness

// tags of the build are those of the test.
const tags = ""

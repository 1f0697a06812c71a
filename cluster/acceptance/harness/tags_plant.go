//go:build plant

package harness

const tags = "plant"

package engine

// Call is one command being executed.
type Call struct{}

package engine

// owner marks the parts of a structure that only it can reach, so that they
// may be changed in place. Clone gives both sides a new mark: whatever they
// share belongs to neither, and is copied before the first change. Readers
// never look at marks, so a snapshot may be walked while its clone is changed.
type owner struct{ _ byte }

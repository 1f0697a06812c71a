// Package process runs Foxtail nodes as child processes, on 127.0.0.1 unless told
// otherwise, and speaks
// to them: start, kill -9, signals, a wiped directory, and a small RESP client.
// The torture command and the acceptance tests stand on it.
//
//	n := &process.Node{Name: "node 1", Exe: exe, Port: p, Bus: b, Dir: dir, LogFile: log}
//	err := n.Start()                       // waits until it answers PING
//	leader, err := process.Leader(nodes)   // waits until there is one
//	err = nodes[leader].Kill()             // kill -9
//
// States are waited for by asking the nodes, never by sleeping for a time that
// should be enough.
//
// One goroutine per process waits for its end. The methods of a Node belong to
// one goroutine.
package process

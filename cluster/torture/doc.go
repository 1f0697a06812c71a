// Package torture is the command that lets anybody see for himself whether
// Foxtail keeps its promises: it starts a real cluster of child processes on
// this machine, breaks it, keeps books of what its clients were told, and says
// PASS or FAIL.
//
//	foxtail torture --seed 7 --time 120s --nodes 5
//	foxtail torture --netns    # Linux, root: a network of packets that get lost
//	foxtail torture --list
//	foxtail torture --sim 1000 --seed 1    # no processes: package sim
//
// The seed decides which faults come in which order, what they hit, how long
// they last, and what the clients choose. When the same seed runs again,
// processes and sockets take their time as they like, so a failure comes back
// often rather than always; cluster/sim is where a seed repeats to the bit.
//
// # Faults
//
// Between real processes with real files, and without root (faults.go):
//
//	power      with every second seed, kill -9 loses what was not synced
//	processes  kill -9 of the leader, a follower, a majority, all; again and again
//	           while it starts; SIGTERM; SIGSTOP of leader or follower; a leader that sleeps and
//	           wakes cut off; rolling restart
//	links      leader or follower cut off, one way or both; partitions of every
//	           shape, also such that nobody hears a majority; links that break again
//	           and again, are slow, or stall as if packets were lost
//	disks      full at one node or at all; flipped bytes in a stopped node's files,
//	           which it must refuse to serve by name; a directory lost
//	members    removed and added again; leadership handed over; snapshots
//	clocks     jumps of a node's wall clock
//
// With --netns the links are not proxies but a switch between network namespaces
// (package netns), so TCP itself is broken, and between nodes and clients as well
// (packets.go):
//
//	packets    lost, doubled, overtaken, spoilt, too many for a slow link
//	resets     of which only one end hears
//	machines   that vanish with their network, so that nobody hears of a node's end;
//	           cut off from clients, for longer than connections last; links that
//	           come and go
//
// What was not promised to be survived is not done: a disk is only harmed while
// all others hold everything, and the node is a new member before the next
// fault.
//
// # Checks
//
// Those of package load (histories, ledger, queues, messages), and:
//
//	T1  After each fault every node answers linearizable reads and has its vote
//	    back, within process.WaitMax.
//	T2  No process ends by itself; a damaged directory ends it, and it names the file.
//	T3  At the end all nodes are killed at once, and everything that was ever
//	    acknowledged is read again, at every node.
//	T4  Then all nodes hold the same state (DEBUG DIGEST).
//	T5  Every directory is sound (foxtail check).
//
// # It can fail
//
// With the build tag plant, nodes make a mistake on purpose (package plant), and
// a test wants it found:
//
//	go test -tags plant ./cluster/torture -run TestPlanted -long
//	go build -tags plant . && PLANT_MISTAKE=follower-read ./foxtail torture
//
// # Structure
//
//	process  nodes as child processes, and a small client
//	link     proxies between the nodes, so that links can be broken
//	netns    or a namespace for each, and a switch that breaks packets
//	history  what one key's clients saw, and whether it is linearizable
//	load     the clients, and their books
//
// One goroutine, that of Run, breaks and mends; load and link have their own.
package torture

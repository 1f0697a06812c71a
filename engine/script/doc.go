// Package script reads and runs session scripts: files that look like a
// terminal with redis-cli open. They say how commands behave, in a form that
// needs no Go, and the same file runs against a bare engine, a server over
// RESP2 or RESP3, a cluster, and redis-server itself as the oracle.
//
//	# SET NX leaves an existing key alone.
//	> SET a 1
//	OK
//	> SET a 2 NX
//	(nil)
//	> GET a
//	"1"
//
// # Notation
//
// A line that begins with "#" is a comment; empty lines separate. "> " is a
// command on the unnamed connection, "A> " on the connection named A; names
// are letters and digits. Arguments are quoted as in redis-cli: "a\x00\n",
// 'it\'s'. The lines that follow are the reply as redis-cli prints it on a
// terminal, up to an empty line or the next line of the script. Inside a reply
// a line that is empty or looks like a line of the script is written with a
// backslash before it.
//
// A command that blocks prints nothing. "A<" takes the next thing that
// connection A receives: the reply of its blocked command, or a message.
//
// Directives stand on a line of their own, and act where they stand:
//
//	@sleep 5s          let time pass; virtual on a bare engine, where it costs nothing.
//	                   On servers a sleep of more than a second ends the script.
//	@restart           stop (kill -9) and start again; connections are new
//	@snapshot          take a snapshot, so that what follows stands on it
//	@kill leader       kill the leader of a cluster; elsewhere the same as @restart
//	@resp3             from here on connections speak RESP3, replies are shown in RESP3's form
//	@resp2             from here on connections speak RESP2
//	@resp              back to the start: any protocol, replies are shown in RESP2's form
//
// Markers say how the reply of the next command (or "A<") is judged:
//
//	@unordered [n]     the elements of the outermost array come in any order; with n
//	                   they move in groups of n (2 for a flat list of pairs)
//	@approx N          each integer may differ by up to N
//	@regexp            each line is a regular expression for the whole line
//	@noredis reason    not run against redis-server, for the reason given
//	@noredis-file reason   (before the first command) the whole file is not
//	@server reason     not run on a bare engine: a matter of sessions
//
// The package starts no goroutine, knows no network and no file: a Backend is
// handed in.
package script

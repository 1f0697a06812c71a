// Package netns puts each node of a cluster into a Linux network namespace of
// its own, and breaks the network between them packet by packet. What nodes and
// clients then meet is what TCP makes of it: retransmits that back off, resets,
// connections of which only one end knows that they are over.
//
//	net, err := netns.New(3, seed)      // root, or CAP_NET_ADMIN and CAP_SYS_ADMIN
//	err = net.Start(0, cmd)             // a process that sees net.Addr(0) and nothing else
//	net.Set(0, 2, netns.Condition{Lose: 0.1})
//	net.Set(net.Clients(), 0, netns.Condition{Cut: true})
//	net.Heal()
//
// Each namespace has one TUN device, this process' own namespace another; this
// process is the switch between them. So the kernel needs /dev/net/tun only, not
// netem or a firewall, and a seed decides on each packet's fate. Devices,
// namespaces and nodes are gone when this process is, however it ends.
//
// All methods are safe for concurrent use. One goroutine per device reads and
// forwards; one delivers what was delayed.
package netns

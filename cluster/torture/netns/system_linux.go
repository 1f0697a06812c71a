package netns

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// system is the namespaces of the nodes, each with a thread in it. Processes that
// a thread starts inherit its namespace, and are killed when it ends.
type system struct{ spaces []space }

type space chan func()

func newSpace() space {
	s := make(space)
	go func() {
		runtime.LockOSThread() // without unlock: the runtime ends the thread
		for f := range s {
			f()
		}
	}()
	return s
}

// do lets the thread do something.
func (s space) do(f func() error) error {
	err := make(chan error)
	s <- func() { err <- f() }
	return <-err
}

func (s *system) close() {
	for _, space := range s.spaces {
		close(space)
	}
}

// New makes a network of so many nodes, on a free subnet of 198.18.0.0/15, which
// is set aside for tests of networks (RFC 2544). The seed decides on packets.
func New(nodes int, seed uint64) (*Net, error) {
	n, err := setUp(nodes, seed)
	if errors.Is(err, os.ErrPermission) {
		err = fmt.Errorf("only root may make namespaces: %w", err)
	}
	return n, err
}

func setUp(nodes int, seed uint64) (n *Net, err error) {
	var sys system
	var devices []io.ReadWriteCloser
	defer func() {
		if err != nil {
			sys.close()
			for _, d := range devices {
				d.Close()
			}
		}
	}()
	clients, subnet, err := clientsDevice(nodes + 1)
	if err != nil {
		return nil, err
	}
	for i := range nodes {
		s := newSpace()
		sys.spaces = append(sys.spaces, s)
		err = s.do(func() error {
			if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("unshare: %w", err)
			}
			d, err := device("eth0", append(subnet[:], byte(i+1)))
			if err != nil {
				return err
			}
			devices = append(devices, d)
			return configure("lo", nil)
		})
		if err != nil {
			clients.Close()
			return nil, err
		}
	}
	n = start(subnet, append(devices, clients), seed)
	n.system = sys
	return n, nil
}

// Addr is the IP address of an end.
func (n *Net) Addr(end int) string {
	return netip.AddrFrom4([4]byte{n.subnet[0], n.subnet[1], n.subnet[2], byte(end + 1)}).String()
}

// Start starts a process in a node's namespace. It does not outlive this one.
func (n *Net) Start(node int, cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return n.spaces[node].do(cmd.Start)
}

const tries = 100

// clientsDevice makes the device of this process' own namespace, and finds a
// subnet for all.
func clientsDevice(host int) (io.ReadWriteCloser, [3]byte, error) {
	for range tries {
		subnet := [3]byte{198, 18 + byte(rand.IntN(2)), byte(rand.IntN(256))}
		addr := append(subnet[:], byte(host))
		if used, err := routes(addr); err != nil {
			return nil, subnet, err
		} else if used > 0 {
			continue
		}
		d, err := device(fmt.Sprintf("fox%d.%%d", os.Getpid()), addr) // the kernel counts
		if err != nil {
			return nil, subnet, err
		}
		used, err := routes(addr)
		if err == nil && used == 1 { // nobody else took it meanwhile
			return d, subnet, nil
		}
		d.Close()
		if err != nil {
			return nil, subnet, err
		}
	}
	return nil, [3]byte{}, errors.New("no subnet of 198.18.0.0/15 is free")
}

// routes counts the routes to an address, but for default ones.
func routes(addr []byte) (count int, err error) {
	f, err := os.Open("/proc/thread-self/net/route") // /proc/net is the first thread's, which may have left
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var dev string
		var to, gateway, flags, refs, use, metric, mask uint32
		if strings.HasPrefix(lines.Text(), "Iface") {
			continue
		}
		if _, err := fmt.Sscanf(lines.Text(), "%s %x %x %x %d %d %d %x", &dev, &to, &gateway, &flags, &refs, &use, &metric, &mask); err != nil {
			return 0, fmt.Errorf("routes: %q: %w", lines.Text(), err)
		}
		// Both are printed in the machine's order of bytes, and are in the network's.
		if a := uint32(addr[0]) | uint32(addr[1])<<8 | uint32(addr[2])<<16 | uint32(addr[3])<<24; mask != 0 && a&mask == to {
			count++
		}
	}
	return count, lines.Err()
}

// device makes a TUN device with an address in the thread's namespace. It is
// gone when the file is closed.
func device(name string, addr []byte) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/net/tun: %w", err)
	}
	ifr, err := unix.NewIfreq(name)
	if err == nil {
		ifr.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr)
	}
	if err == nil {
		name = ifr.Name() // it may have been a pattern
		err = configure(name, addr)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("device %s: %w", name, err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), name), nil
}

// configure gives a device an address with a 24-bit mask, if any, and sets it up.
func configure(name string, addr []byte) error {
	sock, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(sock)
	ifr, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	set := func(request uint, value []byte) error {
		if err := ifr.SetInet4Addr(value); err != nil {
			return err
		}
		return unix.IoctlIfreq(sock, request, ifr)
	}
	if addr != nil {
		if err := set(unix.SIOCSIFADDR, addr); err != nil {
			return err
		}
		if err := set(unix.SIOCSIFNETMASK, []byte{255, 255, 255, 0}); err != nil {
			return err
		}
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(sock, unix.SIOCSIFFLAGS, ifr)
}

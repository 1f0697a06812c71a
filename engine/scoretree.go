package engine

// scored is one member of a sorted set.
type scored struct {
	score  float64 // never NaN
	member string
}

func (a scored) before(b scored) bool {
	if a.score != b.score {
		return a.score < b.score
	}
	return a.member < b.member
}

// scoreTree keeps members in the order of (score, member) and knows their
// ranks: a B+tree whose inner nodes count what is below each child. Its shape
// is this node's own; nothing a client sees depends on it.
type scoreTree struct {
	owner *owner
	root  *scoreNode
}

// scoreNode is a leaf (kids nil) with items, or an inner node: first[i] is not
// above any item of kids[i], and above every item of kids[i-1].
type scoreNode struct {
	owner *owner
	count int // items in and below
	items []scored
	kids  []*scoreNode
	first []scored
}

const (
	scoreLeafMax = 64
	scoreKidsMax = 32
)

func newScoreTree() *scoreTree {
	o := new(owner)
	return &scoreTree{owner: o, root: &scoreNode{owner: o}}
}

func (t *scoreTree) clone() *scoreTree {
	c := &scoreTree{owner: new(owner), root: t.root}
	t.owner = new(owner)
	return c
}

func (t *scoreTree) len() int { return t.root.count }

// mine makes the node in place changeable.
func (t *scoreTree) mine(place **scoreNode) *scoreNode {
	n := *place
	if n.owner == t.owner {
		return n
	}
	c := &scoreNode{owner: t.owner, count: n.count}
	if n.kids == nil {
		c.items = append(make([]scored, 0, len(n.items)+4), n.items...)
	} else {
		c.kids = append(make([]*scoreNode, 0, len(n.kids)+2), n.kids...)
		c.first = append(make([]scored, 0, len(n.first)+2), n.first...)
	}
	*place = c
	return c
}

// child is the one that x belongs to.
func (n *scoreNode) child(x scored) int {
	low, high := 1, len(n.first)
	for low < high {
		mid := int(uint(low+high) / 2)
		if x.before(n.first[mid]) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low - 1
}

// lower is the place of the first item of a leaf that is not before x.
func (n *scoreNode) lower(x scored) int {
	low, high := 0, len(n.items)
	for low < high {
		mid := int(uint(low+high) / 2)
		if n.items[mid].before(x) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// insert adds x. REQUIRES: x is not there.
func (t *scoreTree) insert(x scored) {
	root := t.mine(&t.root)
	if right, first := t.insertInto(root, x); right != nil {
		t.root = &scoreNode{owner: t.owner, count: root.count + right.count,
			kids: []*scoreNode{root, right}, first: []scored{{}, first}}
	}
}

// insertInto adds x below n and splits n if it becomes too big.
func (t *scoreTree) insertInto(n *scoreNode, x scored) (right *scoreNode, first scored) {
	n.count++
	if n.kids == nil {
		i := n.lower(x)
		n.items = append(n.items, scored{})
		copy(n.items[i+1:], n.items[i:])
		n.items[i] = x
		if len(n.items) <= scoreLeafMax {
			return nil, first
		}
		return t.splitLeaf(n, i)
	}
	i := n.child(x)
	kid := t.mine(&n.kids[i])
	split, at := t.insertInto(kid, x)
	if split == nil {
		return nil, first
	}
	n.kids = append(n.kids, nil)
	copy(n.kids[i+2:], n.kids[i+1:])
	n.kids[i+1] = split
	n.first = append(n.first, scored{})
	copy(n.first[i+2:], n.first[i+1:])
	n.first[i+1] = at
	if len(n.kids) <= scoreKidsMax {
		return nil, first
	}
	return t.splitInner(n)
}

// splitLeaf cuts a leaf in half; near an end if it grows there, so that
// members added in order leave full leaves behind.
func (t *scoreTree) splitLeaf(n *scoreNode, inserted int) (*scoreNode, scored) {
	cut := len(n.items) / 2
	if inserted == len(n.items)-1 {
		cut = len(n.items) - 4
	} else if inserted == 0 {
		cut = 4
	}
	right := &scoreNode{owner: t.owner, count: len(n.items) - cut}
	right.items = append(make([]scored, 0, scoreLeafMax+1), n.items[cut:]...)
	clear(n.items[cut:])
	n.items = n.items[:cut]
	n.count = cut
	return right, right.items[0]
}

func (t *scoreTree) splitInner(n *scoreNode) (*scoreNode, scored) {
	cut := len(n.kids) / 2
	right := &scoreNode{owner: t.owner}
	right.kids = append(make([]*scoreNode, 0, scoreKidsMax+1), n.kids[cut:]...)
	right.first = append(make([]scored, 0, scoreKidsMax+1), n.first[cut:]...)
	for _, k := range right.kids {
		right.count += k.count
	}
	clear(n.kids[cut:])
	clear(n.first[cut:])
	n.kids, n.first = n.kids[:cut], n.first[:cut]
	n.count -= right.count
	return right, right.first[0]
}

// delete removes x. REQUIRES: x is there.
func (t *scoreTree) delete(x scored) { t.take(x) }

// take removes x and returns the tree's own copy of its member.
func (t *scoreTree) take(x scored) (member string) {
	n := t.mine(&t.root)
	member = t.deleteFrom(n, x)
	for len(t.root.kids) == 1 {
		t.root = t.root.kids[0]
	}
	return member
}

func (t *scoreTree) deleteFrom(n *scoreNode, x scored) (member string) {
	n.count--
	if n.kids == nil {
		i := n.lower(x)
		if i == len(n.items) || n.items[i] != x {
			panic("engine: a sorted set's order lacks the member " + x.member)
		}
		member = n.items[i].member
		copy(n.items[i:], n.items[i+1:])
		n.items[len(n.items)-1] = scored{}
		n.items = n.items[:len(n.items)-1]
		return member
	}
	i := n.child(x)
	kid := t.mine(&n.kids[i])
	member = t.deleteFrom(kid, x)
	if kid.width() < kid.widthMax()/4 && len(n.kids) > 1 {
		t.rebalance(n, i)
	}
	return member
}

func (n *scoreNode) width() int {
	if n.kids == nil {
		return len(n.items)
	}
	return len(n.kids)
}

func (n *scoreNode) widthMax() int {
	if n.kids == nil {
		return scoreLeafMax
	}
	return scoreKidsMax
}

// rebalance joins child i with a neighbour, and cuts the two in half if they
// do not fit one node.
func (t *scoreTree) rebalance(n *scoreNode, i int) {
	if i == len(n.kids)-1 {
		i--
	}
	left, right := t.mine(&n.kids[i]), n.kids[i+1]
	if left.kids == nil {
		left.items = append(left.items, right.items...)
	} else {
		at := len(left.first)
		left.kids = append(left.kids, right.kids...)
		left.first = append(left.first, right.first...)
		left.first[at] = n.first[i+1]
	}
	left.count += right.count
	if left.width() > left.widthMax() {
		var split *scoreNode
		if left.kids == nil {
			split, n.first[i+1] = t.splitLeaf(left, len(left.items)/2)
		} else {
			split, n.first[i+1] = t.splitInner(left)
		}
		n.kids[i+1] = split
		return
	}
	n.kids = append(n.kids[:i+1], n.kids[i+2:]...)
	n.first = append(n.first[:i+1], n.first[i+2:]...)
}

// rank counts the items before x.
func (t *scoreTree) rank(x scored) int {
	return t.countWhile(func(y scored) bool { return y.before(x) })
}

// countWhile counts the items for which f holds. REQUIRES: f holds for a
// prefix of the order and for nothing after it.
func (t *scoreTree) countWhile(f func(scored) bool) int {
	rank, n := 0, t.root
	for n.kids != nil {
		low, high := 1, len(n.first)
		for low < high {
			mid := int(uint(low+high) / 2)
			if f(n.kids[mid].least()) {
				low = mid + 1
			} else {
				high = mid
			}
		}
		for _, k := range n.kids[:low-1] {
			rank += k.count
		}
		n = n.kids[low-1]
	}
	low, high := 0, len(n.items)
	for low < high {
		mid := int(uint(low+high) / 2)
		if f(n.items[mid]) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return rank + low
}

func (n *scoreNode) least() scored {
	for n.kids != nil {
		n = n.kids[0]
	}
	return n.items[0]
}

// at finds the item of a rank. REQUIRES: 0 <= rank < len.
func (t *scoreTree) at(rank int) scored {
	n := t.root
	for n.kids != nil {
		i := 0
		for rank >= n.kids[i].count {
			rank -= n.kids[i].count
			i++
		}
		n = n.kids[i]
	}
	return n.items[rank]
}

// ascend and descend call f for the items from a rank on, until it returns
// false; they give false if it did. f must not change t.

func (t *scoreTree) ascend(rank int, f func(scored) bool) bool {
	return t.root.ascend(rank, f)
}

func (t *scoreTree) descend(rank int, f func(scored) bool) bool {
	return t.root.descend(rank, f)
}

func (n *scoreNode) ascend(rank int, f func(scored) bool) bool {
	if n.kids == nil {
		for _, x := range n.items[min(rank, len(n.items)):] {
			if !f(x) {
				return false
			}
		}
		return true
	}
	for _, k := range n.kids {
		if rank >= k.count {
			rank -= k.count
			continue
		}
		if !k.ascend(rank, f) {
			return false
		}
		rank = 0
	}
	return true
}

func (n *scoreNode) descend(rank int, f func(scored) bool) bool {
	if n.kids == nil {
		for i := min(rank, len(n.items)-1); i >= 0; i-- {
			if !f(n.items[i]) {
				return false
			}
		}
		return true
	}
	start := n.count
	for i := len(n.kids) - 1; i >= 0; i-- {
		start -= n.kids[i].count
		if start > rank {
			continue
		}
		if !n.kids[i].descend(rank-start, f) {
			return false
		}
	}
	return true
}

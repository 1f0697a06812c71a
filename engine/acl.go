package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

// ACLUser is a user as ACL SETUSER makes it. Users are state of the log: they
// hold on every node and after every restart. A user that is in use is never
// changed, only replaced.
type ACLUser struct {
	Name       string
	On, NoPass bool
	Passwords  []string // SHA-256, in hexadecimal digits
	// SkipSanitize is only shown: payloads are always checked whole.
	SkipSanitize bool
	Selectors    []ACLSelector
}

// ACLSelector is a set of rights. The first of a user is its own; what any of
// them allows is allowed.
type ACLSelector struct {
	AllCommands          bool     // where Rules begin: with all commands or none
	Rules                []string // "+get", "-@dangerous", "+config|get", in order
	AllKeys, AllChannels bool
	Keys                 []ACLKey
	Channels             []string
}

// ACLKey is a pattern of keys that may be read or written.
type ACLKey struct {
	Read, Write bool
	Pattern     string
}

// DefaultUser is the user of whoever has not named one, as it is before the
// first ACL SETUSER of it.
func DefaultUser() *ACLUser {
	return &ACLUser{Name: "default", On: true, NoPass: true, Selectors: []ACLSelector{{AllCommands: true, AllKeys: true, AllChannels: true}}}
}

func newACLUser(name string) *ACLUser {
	return &ACLUser{Name: name, Selectors: make([]ACLSelector, 1)}
}

func (u *ACLUser) clone() *ACLUser {
	c := *u
	c.Passwords = slices.Clone(u.Passwords)
	c.Selectors = slices.Clone(u.Selectors)
	for i := range c.Selectors {
		s := &c.Selectors[i]
		s.Rules, s.Keys, s.Channels = slices.Clone(s.Rules), slices.Clone(s.Keys), slices.Clone(s.Channels)
	}
	return &c
}

// Everything reports whether nothing at all is denied to the user.
func (u *ACLUser) Everything() bool {
	s := &u.Selectors[0]
	return s.AllCommands && len(s.Rules) == 0 && s.AllKeys && s.AllChannels
}

// HashPassword is how a password is kept.
func HashPassword(password []byte) string {
	sum := sha256.Sum256(password)
	return hex.EncodeToString(sum[:])
}

// ErrACLName is the answer to a name that no user can have.
const ErrACLName Error = "ERR Usernames can't contain spaces or null characters"

// Errors of rules, in Redis' words.
const (
	errACLSyntax   = "Syntax error"
	errACLUnknown  = "Unknown command or category name in ACL"
	errACLHash     = "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
	errACLPassword = "The password you are trying to remove from the user does not exist"
	errACLKeys     = "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns"
	errACLChannels = "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels"
)

// ACLKnown judges a rule about a command or category ("+get", "-@all"); ""
// means that it is one. The engine does not know the session's commands, so a
// session judges before it proposes.
type ACLKnown func(rule string) string

// SetRules applies rules to a copy of the user.
func (u *ACLUser) SetRules(rules []string, known ACLKnown) (*ACLUser, Error) {
	rules, fault := joinSelectors(rules)
	if fault != "" {
		return nil, fault
	}
	c := u.clone()
	for _, rule := range rules {
		if problem := c.setRule(rule, known); problem != "" {
			return nil, Error(oneLine("ERR Error in ACL SETUSER modifier '" + rule + "': " + problem))
		}
	}
	return c, ""
}

// joinSelectors makes one rule of a selector that came in several words.
func joinSelectors(words []string) (rules []string, _ Error) {
	open := ""
	for _, w := range words {
		switch {
		case open != "":
			open += " " + w
		case strings.HasPrefix(w, "("):
			open = w
		default:
			rules = append(rules, w)
			continue
		}
		if strings.HasSuffix(w, ")") {
			rules = append(rules, open)
			open = ""
		}
	}
	if open != "" {
		return nil, Error(oneLine("ERR Unmatched parenthesis in acl selector starting at '" + open + "'."))
	}
	return rules, ""
}

func (u *ACLUser) setRule(rule string, known ACLKnown) (problem string) {
	switch strings.ToLower(rule) {
	case "on":
		u.On = true
	case "off":
		u.On = false
	case "nopass":
		u.NoPass, u.Passwords = true, nil
	case "resetpass":
		u.NoPass, u.Passwords = false, nil
	case "sanitize-payload":
		u.SkipSanitize = false
	case "skip-sanitize-payload":
		u.SkipSanitize = true
	case "clearselectors":
		u.Selectors = u.Selectors[:1]
	case "reset":
		*u = *newACLUser(u.Name)
	default:
		switch {
		case rule == "":
			return errACLSyntax
		case rule[0] == '>' || rule[0] == '#' || rule[0] == '<' || rule[0] == '!':
			return u.setPassword(rule[0], rule[1:])
		case rule[0] == '(' && strings.HasSuffix(rule, ")"):
			if strings.ContainsAny(rule[1:len(rule)-1], "()") {
				return errACLSyntax // it could not be read again
			}
			s := ACLSelector{}
			for _, part := range aclWords(rule[1 : len(rule)-1]) {
				if problem := s.set(part, known); problem != "" {
					return problem
				}
			}
			u.Selectors = append(u.Selectors, s)
		default:
			return u.Selectors[0].set(rule, known)
		}
	}
	return ""
}

func (u *ACLUser) setPassword(how byte, text string) (problem string) {
	hash := text
	if how == '>' || how == '<' {
		hash = HashPassword([]byte(text))
	} else if len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return errACLHash
	}
	at := slices.Index(u.Passwords, hash)
	if how == '>' || how == '#' {
		if at < 0 {
			u.Passwords = append(u.Passwords, hash)
		}
		u.NoPass = false
		return ""
	}
	if at < 0 {
		return errACLPassword
	}
	u.Passwords = slices.Delete(u.Passwords, at, at+1)
	return ""
}

// set applies one rule about commands, keys or channels.
func (s *ACLSelector) set(rule string, known ACLKnown) (problem string) {
	switch strings.ToLower(rule) {
	case "allkeys", "~*":
		s.AllKeys, s.Keys = true, nil
		return ""
	case "resetkeys":
		s.AllKeys, s.Keys = false, nil
		return ""
	case "allchannels", "&*":
		s.AllChannels, s.Channels = true, nil
		return ""
	case "resetchannels":
		s.AllChannels, s.Channels = false, nil
		return ""
	case "allcommands", "+@all":
		s.AllCommands, s.Rules = true, nil
		return ""
	case "nocommands", "-@all":
		s.AllCommands, s.Rules = false, nil
		return ""
	}
	switch {
	case strings.ContainsAny(rule, " \t\r\n\v\f\x00"):
		return errACLSyntax
	case rule[0] == '~' || rule[0] == '%':
		return s.addKey(rule)
	case rule[0] == '&':
		if s.AllChannels {
			return errACLChannels
		}
		if !slices.Contains(s.Channels, rule[1:]) {
			s.Channels = append(s.Channels, rule[1:])
		}
		return ""
	case rule[0] == '+' || rule[0] == '-':
		return s.addCommand(strings.ToLower(rule), known)
	}
	return errACLSyntax
}

func (s *ACLSelector) addKey(rule string) (problem string) {
	k := ACLKey{Read: true, Write: true, Pattern: rule[1:]}
	if rule[0] == '%' {
		how, pattern, ok := strings.Cut(rule[1:], "~")
		if how = strings.ToUpper(how); !ok || how == "" || strings.Trim(how, "RW") != "" {
			return errACLSyntax
		}
		k = ACLKey{Read: strings.Contains(how, "R"), Write: strings.Contains(how, "W"), Pattern: pattern}
	}
	if s.AllKeys {
		return errACLKeys
	}
	for i := range s.Keys {
		if s.Keys[i].Pattern == k.Pattern {
			s.Keys[i].Read, s.Keys[i].Write = s.Keys[i].Read || k.Read, s.Keys[i].Write || k.Write
			return ""
		}
	}
	s.Keys = append(s.Keys, k)
	return ""
}

// addCommand appends a rule and drops those it makes void.
func (s *ACLSelector) addCommand(rule string, known ACLKnown) (problem string) {
	if known != nil {
		if problem := known(rule); problem != "" {
			return problem
		}
	}
	name := rule[1:]
	if name == "" {
		return errACLSyntax
	}
	s.Rules = slices.DeleteFunc(s.Rules, func(old string) bool {
		return old[1:] == name || strings.HasPrefix(old[1:], name+"|")
	})
	s.Rules = append(s.Rules, rule)
	return ""
}

// KeysText, ChannelsText and CommandsText are the rules as ACL GETUSER shows them.

func (s *ACLSelector) KeysText() string {
	if s.AllKeys {
		return "~*"
	}
	var words []string
	for _, k := range s.Keys {
		switch {
		case k.Read && k.Write:
			words = append(words, "~"+k.Pattern)
		case k.Read:
			words = append(words, "%R~"+k.Pattern)
		default:
			words = append(words, "%W~"+k.Pattern)
		}
	}
	return strings.Join(words, " ")
}

func (s *ACLSelector) ChannelsText() string {
	if s.AllChannels {
		return "&*"
	}
	var words []string
	for _, c := range s.Channels {
		words = append(words, "&"+c)
	}
	return strings.Join(words, " ")
}

func (s *ACLSelector) CommandsText() string {
	base := "-@all"
	if s.AllCommands {
		base = "+@all"
	}
	return strings.Join(append([]string{base}, s.Rules...), " ")
}

func (s *ACLSelector) describe() string {
	var words []string
	if keys := s.KeysText(); keys != "" {
		words = append(words, keys)
	}
	if !s.AllChannels {
		words = append(words, "resetchannels")
	}
	if channels := s.ChannelsText(); channels != "" {
		words = append(words, channels)
	}
	return strings.Join(append(words, s.CommandsText()), " ")
}

// Flags are the user's, as ACL GETUSER shows them.
func (u *ACLUser) Flags() []string {
	flags := []string{"off"}
	if u.On {
		flags[0] = "on"
	}
	if u.NoPass {
		flags = append(flags, "nopass")
	}
	if u.SkipSanitize {
		return append(flags, "skip-sanitize-payload")
	}
	return append(flags, "sanitize-payload")
}

// Describe are the rules that make the user, as ACL LIST and an ACL file have them.
func (u *ACLUser) Describe() string {
	words := append([]string{"user", u.Name}, u.Flags()...)
	for _, p := range u.Passwords {
		words = append(words, "#"+p)
	}
	for i := range u.Selectors {
		text := u.Selectors[i].describe()
		if i > 0 {
			text = "(" + text + ")"
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

func aclWords(s string) []string { return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }) }

// ACLNameOK reports whether a user can have the name.
func ACLNameOK(name string) bool { return name != "" && !strings.ContainsAny(name, " \t\r\n\v\f\x00") }

// ParseACLUser reads what Describe wrote.
func ParseACLUser(line string, known ACLKnown) (*ACLUser, Error) {
	words := aclWords(line)
	if len(words) < 2 || words[0] != "user" {
		return nil, "ERR line should start with user keyword"
	}
	return newACLUser(words[1]).SetRules(words[2:], known)
}

// Package config knows the server's directives: their names (Redis' own where
// Redis has one), types, defaults and limits, in one table (table.go), and how
// they are given and changed:
//
//	foxtail [FILE.conf] [--directive value ...]
//
// A flag wins over the environment (FOXTAIL_<DIRECTIVE>, in capitals, with _
// for -), the environment over the file, the file over the default. An unknown
// or bad directive is an error that names its place and the reason. CONFIG GET
// and SET use the same table; CONFIG REWRITE writes changes back into the file,
// keeping its comments and order.
//
// A Config belongs to one goroutine. It knows nothing of sockets or sessions:
// who needs to hear of a change registers with OnChange.
package config

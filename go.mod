module github.com/laurocaetano/foxtail

go 1.26.0

require (
	github.com/tidwall/btree v1.8.2
	github.com/tidwall/redcon v1.6.4
	go.etcd.io/raft/v3 v3.7.0
)

require (
	github.com/tidwall/match v1.1.1 // indirect
	golang.org/x/sys v0.48.0 // indirect
	google.golang.org/protobuf v1.36.11 // indirect
)

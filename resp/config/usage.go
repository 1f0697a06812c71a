package config

// Usage is what --help prints: by task, not by directive.
const Usage = `Foxtail: Redis' protocol, Raft's guarantees.

Run a node:
  foxtail [FILE.conf] [--directive value ...]
      directives as in redis.conf; FOXTAIL_<DIRECTIVE> in the environment works too

  foxtail                                    a durable node on 127.0.0.1:6379, data in ./foxtail-data
  foxtail --appendonly no                    the same in memory only
  foxtail --bind 0.0.0.0 --requirepass X     reachable by others
  foxtail --join HOST:PORT                   a further node of the cluster that HOST:PORT is in

Often used directives:
  --port 6379            clients           --dir ./foxtail-data        the log and snapshots
  --bind 127.0.0.1 -::1  addresses         --appendonly yes|no         log on disk, or in memory
  --cluster-port         peers (port       --appendfsync always|everysec|no
                         + 10000)          --requirepass PASSWORD
  --cluster-announce-ip, -port, -bus-port  where others reach this node
  --tls-port, --tls-cert-file, --tls-key-file, --tls-ca-cert-file, --tls-cluster yes    TLS, as in redis.conf
  --aclfile FILE         users             --maxmemory BYTES           writes beyond it are refused
  --loglevel debug|notice|warning          --logfile FILE

Try a cluster on this machine:
  foxtail demo [--nodes 3] [--port 7001]
  foxtail torture [--time 60s] [--seed N]    breaks one, and checks that it keeps its promises
  foxtail torture --sim N                    the same to N simulated ones, in virtual time

Look after one, with redis-cli on any node:
  RAFT INFO, RAFT SERVER LIST, RAFT SERVER REMOVE ID, RAFT TRANSFER [ID], RAFT SNAPSHOT NOW

  foxtail check [DIR]    verifies a stopped node's data directory
  foxtail refill ...     as foxtail ...; sets damaged files aside, and the node is filled by the others
  foxtail --version
`

package node

import (
	"errors"

	"github.com/laurocaetano/foxtail/cluster/wal"
	"github.com/laurocaetano/foxtail/resp/config"
)

// openDisk is the operating system's file system, or as much of it as
// dir-quota grants.
func openDisk(cfg *config.Config) (wal.FS, error) {
	const directive = "dir-quota"
	bytes := cfg.Int(directive)
	if bytes == 0 {
		cfg.OnChange(directive, func(string) error {
			return errors.New("a quota has to be there from the start")
		})
		return wal.OS, nil
	}
	q, err := wal.NewQuota(wal.OS, cfg.Str("dir"), bytes)
	if err != nil {
		return nil, err
	}
	cfg.OnChange(directive, func(string) error {
		q.SetMax(cfg.Int(directive))
		return nil
	})
	return q, nil
}

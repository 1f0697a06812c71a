package node

import (
	"errors"

	"github.com/laurocaetano/foxtail/cluster/wal"
	"github.com/laurocaetano/foxtail/resp/config"
)

// openDisk is the operating system's file system, or as much of it as
// dir-quota grants, without what it does for a process that is killed.
func openDisk(cfg *config.Config) (disk wal.FS, err error) {
	if disk = wal.OS; cfg.Bool("kill-loses-unsynced") {
		disk = wal.NewUnsynced(disk)
	}
	const directive = "dir-quota"
	bytes := cfg.Int(directive)
	if bytes == 0 {
		cfg.OnChange(directive, func(string) error {
			return errors.New("a quota has to be there from the start")
		})
		return disk, nil
	}
	q, err := wal.NewQuota(disk, cfg.Str("dir"), bytes)
	if err != nil {
		return nil, err
	}
	cfg.OnChange(directive, func(string) error {
		q.SetMax(cfg.Int(directive))
		return nil
	})
	return q, nil
}

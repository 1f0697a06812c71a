package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/redis/rueidis"
	"github.com/redis/rueidis/rueidislock"
)

// rueidisCache: values cached at the client, invalidated by another client's
// writes; locks that are taken, waited for and lost.
func rueidisCache(t task) error {
	open := func() (rueidis.Client, error) {
		return rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{t.addr}})
	}
	reader, err := open()
	if err != nil {
		return err
	}
	defer reader.Close()
	writer, err := open()
	if err != nil {
		return err
	}
	defer writer.Close()
	if err := writer.Do(t.ctx, writer.B().Flushdb().Build()).Error(); err != nil {
		return err
	}
	get := func() (string, bool, error) {
		r := reader.DoCache(t.ctx, reader.B().Get().Key("cached").Cache(), time.Minute)
		s, err := r.ToString()
		return s, r.IsCacheHit(), err
	}
	set := func(v string) error { return writer.Do(t.ctx, writer.B().Set().Key("cached").Value(v).Build()).Error() }
	for i := range 20 {
		want := fmt.Sprint(i)
		if err := set(want); err != nil {
			return err
		}
		if err := until(t.ctx, func() (bool, error) { s, _, err := get(); return s == want, err }); err != nil {
			return err
		}
		if s, hit, err := get(); err != nil || !hit || s != want {
			return fmt.Errorf("%q, a hit: %v, %v; want %q from the cache", s, hit, err, want)
		}
	}
	return rueidisLock(t)
}

func rueidisLock(t task) error {
	locker, err := rueidislock.NewLocker(rueidislock.LockerOption{
		ClientOption: rueidis.ClientOption{InitAddress: []string{t.addr}}, KeyMajority: 1, KeyValidity: time.Second,
	})
	if err != nil {
		return err
	}
	defer locker.Close()
	held, release, err := locker.WithContext(t.ctx, "door")
	if err != nil {
		return err
	}
	if _, _, err := locker.TryWithContext(t.ctx, "door"); !errors.Is(err, rueidislock.ErrNotLocked) {
		return fmt.Errorf("a held lock was given away: %v", err)
	}
	// Deleted behind its holder's back: the holder is told.
	if err := locker.Client().Do(t.ctx, locker.Client().B().Del().Key("rueidislock:0:door").Build()).Error(); err != nil {
		return err
	}
	select {
	case <-held.Done():
	case <-t.ctx.Done():
		return errors.New("the holder was not told that the lock is lost")
	}
	release()
	_, release, err = locker.WithContext(t.ctx, "door")
	if err == nil {
		release()
	}
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hibiken/asynq"
)

// asynqJobs: plain, delayed, unique and failing jobs. Each is done, a failing one
// after its retries. With long, jobs are added all the time.
func asynqJobs(t task) error {
	c, err := t.connect(2)
	if err != nil {
		return err
	}
	defer c.Close()
	conn := asynq.RedisClientOpt{Addr: t.addr}
	jobs := &doneJobs{runs: map[string]int{}}
	server := asynq.NewServer(conn, asynq.Config{
		Concurrency: 8, LogLevel: asynq.FatalLevel, TaskCheckInterval: 50 * time.Millisecond, DelayedTaskCheckInterval: 50 * time.Millisecond,
		RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return 50 * time.Millisecond },
	})
	if err := server.Start(asynq.HandlerFunc(jobs.handle)); err != nil {
		return err
	}
	defer server.Shutdown()
	client := asynq.NewClient(conn)
	defer client.Close()

	for i := range 100 {
		if err := jobs.add(t, client, fmt.Sprint("plain:", i)); err != nil {
			return err
		}
	}
	if err := jobs.add(t, client, "flaky"); err != nil {
		return err
	}
	if err := jobs.add(t, client, "later", asynq.ProcessIn(time.Second)); err != nil {
		return err
	}
	once := asynq.NewTask("once", nil)
	if _, err := client.EnqueueContext(t.ctx, once, asynq.Unique(time.Minute), asynq.ProcessIn(time.Hour)); err != nil {
		return err
	}
	if _, err := client.EnqueueContext(t.ctx, once, asynq.Unique(time.Minute)); !errors.Is(err, asynq.ErrDuplicateTask) {
		return fmt.Errorf("a unique task was taken twice: %v", err)
	}
	for i, end := 0, time.Now().Add(t.long); time.Now().Before(end); i++ {
		if err := jobs.add(t, client, fmt.Sprint("long:", i)); err != nil {
			return err
		}
	}
	if err := until(t.ctx, func() (bool, error) { return jobs.missing() == "", nil }); err != nil {
		return fmt.Errorf("%w: %s is not done", err, jobs.missing())
	}
	return equal("runs of the flaky job", jobs.count("flaky"), 3)
}

// doneJobs counts how often each job that was added has run.
type doneJobs struct {
	mu    sync.Mutex
	added []string
	runs  map[string]int
}

// add enqueues a job under an ID, so that it may be added again where it is not
// known whether it was.
func (j *doneJobs) add(t task, client *asynq.Client, name string, opts ...asynq.Option) error {
	for {
		_, err := client.EnqueueContext(t.ctx, asynq.NewTask(name, nil), append(opts, asynq.TaskID(name))...)
		if errors.Is(err, asynq.ErrTaskIDConflict) {
			err = nil
		}
		if err == nil {
			j.mu.Lock()
			j.added = append(j.added, name)
			j.mu.Unlock()
			return nil
		}
		if !documented(err) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
}

func (j *doneJobs) handle(_ context.Context, task *asynq.Task) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.runs[task.Type()]++
	if task.Type() == "flaky" && j.runs["flaky"] < 3 {
		return errors.New("not yet")
	}
	return nil
}

// missing names a job that has not run.
func (j *doneJobs) missing() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, name := range j.added {
		if j.runs[name] == 0 || name == "flaky" && j.runs[name] < 3 {
			return name
		}
	}
	return ""
}

func (j *doneJobs) count(name string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.runs[name]
}

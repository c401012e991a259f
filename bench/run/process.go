package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a server under measurement.
type process struct {
	name, url string
	cmd       *exec.Cmd
	log       string
	ended     chan struct{}
}

// start runs a server whose arguments have the address to listen on in the place of {address},
// and waits until it answers at a path. Its output goes to a file in dir.
func start(ctx context.Context, dir, name, ready string, env []string, args ...string) (*process, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	return startAt(ctx, dir, name, address, ready, env, args...)
}

// startAt is start at an address that was chosen before.
func startAt(ctx context.Context, dir, name, address, ready string, env []string, args ...string) (*process, error) {
	args = append([]string(nil), args...)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "{address}", address)
	}
	p := &process{name: name, url: "http://" + address, log: filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".log"), ended: make(chan struct{})}
	out, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the process has its own handle
	p.cmd = exec.CommandContext(context.WithoutCancel(ctx), args[0], args[1:]...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.Env = append(os.Environ(), env...)
	// It ends with the one who measures, however that ends.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // how a server that was told to go away went tells nothing
		close(p.ended)
	}()
	if err := p.wait(ctx, ready); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// freeAddress is an address at which nobody listens.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// wait returns when the server answers at a path, with whatever status below 500.
func (p *process) wait(ctx context.Context, path string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, http.NoBody)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
			if answer.StatusCode < http.StatusInternalServerError {
				return nil
			}
		}
		select {
		case <-p.ended:
			text, _ := os.ReadFile(p.log) // what there is of it
			return fmt.Errorf("%s ended before it answered: %s", p.name, text)
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer at %s: %w", p.name, path, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends the server and waits for that.
func (p *process) stop() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-p.ended:
	case <-time.After(15 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// settled waits until the server has nothing to do for a while: what it loads on its own must
// not be measured as answering.
func (p *process) settled(ctx context.Context) error {
	const idle = 20 * time.Millisecond
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); {
		before, err := treeTime(p.cmd.Process.Pid)
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
		if after, err := treeTime(p.cmd.Process.Pid); err != nil || after-before < idle {
			return err
		}
	}
	return fmt.Errorf("%s is busy though nobody asks it", p.name)
}

// holds waits until the metrics tell that a collection is held in memory: until then the
// database answers about it.
func (p *process) holds(ctx context.Context, metrics, collection string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	for {
		text, err := fetchText(ctx, metrics)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		if strings.Contains(text, `oxus_memory_bytes{collection="`+collection+`"}`) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not hold %s in memory: %w", p.name, collection, ctx.Err())
		case <-time.After(250 * time.Millisecond):
		}
	}
}

func fetchText(ctx context.Context, address string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

// clockTick is the unit of times in /proc, which is the same on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// stat are the fields of a process in /proc after its name: from the state on.
func stat(pid int) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	_, rest, found := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 15 {
		return nil, fmt.Errorf("/proc/%d/stat cannot be read", pid)
	}
	return fields, nil
}

// treeTime is the processor time of a process, of those it waited for, and of its children.
func treeTime(pid int) (time.Duration, error) {
	fields, err := stat(pid)
	if err != nil {
		return 0, fmt.Errorf("the processor time needs Linux's /proc: %w", err)
	}
	total := ticks(fields[11:15])
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		// One that ended meanwhile is counted among those its parent waited for.
		if fields, err := stat(child); err == nil && fields[1] == strconv.Itoa(pid) {
			total += ticks(fields[11:15])
		}
	}
	return total, nil
}

func ticks(fields []string) (sum time.Duration) {
	for _, f := range fields {
		if n, err := strconv.ParseInt(f, 10, 64); err == nil {
			sum += time.Duration(n) * clockTick
		}
	}
	return sum
}

// resident is the memory of a process in MB, and the most it had since the last forgetPeak.
func (p *process) resident() (now, peak float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kB, _ := strconv.ParseFloat(fields[1], 64) // other lines are none of ours
		switch fields[0] {
		case "VmRSS:":
			now = kB / 1024
		case "VmHWM:":
			peak = kB / 1024
		}
	}
	if now == 0 {
		return 0, 0, errors.New("/proc tells no memory of " + p.name)
	}
	return now, peak, nil
}

// forgetPeak lets the peak of memory begin anew.
func (p *process) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0o200)
}

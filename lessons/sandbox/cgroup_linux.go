package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cgroup is a control group that was made for one sandbox: a folder of version 2, or one for each controller of version 1. A nil
// one does nothing.
type cgroup struct {
	version int
	dirs    map[string]string // of each controller
}

var controllers = []string{"memory", "pids"}

// newCgroup makes a control group in ours, or in the nearest above it where that is allowed.
func newCgroup(l Limits) (*cgroup, error) {
	places, version, err := cgroupPlaces()
	if err != nil {
		return nil, err
	}
	g := &cgroup{version: version, dirs: map[string]string{}}
	name := fmt.Sprintf("%s%d-%d", groupPrefix, os.Getpid(), time.Now().UnixNano())
	for _, c := range controllers {
		sweep(places[c])
		dir, err := makeGroup(places[c], name, limitFile(version, c))
		if err != nil {
			g.remove()
			return nil, fmt.Errorf("make a control group for %s: %w", c, err)
		}
		g.dirs[c] = dir
	}
	if err := g.limit(l); err != nil {
		g.remove()
		return nil, err
	}
	return g, nil
}

// groupPrefix is followed by the number of the process that makes a group.
const groupPrefix = "resident-"

// sweep removes groups whose makers were killed before they could. One with processes in it cannot be removed.
func sweep(places []string) {
	for _, place := range places {
		left, _ := filepath.Glob(filepath.Join(place, groupPrefix+"*"))
		for _, dir := range left {
			var maker int
			if _, err := fmt.Sscanf(filepath.Base(dir), groupPrefix+"%d-", &maker); err == nil && syscall.Kill(maker, 0) == syscall.ESRCH {
				os.Remove(dir)
			}
		}
	}
}

func limitFile(version int, controller string) string {
	if controller == "pids" {
		return "pids.max"
	}
	if version == 1 {
		return "memory.limit_in_bytes"
	}
	return "memory.max"
}

func (g *cgroup) limit(l Limits) error {
	if err := g.set("pids", "pids.max", int64(l.Procs)); err != nil {
		return err
	}
	if err := g.set("memory", limitFile(g.version, "memory"), l.Memory); err != nil {
		return err
	}
	if g.version == 1 {
		return optional(g.set("memory", "memory.memsw.limit_in_bytes", l.Memory)) // missing without swap
	}
	if err := optional(g.set("memory", "memory.swap.max", 0)); err != nil {
		return err
	}
	return g.set("memory", "memory.oom.group", 1)
}

func (g *cgroup) set(controller, file string, value int64) error {
	if err := os.WriteFile(filepath.Join(g.dirs[controller], file), []byte(strconv.FormatInt(value, 10)), 0o644); err != nil {
		return fmt.Errorf("limit the control group: %w", err)
	}
	return nil
}

func optional(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// add moves a process into the group; its children are in it from their beginning.
func (g *cgroup) add(pid int) error {
	if g == nil {
		return nil
	}
	for _, dir := range g.folders() {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644); err != nil {
			return fmt.Errorf("enter the control group: %w", err)
		}
	}
	return nil
}

func (g *cgroup) folders() []string {
	var dirs []string
	for _, c := range controllers {
		if d := g.dirs[c]; d != "" && !slices.Contains(dirs, d) {
			dirs = append(dirs, d)
		}
	}
	return dirs
}

// hit returns "memory" if the kernel has killed a process of the group for what it used.
func (g *cgroup) hit() string {
	if g == nil {
		return ""
	}
	file := "memory.events"
	if g.version == 1 {
		file = "memory.oom_control"
	}
	data, _ := os.ReadFile(filepath.Join(g.dirs["memory"], file))
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "oom_kill" && f[1] != "0" {
			return "memory"
		}
	}
	return ""
}

// watch has a sandbox end as a whole when the kernel has killed one of its processes, as version 2 does by itself.
func (g *cgroup) watch(ended <-chan struct{}, over func()) {
	if g == nil || g.version != 1 {
		return
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
			if g.hit() != "" {
				over()
				return
			}
		}
	}
}

// remove removes the group, whose processes are gone. The kernel may take a moment to notice that.
func (g *cgroup) remove() {
	if g == nil {
		return
	}
	for _, dir := range g.folders() {
		for pause := time.Millisecond; os.Remove(dir) != nil && pause < time.Second; pause *= 2 {
			time.Sleep(pause)
		}
	}
}

// cgroupPlaces returns, for each controller, the folders in which a group may be made: ours, and those above it. Version 2 is
// preferred.
func cgroupPlaces() (map[string][]string, int, error) {
	mounts, err := cgroupMounts()
	if err != nil {
		return nil, 0, err
	}
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, 0, err
	}
	own := map[string]string{} // "" is version 2
	for line := range strings.Lines(string(data)) {
		if f := strings.SplitN(strings.TrimSpace(line), ":", 3); len(f) == 3 {
			for _, c := range strings.Split(f[1], ",") {
				own[c] = f[2]
			}
		}
	}
	places := map[string][]string{}
	if root := mounts[""]; root != "" && hasControllers(root) {
		for _, c := range controllers {
			places[c] = upwards(root, own[""])
		}
		return places, 2, nil
	}
	for _, c := range controllers {
		if mounts[c] == "" {
			return nil, 0, fmt.Errorf("no control groups for %s are mounted", c)
		}
		places[c] = upwards(mounts[c], own[c])
	}
	return places, 1, nil
}

func hasControllers(root string) bool {
	data, _ := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	have := strings.Fields(string(data))
	return !slices.ContainsFunc(controllers, func(c string) bool { return !slices.Contains(have, c) })
}

// upwards lists a group's folder and those above it, up to the root.
func upwards(root, group string) []string {
	var dirs []string
	for g := filepath.Clean("/" + group); ; g = filepath.Dir(g) {
		dirs = append(dirs, filepath.Join(root, g))
		if g == "/" {
			return dirs
		}
	}
}

// makeGroup makes a group in the first folder where it can be limited.
func makeGroup(places []string, name, file string) (string, error) {
	var first error
	for _, place := range places {
		dir := filepath.Join(place, name)
		err := os.Mkdir(dir, 0o755)
		if errors.Is(err, fs.ErrExist) { // made for the other controller
			return dir, nil
		}
		if err == nil {
			if _, err = os.Stat(filepath.Join(dir, file)); err == nil {
				return dir, nil
			}
			os.Remove(dir)
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// cgroupMounts returns where each controller of version 1 is mounted, and version 2 under the name "".
func cgroupMounts() (map[string]string, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	mounts := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		a, b := strings.Fields(before), strings.Fields(after)
		if !ok || len(a) < 5 || len(b) < 3 {
			continue
		}
		switch b[0] {
		case "cgroup2":
			mounts[""] = a[4]
		case "cgroup":
			for _, option := range strings.Split(b[2], ",") {
				mounts[option] = a[4]
			}
		}
	}
	return mounts, nil
}

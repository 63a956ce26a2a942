package child

import (
	"reflect"
	"runtime/pprof"
	"strconv"
	"unsafe"
)

// A goroutine belongs to the task whose label it carries. The runtime keeps one pointer a goroutine for the profiler's
// labels, and a new goroutine inherits it; that is all the identity needed here, at no cost to the cell. A goroutine
// that sets profiler labels of its own leaves its task, as do timers' functions; they count as the current run's.

// label looks like the profiler's label set (a slice of key and value) to whoever reads it as one, so that profiles
// taken in a cell say which run a sample belongs to. The task follows behind.
type label struct {
	list []labelPair
	task *task
	pair [1]labelPair
}

type labelPair struct{ key, value string }

// labelKey is recognised by its address: no label set of anybody else can hold it by chance.
var labelKey = string([]byte("cell run"))

func (l *label) init(t *task) {
	l.task = t
	l.pair[0] = labelPair{labelKey, strconv.FormatInt(t.run.ID, 10)}
	l.list = l.pair[:]
}

//go:linkname getProfLabel runtime/pprof.runtime_getProfLabel
func getProfLabel() unsafe.Pointer

//go:linkname setProfLabel runtime/pprof.runtime_setProfLabel
func setProfLabel(labels unsafe.Pointer)

// labelled is false when the profiler's labels look different from what label imitates.
var labelled = sameLayout()

func sameLayout() bool {
	t := reflect.TypeFor[pprof.LabelSet]()
	if t.Kind() != reflect.Struct || t.NumField() != 1 || t.Field(0).Type.Kind() != reflect.Slice {
		return false
	}
	pair := t.Field(0).Type.Elem()
	return pair.Kind() == reflect.Struct && pair.NumField() == 2 && pair.Size() == unsafe.Sizeof(labelPair{}) &&
		pair.Field(0).Type.Kind() == reflect.String && pair.Field(1).Type.Kind() == reflect.String
}

// adopt makes this goroutine, and all that it starts from now on, part of the task.
func (t *task) adopt() {
	if labelled {
		setProfLabel(unsafe.Pointer(&t.label))
	}
}

// mine returns the task this goroutine belongs to, nil when it carries no label or somebody else's.
func mine() *task {
	l := (*label)(getProfLabel())
	if !labelled || l == nil || len(l.list) != 1 || unsafe.StringData(l.list[0].key) != unsafe.StringData(labelKey) {
		return nil
	}
	return l.task
}

// owner returns the task this goroutine belongs to, the current run when that is not known, and nil when there is none.
func (p *process) owner() *task {
	if t := mine(); t != nil {
		return t
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current
}

package checkpoint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Difference says how the tensors of two records differ. Names are sorted.
type Difference struct {
	Added, Removed []string
	Changed        []Change
}

// Change is a tensor that both records have, but not the same.
type Change struct{ Name, What string }

// Diff compares two records: what b has that a has not is added.
func Diff(a, b Record) Difference {
	var d Difference
	before := map[string]TensorDigest{}
	for _, t := range a.Tensors {
		before[t.Name] = t
	}
	for _, t := range b.Tensors {
		old, ok := before[t.Name]
		switch what := change(old, t); {
		case !ok:
			d.Added = append(d.Added, t.Name)
		case what != "":
			d.Changed = append(d.Changed, Change{t.Name, what})
		}
		delete(before, t.Name)
	}
	for name := range before {
		d.Removed = append(d.Removed, name)
	}
	slices.Sort(d.Added)
	slices.Sort(d.Removed)
	slices.SortFunc(d.Changed, func(a, b Change) int { return strings.Compare(a.Name, b.Name) })
	return d
}

// change says what is different, nothing when nothing is. Only the digest decides that something is.
func change(a, b TensorDigest) string {
	switch {
	case a.Digest == b.Digest:
		return ""
	case a.DType != b.DType:
		return fmt.Sprintf("%s became %s", a.DType, b.DType)
	case !slices.Equal(a.Shape, b.Shape):
		return fmt.Sprintf("shape %v became %v", a.Shape, b.Shape)
	}
	return "values"
}

// Same tells whether there is no difference.
func (d Difference) Same() bool { return len(d.Added)+len(d.Removed)+len(d.Changed) == 0 }

// String lists the difference in one line.
func (d Difference) String() string {
	var changed, parts []string
	for _, c := range d.Changed {
		changed = append(changed, fmt.Sprintf("%q (%s)", c.Name, c.What))
	}
	for _, kind := range []struct {
		title string
		names []string
	}{{"changed", changed}, {"added", quoted(d.Added)}, {"removed", quoted(d.Removed)}} {
		if len(kind.names) > 0 {
			parts = append(parts, kind.title+": "+list(kind.names))
		}
	}
	if len(parts) == 0 {
		return "the same"
	}
	return strings.Join(parts, "; ")
}

// list joins names, but no endless number of them.
func list(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// ChangedError says that weights are not those of their record.
type ChangedError struct{ Difference Difference }

func (e *ChangedError) Error() string { return "the weights have changed: " + e.Difference.String() }

func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strconv.Quote(name)
	}
	return out
}

package widget

import "sync"

// below is the place for what the functions of a control print and show: under the control, where that is shown by itself.
type below struct {
	mu    sync.Mutex
	place *Place
	frame *Box
}

// bundle shows a control, with a place below it when that is wanted or there already.
func (b *below) bundle(control Widget, wanted bool) map[string]any {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.frame == nil {
		if !wanted {
			return control.node().MIMEBundle()
		}
		b.place = Output()
		b.frame = VBox(control, b.place)
	}
	shown := b.frame.MIMEBundle()
	shown["text/plain"] = control.String()
	return shown
}

// where is the place, nil when there is none.
func (b *below) where() *Place {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.place
}

// close takes the place away with its control.
func (b *below) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.frame != nil {
		b.frame.Close()
		b.place.Close()
		b.frame, b.place = nil, nil
	}
}

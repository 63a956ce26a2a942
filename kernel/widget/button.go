package widget

import "slices"

// Action is something to click.
type Action struct {
	*model
	clicked []func() // m.mu
	below   below
}

// Button is a button with that text.
func Button(label string) *Action {
	b := &Action{model: newModel(control("Button", "Button"), "Button", map[string]any{
		"description": label, "disabled": false, "button_style": "", "icon": "",
	})}
	b.plain = func() string { return "Button " + label }
	b.custom = func(content map[string]any) {
		if content["event"] == "click" {
			b.click()
		}
	}
	return b
}

// OnClick has f called with each click. There may be several such functions.
func (b *Action) OnClick(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clicked = append(b.clicked, f)
}

// With sets a property, such as "button_style" to "danger", and returns the button.
func (b *Action) With(property string, value any) *Action {
	b.set(property, value)
	return b
}

// MIMEBundle shows the button, and below it what the functions given to OnClick so far print and show.
func (b *Action) MIMEBundle() map[string]any {
	b.mu.Lock()
	listened := len(b.clicked) > 0
	b.mu.Unlock()
	return b.below.bundle(b, listened)
}

// Close implements [Widget].
func (b *Action) Close() {
	b.below.close()
	b.model.Close()
}

func (b *Action) click() {
	b.mu.Lock()
	clicked := slices.Clone(b.clicked)
	b.mu.Unlock()
	tell := func() {
		for _, f := range clicked {
			f()
		}
	}
	if place := b.below.where(); place != nil {
		place.Do(tell)
		return
	}
	tell()
}

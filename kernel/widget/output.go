package widget

import (
	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/kernel/display"
)

// Place is where the front end puts what functions print and show.
type Place struct{ *model }

// Output is an empty place.
func Output() *Place {
	o := &Place{newModel(kind{outputModule, "1.0.0", "OutputModel", "OutputView", outputModule}, "", map[string]any{"msg_id": "", "outputs": []any{}})}
	o.plain = func() string { return "Output" }
	return o
}

// Do calls f; what the cell or the function given to OnChange prints and shows meanwhile goes to this place. When f
// panics, the error does, too. Of what f's goroutines print, only what comes before f returns is caught.
func (o *Place) Do(f func()) {
	o.open()
	// The front end takes what answers this request.
	o.set("msg_id", comm.Seam.Request())
	f()
	o.set("msg_id", "")
}

// Renew is Do in a place that is cleared before something new is shown.
func (o *Place) Renew(f func()) {
	o.Do(func() {
		display.Clear(true)
		f()
	})
}

// With sets a property, such as "layout.border", and returns the place.
func (o *Place) With(property string, value any) *Place {
	o.set(property, value)
	return o
}

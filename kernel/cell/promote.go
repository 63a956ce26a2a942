package cell

func (a *analysis) promote(es edits) {}
